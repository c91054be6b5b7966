// SPDX-License-Identifier: Apache-2.0
// Service levels over HTTP: who may read and change calendars and policies, versions, refusals with their pointers, the audit; a
// rehearsal that the clock plays and ebbctl plays alike; and the life of a ticket with what its clocks must say at each step, reckoned by hand.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDesk, until } from '../lib/desk.mjs';

let desk;
const week = [1, 2, 3, 4, 5].map((day) => ({ day, from: '08:00', to: '16:00' }));
const get = (who, path) => desk.call('GET', `/api/v1${path}`, { as: who });
const post = (who, path, body) => desk.call('POST', `/api/v1${path}`, { as: who, body });
const patch = (who, path, body, version) => desk.call('PATCH', `/api/v1${path}`, { as: who, body, headers: version === undefined ? {} : { 'if-match': `"${version}"` } });
const status = async (reply) => (await reply).status;
const pointers = (reply) => reply.body.errors.map((e) => e.pointer);
const audit = async (ref) => (await get('ada', '/audit?limit=100')).body.items.filter((e) => e.object_ref === ref).reverse();
// From here on it is this instant at the desk, for every process of it; NULL: the true one.
const at = (instant) => desk.psql('postgres', `update t.clock set at = ${instant ? `'${instant}'` : 'null'}`);

before(async () => {
  desk = await startDesk();
  desk.psql('postgres', `create schema if not exists t; create table t.clock (at timestamptz); insert into t.clock values (null);
    grant usage on schema t to public; grant select on t.clock to public;
    create or replace function fn.now() returns timestamptz language sql as $$ select coalesce((select c.at from t.clock c), clock_timestamp()) $$;
    insert into ebb.person_role values (110, 2, 'admin')`);
});
after(() => desk?.stop());

test('calendars are read by the desk and changed by its administrators', async () => {
  const body = { department_id: 1, calendar_name: 'Office Lisbon', time_zone_name: 'Europe/Lisbon', weekly: week };
  for (const [who, code] of [['rae', 403], ['dana', 403], ['lee', 403], ['amy', 403], ['hana', 403]]) assert.equal(await status(post(who, '/calendars', body)), code, who);
  assert.equal(await status(desk.call('GET', '/api/v1/calendars')), 401);
  const made = await post('ada', '/calendars', body);
  assert.deepEqual([made.status, made.headers.get('etag'), made.body.version], [201, '"1"', 1], made.text);
  assert.match(made.headers.get('location'), new RegExp(`/api/v1/calendars/${made.body.calendar_id}$`));
  const path = `/calendars/${made.body.calendar_id}`;
  for (const [who, code] of [['dana', 200], ['lee', 200], ['amy', 200], ['rae', 403], ['hana', 404]]) assert.equal(await status(get(who, path)), code, who);
  assert.deepEqual((await get('hana', '/calendars')).body.items.map((c) => c.calendar_name), ['Office New York'], 'another department sees its own');
  assert.equal(await status(get('hana', '/calendars?department_id=1')), 403);
  assert.equal(await status(patch('ada', path, { weekly: week.slice(1) })), 428);
  assert.equal(await status(patch('ada', path, { weekly: week.slice(1) }, 7)), 412);
  assert.equal(await status(patch('lee', path, { weekly: week.slice(1) }, 1)), 403);
  assert.equal(await status(patch('hana', path, { weekly: week.slice(1) }, 1)), 404);
  const changed = await patch('ada', path, { weekly: week.slice(1), holidays: [{ date: '2026-06-10', name: 'Portugal Day' }], note: 'Mondays off' }, 1);
  assert.deepEqual([changed.status, changed.headers.get('etag'), changed.body.weekly.length, changed.body.versions.length], [200, '"2"', 4, 2], changed.text);
  assert.equal(await status(patch('ada', path, { weekly: week }, 1)), 412, 'who read the first version comes too late');
  assert.deepEqual((await audit('Office Lisbon')).map((e) => [e.action, e.actor_name, e.department_id]), [['calendar.create', 'Ada Admin', 1], ['calendar.change', 'Ada Admin', 1]]);
});

