// SPDX-License-Identifier: Apache-2.0
// Automation on a running desk: every event reaches the plugin once and in order per ticket, what it asks for is done as the plugin's
// doing, what misbehaves harms nobody else, and a courier that dies loses nothing and doubles nothing.
// The plugin is automation/scribe.c: it notes "<event_id> <seq> <name>" on the ticket of each event.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../lib/desk.mjs';
import { install, startPluginDesk } from './automation/desk.mjs';

const serviceOf = { 1: 51, 2: 54 }; // of tests/lib/fixture.sql
let desk;

before(async () => {
  desk = await startPluginDesk({ plugin_act_ms: 2000 });
  await install(desk, 'scribe.c');
  for (const department of ['it', 'hr']) await desk.enable('scribe', department, { mode: 'act' });
});
after(async () => { await desk.stop(); });

const open = async (subject, department = 1) => {
  const reply = await desk.call('POST', '/api/v1/tickets', {
    as: department === 1 ? 'dana' : 'hal', body: { subject, service_id: serviceOf[department] },
  });
  assert.equal(reply.status, 201, reply.text);
  return reply.body.ticket_id;
};
const comment = async (ticketId, body, as = 'dana') => {
  const reply = await desk.call('POST', `/api/v1/tickets/${ticketId}/comments`, { as, body: { body } });
  assert.ok(reply.status < 300, reply.text);
};
// What the plugin noted: [{ eventId, seq, name }] in the order of the notes.
const notes = (ticketId) => desk.psql('postgres',
  `select body from ebb.comment where ticket_id = ${ticketId} and plugin_run_id is not null order by comment_id`)
  .map(([body]) => { const [eventId, seq, name] = body.split(' '); return { eventId: Number(eventId), seq: Number(seq), name }; });
const one = (sql) => desk.value('postgres', sql);
// All that is still to be delivered, beside what waits for its time.
const isQuiet = () => Number(one(`select (select count(*) from ebb.outbox where done_at is null)
  + (select count(*) from ebb.plugin_delivery where done_at is null)`)) === 0;
const quiet = (seconds = 30) => until(isQuiet, { seconds, what: 'everything delivered' });
const courierPid = () => desk.processes('ebbd-courier')[0];
const courierAfter = (pid) => until(() => { const now = desk.processes('ebbd-courier'); return now.length === 1 && now[0] !== pid; }, { seconds: 20, what: 'another courier' });

test('an event is delivered within a second of its commit', async () => {
  await quiet();
  const id = await open('How long does it take?');
  await until(() => notes(id).length === 1, { what: 'the note' });
  const delay = Number(one(`select extract(epoch from c.created_at - t.opened_at) from ebb.comment c join ebb.ticket t using (ticket_id)
    where t.ticket_id = ${id}`));
  assert.ok(delay < 1.2, `${delay} s`);
});

test('what a plugin did is its doing, in the history, with the rule', async () => {
  const id = await open('Who did it?');
  await until(() => notes(id).length === 1, { what: 'the note' });
  const row = desk.psql('postgres', `select e.actor_kind, r.rule_name, r.rule_version, r.outcome, r.inputs ->> 'is_test', a.action_kind, a.outcome
    from ebb.ticket_event e join ebb.plugin_run r on r.plugin_run_id = e.plugin_run_id join ebb.plugin_action a on a.plugin_run_id = r.plugin_run_id
    where e.ticket_id = ${id}`);
  assert.deepEqual(row, [['plugin', 'note', '3', 'applied', 'true', 'note', 'applied']]);
  const history = await desk.call('GET', `/api/v1/tickets/${id}/history`, { as: 'dana' });
  assert.ok(history.body.items.some((event) => event.actor_kind === 'plugin'), history.text);
});

// The one proof of order: whatever the desk's outbox held for a ticket, each of it was noted exactly once, in the journal's order.
const proveOrder = (tickets) => {
  for (const id of tickets) {
    const wanted = desk.psql('postgres', `select o.payload ->> 'version', o.topic from ebb.outbox o
      where o.ticket_id = ${id} and o.topic like 'ticket.%' and not o.payload ? 'plugin_run_id' order by o.outbox_id`);
    const got = notes(id).map((note) => [String(note.seq), note.name]);
    assert.deepEqual(got, wanted, `ticket ${id}`);
  }
};

test('every event once, in order per ticket, with many tickets at once', async () => {
  const tickets = await Promise.all(Array.from({ length: 30 }, (_, n) => open(`Order ${n}`, 1 + (n % 2))));
  await Promise.all(tickets.map(async (id, n) => {
    const as = n % 2 ? 'hal' : 'dana';
    for (let i = 0; i < 5; i++) {
      await comment(id, `Comment ${i}`, as);
      if (i === 2) assert.equal((await desk.call('POST', `/api/v1/tickets/${id}/take`, { as, body: {} })).status, 200);
    }
  }));
  await quiet();
  proveOrder(tickets);
});