test('impossible calendars are refused where the fault is', async () => {
  const refused = async (more) => {
    const reply = await post('ada', '/calendars', { department_id: 1, calendar_name: 'Never', time_zone_name: 'UTC', weekly: week, ...more });
    assert.equal(reply.status, 422, reply.text);
    return pointers(reply);
  };
  assert.deepEqual(await refused({ weekly: [] }), ['/weekly']);
  assert.deepEqual(await refused({ time_zone_name: 'Mars/Olympus' }), ['/time_zone_name']);
  assert.match((await refused({ weekly: [{ day: 8, from: '08:00', to: '16:00' }] }))[0], /^\/weekly\/0/);
  assert.match((await refused({ holidays: ['2026-02-30'] }))[0], /^\/holidays\/0/);
  assert.equal((await post('ada', '/calendars', { department_id: 1, calendar_name: 'Office Berlin', time_zone_name: 'UTC', weekly: week })).status, 409);
});

test('policies: rights, versions, conditions, audit', async () => {
  const body = { department_id: 1, sla_policy_name: 'Vendors', targets: [{ target_kind: 'resolve', target_s: 7200 }], condition: '$.service_id == 52', position: 10,
    escalations: [{ target_code: 'resolve', offset_s: 0, recipient: 'lead' }] };
  for (const [who, code] of [['rae', 403], ['dana', 403], ['lee', 403], ['hana', 403]]) assert.equal(await status(post(who, '/sla/policies', body)), code, who);
  const bad = await post('ada', '/sla/policies', { ...body, condition: '$.service_id = = 52' });
  assert.deepEqual([bad.status, pointers(bad)], [422, ['/condition']]);
  assert.match(bad.body.errors[0].detail + bad.body.detail, /character 1[0-9]/, 'the character at which it goes wrong');
  assert.deepEqual(pointers(await post('ada', '/sla/policies', { ...body, targets: [{ target_kind: 'resolve', target_s: 7200 }, { target_kind: 'resolve', target_s: 0, target_code: 'x' }] })), ['/targets/1/target_s']);
  assert.deepEqual(pointers(await post('ada', '/sla/policies', { ...body, escalations: [{ target_code: 'resolve', offset_s: 0, recipient: 'boss' }] })), ['/escalations/0/recipient']);
  const made = await post('ada', '/sla/policies', body);
  assert.deepEqual([made.status, made.headers.get('etag'), made.body.position], [201, '"1"', 10], made.text);
  const path = `/sla/policies/${made.body.sla_policy_id}`;
  for (const [who, code] of [['dana', 200], ['rae', 403], ['hana', 404]]) assert.equal(await status(get(who, path)), code, who);
  assert.equal((await get('hana', '/sla/policies')).body.items.some((p) => p.sla_policy_name === 'Vendors'), false);
  assert.equal(await status(patch('ada', path, { note: 'x' })), 428);
  assert.equal(await status(patch('ada', path, { note: 'x' }, 2)), 412);
  assert.equal(await status(patch('dana', path, { note: 'x' }, 1)), 403);
  const changed = await patch('ada', path, { condition: null, note: 'For its services alone' }, 1);
  assert.deepEqual([changed.status, changed.headers.get('etag'), changed.body.condition, changed.body.targets.length, changed.body.escalations.length], [200, '"2"', null, 4, 4], changed.text);
  assert.equal((await post('ada', '/sla/policies', { ...body, sla_policy_name: 'Standard' })).status, 409);
  const rows = await audit('Vendors');
  assert.deepEqual(rows.map((e) => [e.action, e.before_values?.condition ?? null]), [['sla_policy.create', null], ['sla_policy.change', '$.service_id == 52']]);
  assert.ok(rows.every((e) => e.request_id), 'with the request in whose course it was done');
});

// Berlin, office hours 9 to 17, policy "Standard". Summer time begins on Sunday, 29 March. At high priority an answer is granted in 2 hours of work,
// the resolution in 8; at moderate in 4 and 24. Each row: what is done, then [clock, state, used, due] as it must be at once.
const hour = 3600;
const timeline = [
  ['2026-03-27T14:00:00Z', 'Friday at 15', (p) => post('rae', '/tickets', { subject: 'No mail', service_id: 51 }),
    [['response', 'running', 0, '2026-03-30T09:00:00Z'], ['resolve', 'running', 0, '2026-04-01T13:00:00Z']]],
  ['2026-03-28T12:00:00Z', 'Saturday', null, [['response', 'running', 2 * hour, '2026-03-30T09:00:00Z'], ['resolve', 'running', 2 * hour, '2026-04-01T13:00:00Z']]],
  ['2026-03-30T08:00:00Z', 'Monday at 10, an hour earlier by UTC', (p) => post('dana', `${p}/take`), [['response', 'running', 3 * hour, '2026-03-30T09:00:00Z'], ['resolve', 'running', 3 * hour, '2026-04-01T13:00:00Z']]],
  ['2026-03-30T08:30:00Z', 'the first answer', (p) => post('dana', `${p}/comments`, { body: 'Which mail?' }), [['response', 'met', 3.5 * hour], ['resolve', 'running', 3.5 * hour, '2026-04-01T13:00:00Z']]],
  ['2026-03-30T10:00:00Z', 'Monday at 12', (p) => post('dana', `${p}/wait`, { waiting_reason: 'requester', waiting_until: '2026-04-20T10:00:00Z' }), [['response', 'met', 3.5 * hour], ['resolve', 'paused', 5 * hour, null]]],
  ['2026-03-31T07:00:00Z', 'Tuesday at 9', (p) => post('dana', `${p}/resume`), [['response', 'met', 3.5 * hour], ['resolve', 'running', 5 * hour, '2026-04-02T10:00:00Z']]],
  ['2026-03-31T08:00:00Z', 'high after all', async (p) => patch('dana', p, { impact: 2, urgency: 1 }, (await get('dana', p)).body.version),
    [['response', 'breached', 3.5 * hour, '2026-03-27T16:00:00Z'], ['resolve', 'running', 6 * hour, '2026-03-31T10:00:00Z']]],
  ['2026-03-31T09:00:00Z', 'resolved with an hour left', (p) => post('dana', `${p}/resolve`, { resolution: 'A full disk.' }), [['response', 'breached', 3.5 * hour], ['resolve', 'met', 7 * hour]]],
  ['2026-04-01T08:00:00Z', 'reopened: the night and the morning were no work', (p) => post('rae', `${p}/reopen`, { reason: 'Again.' }), [['response', 'breached', 3.5 * hour], ['resolve', 'running', 7 * hour, '2026-04-01T09:00:00Z']]],
  ['2026-04-01T09:00:00Z', 'the last instant that is in time', null, [['response', 'breached', 3.5 * hour], ['resolve', 'running', 8 * hour, '2026-04-01T09:00:00Z']]],
  ['2026-04-01T09:00:01Z', 'a second later', (p) => post('dana', `${p}/resolve`, { resolution: 'A larger disk.' }), [['response', 'breached', 3.5 * hour], ['resolve', 'breached', 8 * hour + 1, '2026-04-01T09:00:00Z']]],
];
let path;