test('an event that is put off comes again, and its ticket waits for it', async () => {
  const id = await open('[later] Put me off');
  await comment(id, 'after it');
  await quiet(60);
  assert.deepEqual(notes(id).map((note) => note.name), ['ticket.opened', 'ticket.commented']);
  assert.equal(one(`select attempts from ebb.plugin_delivery where ticket_id = ${id} and event_name = 'ticket.opened'`), '2');
});

test('what a rule of the desk refuses is kept with its sentence, the rest is done', async () => {
  const id = await open('[refuse] Not like this');
  await until(() => notes(id).length === 1, { what: 'the note' });
  assert.deepEqual(desk.psql('postgres', `select a.action_kind, a.outcome, a.sentence is not null from ebb.plugin_action a
    join ebb.plugin_run r using (plugin_run_id) where r.ticket_id = ${id} order by r.plugin_run_id, a.position`),
  [['assign', 'refused', 't'], ['note', 'applied', 'f']]);
});

test('what a plugin says it cannot is given up at once, with its sentence', async () => {
  const id = await open('[fail] Not this one');
  await until(() => one(`select count(*) from ebb.plugin_run where ticket_id = ${id}`) === '1', { what: 'the run' });
  assert.deepEqual(desk.psql('postgres', `select outcome, error_code, sentence from ebb.plugin_run where ticket_id = ${id}`),
    [['failed', 'fail', 'This ticket cannot be noted.']]);
});

test('a tick is delivered when it is due, and once', async () => {
  assert.equal(one('select next_tick_at > now() from ebb.plugin_department where department_id = 1'), 't', 'it waits for its time');
  desk.psql('postgres', 'update ebb.plugin_department set next_tick_at = now() where department_id = 1');
  await until(() => one(`select count(*) from ebb.plugin_delivery where event_name = 'tick' and done_at is not null`) === '1', { what: 'the tick' });
  assert.equal(one('select next_tick_at > now() from ebb.plugin_department where department_id = 1'), 't', 'the next one is a minute away');
});

test('scheduled reports are made by the same way, and kept; what cannot be made says why', async () => {
  desk.psql('postgres', `insert into ebb.report_schedule (report_id, department_id, format, params, at_time, time_zone_name, next_at)
    select report_id, 1, 'json', '{"team_id": "11"}', '08:00', 'Europe/Berlin', now() from ebb.plugin_report where report_name in ('echo', 'never')`);
  await until(() => one('select count(*) from ebb.report_document where done_at is not null or failed_at is not null') === '2', { what: 'two documents' });
  assert.deepEqual(desk.psql('postgres', `select r.report_name, d.media_type, convert_from(d.document, 'UTF8')::jsonb ->> 'team_id', d.sentence
    from ebb.report_document d join ebb.plugin_report r using (report_id) order by 1`),
  [['echo', 'application/json', '11', null], ['never', null, null, 'There is nothing to report.']]);
  assert.equal(one('select count(*) from ebb.report_schedule where next_at > now()'), '2');
});

test('SIGKILL in the middle: nothing is lost, and nothing that was done is done again', async () => {
  const tickets = [];
  for (let round = 0; round < 3; round++) {
    tickets.push(...await Promise.all(Array.from({ length: 15 }, (_, n) => open(`${n % 5 ? '' : '[slow] '}Kill ${round} ${n}`))));
    const pid = courierPid();
    // In the middle: some of them are out, some are done.
    await until(() => one('select count(*) from ebb.plugin_delivery where lease_pid is not null and done_at is null') !== '0', { what: 'a lease' });
    process.kill(pid, 'SIGKILL');
    await courierAfter(pid);
  }
  await quiet(60);
  proveOrder(tickets);
});

test('a crash costs one event: the others of its batch are done, the department next door notices nothing', async () => {
  const others = [];
  const bad = await open('[crash] Goodbye');
  for (let n = 0; n < 5; n++) others.push(await open(`Beside the crash ${n}`));
  const there = await open('Next door', 2);
  await until(() => notes(there).length === 1, { what: 'the note next door' });
  await until(() => others.every((id) => notes(id).length === 1), { what: 'notes beside the crash' });
  assert.equal(notes(bad).length, 0);
  await until(() => Number(one(`select count(*) from ebb.plugin_incident where incident_kind = 'crash'`)) >= 1, { what: 'the incident' });
});

test('three of them are its quarantine; there, and at once', async () => {
  await until(() => one(`select quarantined_at is not null from ebb.plugin_department where department_id = 1`) === 't', { seconds: 60, what: 'quarantine' });
  const here = await open('In quarantine');
  const there = await open('Not in quarantine', 2);
  await until(() => notes(there).length === 1, { what: 'the note next door' });
  assert.equal(notes(here).length, 0);
  await desk.lift('scribe', 'it');
  const after = await open('Out of quarantine');
  await until(() => notes(after).length === 1, { what: 'the note after it was lifted' });
  assert.equal(notes(here).length, 0, 'what happened meanwhile is not made up for');
});

test('a plugin that hangs holds up its own department only', async () => {
  const slow = await open('[hang] For ever');
  const pid = courierPid();
  const began = Date.now();
  await until(() => one(`select count(*) from ebb.plugin_delivery where ticket_id = ${slow} and lease_pid is not null`) === '1', { what: 'the lease' });
  const there = [];
  for (let n = 0; n < 5; n++) {
    there.push(await open(`While it hangs ${n}`, 2));
    await until(() => notes(there[n]).length === 1, { seconds: 2, what: 'the note next door while the plugin hangs' });
  }
  assert.ok(Date.now() - began < 10000);
  assert.ok(Number(one('select count(*) from ebb.outbox where done_at is null')) <= 1, 'the outbox goes on');
  await until(() => Number(one(`select count(*) from ebb.plugin_incident where incident_kind = 'hang'`)) >= 1, { seconds: 20, what: 'the incident' });
  const rest = await open('After the hang');
  await until(() => notes(rest).length === 1, { seconds: 20, what: 'the lane goes on after the hang' });
  assert.equal(courierPid(), pid, 'the courier lives');
  await until(() => one(`select quarantined_at is not null from ebb.plugin_department where department_id = 1`) === 't'
    || one(`select done_at is not null from ebb.plugin_delivery where ticket_id = ${slow} and event_name = 'ticket.opened'`) === 't',
  { seconds: 60, what: 'an end of the hanging event' });
  await desk.lift('scribe', 'it');
});

test('shadow: recorded, and nothing is done', async () => {
  await desk.enable('scribe', 'it', { mode: 'shadow' });
  const id = await open('Only watched');
  await until(() => one(`select count(*) from ebb.plugin_run where ticket_id = ${id}`) === '1', { what: 'the run' });
  assert.deepEqual(desk.psql('postgres', `select r.mode, r.outcome, a.action_kind, a.outcome from ebb.plugin_run r join ebb.plugin_action a using (plugin_run_id)
    where r.ticket_id = ${id}`), [['shadow', 'shadow', 'note', 'shadow']]);
  assert.equal(one(`select count(*) from ebb.ticket_event where ticket_id = ${id}`), '1');
  assert.equal(notes(id).length, 0);
});

test('disabled: nothing more is delivered, and what waited does not come back later', async () => {
  await desk.enable('scribe', 'it', { mode: 'act' });
  const busy = await Promise.all(Array.from({ length: 8 }, (_, n) => open(`[slow] Before ${n}`)));
  await until(() => one('select count(*) from ebb.plugin_delivery where lease_pid is not null and done_at is null') !== '0', { what: 'a lease' });
  await desk.disable('scribe', 'it');
  const noted = busy.flatMap(notes).length;
  const later = await open('After it was disabled');
  await until(() => Number(one(`select count(*) from ebb.plugin_delivery where department_id = 1 and done_at is null`)) === 0, { what: 'an empty queue' });
  assert.equal(busy.flatMap(notes).length, noted, 'nothing was done after it was disabled');
  await desk.enable('scribe', 'it', { mode: 'act' });
  const again = await open('Enabled again');
  await until(() => notes(again).length === 1, { what: 'the note' });
  assert.equal(notes(later).length, 0);
  assert.equal(busy.flatMap(notes).length, noted);
});

test('a reload in the middle loses nothing and doubles nothing', async () => {
  const tickets = await Promise.all(Array.from({ length: 12 }, (_, n) => open(`${n % 4 ? '' : '[slow] '}Reload ${n}`)));
  const pid = courierPid();
  desk.reload();
  tickets.push(...await Promise.all(Array.from({ length: 12 }, (_, n) => open(`After the reload ${n}`))));
  await courierAfter(pid);
  await quiet(60);
  proveOrder(tickets);
});

test('figures and log tell what the lanes did', async () => {
  const said = desk.log().filter((line) => line.plugin === 'scribe').map((line) => line.msg).join('\n');
  assert.match(said, /event \d+ of department 1: gone\. /);
  assert.match(said, /event \d+ of department 1: late\. /);
  const metrics = (await desk.call('GET', '/api/metrics')).text;
  assert.match(metrics, /ebb_plugin_calls_total\{plugin="scribe",kind="automate",result="ok"\} [1-9]/);
  assert.match(metrics, /ebb_plugin_actions_total\{outcome="applied"\} [1-9]/);
  assert.match(metrics, /ebb_plugin_actions_total\{outcome="refused"\} [1-9]/);
});