test('the life of a ticket: each clock at each step, over a week-end, a change of clocks, a pause, a change of priority and a reopening', async () => {
  for (const [instant, name, act, wanted] of timeline) {
    at(instant);
    const done = act && await act(path);
    if (done) assert.ok(done.status < 300, `${name}: ${done.text}`);
    path ??= `/tickets/${done.body.ticket_id}`;
    const sla = (await get('dana', path + '/sla')).body;
    for (const [code, state, used, due] of wanted) {
      const clock = sla.clocks.find((c) => c.target_code === code);
      const why = sla.derivation.clocks.find((c) => c.target_code === code);
      const counted = why.pieces.filter((p) => p.is_running).reduce((sum, p) => sum + p.working_seconds, 0);
      assert.deepEqual([clock.clock_status, clock.is_breached, why.clock_status, why.used_seconds, counted], [state, state === 'breached', state, used, used], `${name}: ${code}`);
      if (due !== undefined) assert.equal(clock.due_at && new Date(clock.due_at).toISOString().replace('.000', ''), due, `${name}: ${code} is due`);
    }
  }
  const { policy, clocks } = (await get('dana', path + '/sla')).body.derivation;
  assert.match(policy.sentence, /Policy "Standard", version 1.*service "E-mail"/);
  assert.ok(clocks[1].pieces.some((p) => !p.is_running && /requester/.test(p.cause)), 'the pause and its cause');
  const id = path.split('/').pop();
  assert.deepEqual(desk.psql('ebb_ctl', `select * from ctl.sla_audit(array[${id}])`), [], 'a recomputation from the journal gives the same');
});

test('service levels of a ticket are seen by those who see the ticket', async () => {
  for (const [who, code] of [['dana', 200], ['rae', 200], ['amy', 200], ['hal', 404], ['rob', 404]]) assert.equal(await status(get(who, path + '/sla')), code, who);
});

test('a rehearsal asked over the API is played by the clock, and agrees with ebbctl', async () => {
  const draft = { policy: { sla_policy_id: 91, targets: [{ target_kind: 'response', target_s: 4 * hour }, { target_kind: 'resolve', target_s: 9 * hour }] } };
  const ask = (who, body) => post(who, '/sla/rehearsals', { department_id: 1, months: 1, ...body });
  for (const [who, code] of [['rae', 403], ['lee', 403], ['hana', 403]]) assert.equal(await status(ask(who, draft)), code, who);
  assert.deepEqual(pointers(await ask('ada', {})), ['/policy']);
  assert.deepEqual(pointers(await ask('ada', { calendar: { calendar_id: 83, weekly: week } })), ['/calendar/calendar_id'], 'a calendar of another department');
  assert.deepEqual(pointers(await ask('ada', { policy: { sla_policy_id: 91, condition: '$.nothing == 1', position: 3 } })), ['/condition']);
  const begun = await ask('ada', draft);
  assert.deepEqual([begun.status, begun.body.status, begun.body.ticket_count], [201, 'running', 1], begun.text);
  const where = `/sla/rehearsals/${begun.body.sla_rehearsal_id}`;
  const done = await until(async () => {
    const { body } = await get('dana', where);
    return body.status !== 'running' && body;
  }, { seconds: 30, what: 'the rehearsal' });
  assert.deepEqual([done.status, done.totals], ['done', { was_met_count: 0, was_breached_count: 2, met_count: 2, breached_count: 0, clock_count: 2 }]);
  const changes = (await get('amy', where + '/changes')).body.items;
  assert.deepEqual(changes.map((c) => [c.target_code, c.was_status, c.status]), [['resolve', 'breached', 'met'], ['response', 'breached', 'met']]);
  for (const [who, code] of [['rae', 403], ['hana', 404]]) assert.equal(await status(get(who, where)), code, who);
  assert.deepEqual((await get('hana', '/sla/rehearsals')).body.items, []);
  const folder = mkdtempSync(join(tmpdir(), 'ebb-draft-'));
  try {
    writeFileSync(join(folder, 'draft.json'), JSON.stringify(draft));
    const played = desk.ctl(['rehearse', 'sla', '--department', 'it', '--draft', join(folder, 'draft.json'), '--months', '1', '--json']);
    assert.equal(played.status, 0, played.stderr);
    const { totals, groups } = JSON.parse(played.stdout);
    assert.deepEqual([totals, groups], [done.totals, done.groups]);
  } finally { rmSync(folder, { recursive: true }); }
  assert.equal((await get('dana', path + '/sla')).body.clocks.every((c) => c.clock_status === 'breached'), true, 'the desk is as it was');
});
