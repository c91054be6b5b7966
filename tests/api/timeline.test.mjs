// SPDX-License-Identifier: Apache-2.0
// Golden timelines: lives of tickets played over HTTP on a desk whose clock is set, each held at every step against a reference in
// another language that looks at every minute (tests/sla/kit.reference.py), to the second; and at every step the API, ebbctl sla
// explain and a full recomputation say the same.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { startDesk, tree } from '../lib/desk.mjs';

let desk;
const hour = 3600;
const office = [1, 2, 3, 4, 5].map((day) => ({ day, from: '09:00', to: '17:00' }));
const short = [1, 2, 3, 4].flatMap((day) => [{ day, from: '08:00', to: '12:00' }, { day, from: '13:00', to: '16:30' }]);
const always = [1, 2, 3, 4, 5, 6, 7].map((day) => ({ day, from: '00:00', to: '24:00' }));
const ever = '2000-01-01T00:00:00';
const calendars = { 51: [{ from: ever, made: ever, zone: 'Europe/Berlin', weekly: office }], 53: [{ from: ever, made: ever, zone: 'UTC', weekly: always }] };
const kinds = { response: ['opened', ['answer'], ['waiting_requester']], next_response: ['question', ['answer'], ['waiting_requester']], resolve: ['opened', [], ['waiting_requester']],
  desk: ['opened', [], ['waiting_requester', 'waiting_supplier']], ownership: ['team', ['team'], ['waiting_requester']] };
// Working hours by policy, target and priority.
const granted = { 91: { response: [1, 2, 4, 8], next_response: [1, 2, 3, 4], resolve: [4, 8, 24, 40], desk: [3, 6, 20, 30], ownership: [2, 3, 6, 9] },
  92: { response: [1, 1, 1, 2], resolve: [2, 4, 6, 8], desk: [1, 2, 3, 4], ownership: [1, 2, 3, 4] } };
const policyOf = { 51: 91, 53: 92 };
const at = (instant) => desk.psql('postgres', `update t.clock set at = '${instant}Z'`);
const call = async (as, method, path, body, headers) => {
  const reply = await desk.call(method, `/api/v1${path}`, { as, body, headers });
  assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`);
  return reply.body;
};
const targetsOf = (policy) => Object.entries(granted[policy]).map(([code, hours]) => ({ target_kind: code === 'desk' ? 'resolve' : code, target_code: code,
  target_s: Object.fromEntries(hours.map((h, i) => [i + 1, h * hour])), pauses_in: kinds[code][2] }));

before(async () => {
  desk = await startDesk();
  desk.psql('postgres', `create schema if not exists t; create table t.clock (at timestamptz); insert into t.clock values ('2026-02-01Z');
    grant usage on schema t to public; grant select on t.clock to public;
    create or replace function fn.now() returns timestamptz language sql as $$ select c.at from t.clock c $$`);
  for (const policy of [91, 92]) await call('ada', 'PATCH', `/sla/policies/${policy}`, { targets: targetsOf(policy), valid_from: '2026-01-01T00:00:00Z' }, { 'if-match': '"1"' });
});
after(() => desk?.stop());

// What each action is over HTTP; life.id is the ticket, life.transfer the offer.
const wait = (reason) => (life) => call('dana', 'POST', `/tickets/${life.id}/wait`, { waiting_reason: reason, waiting_until: '2026-09-01T00:00:00Z' });
const actions = {
  open: async (life) => { life.id = (await call('rae', 'POST', '/tickets', { subject: life.name, service_id: life.service, impact: 2, urgency: 2 })).ticket_id; },
  take: (life) => call('dana', 'POST', `/tickets/${life.id}/take`, {}),
  wait_requester: wait('requester'), wait_supplier: wait('supplier'),
  resume: (life) => call('dana', 'POST', `/tickets/${life.id}/resume`, {}),
  resolve: (life) => call('dana', 'POST', `/tickets/${life.id}/resolve`, { resolution: 'Done.' }),
  reopen: (life) => call('dana', 'POST', `/tickets/${life.id}/reopen`, { reason: 'Not done.' }),
  cancel: (life) => call('dana', 'POST', `/tickets/${life.id}/cancel`, { reason: 'Not wanted.' }),
  answer: (life) => call('dana', 'POST', `/tickets/${life.id}/comments`, { body: 'Which one?' }),
  question: (life) => call('rae', 'POST', `/tickets/${life.id}/comments`, { body: 'And now?' }),
  offer: async (life) => { life.transfer = (await call('dana', 'POST', `/tickets/${life.id}/transfers`, { to_team_id: 12, reason: 'Theirs.' })).transfer_id; },
  accept: (life) => call('ned', 'POST', `/transfers/${life.transfer}/accept`, {}),
};
const change = async (life, values) => {
  const seen = await desk.call('GET', `/api/v1/tickets/${life.id}`, { as: 'dana' });
  Object.assign(life, await call('dana', 'PATCH', `/tickets/${life.id}`, values, { 'if-match': seen.headers.get('etag') }) && {});
};

function reference(life, now) {
  const hours = granted[policyOf[life.service]];
  const targets = Object.keys(hours).map((code) => ({ code, starts_on: kinds[code][0], stops_on: kinds[code][1], pauses_in: kinds[code][2], seconds: hours[code][life.priority - 1] * hour }));
  const done = spawnSync('python3', [`${tree}/tests/sla/kit.reference.py`], { encoding: 'utf8', input: JSON.stringify({ now, calendar: calendars[life.service], targets, steps: life.steps }) });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

const instant = (text) => (text === null ? null : Date.parse(text) * 1000);
const facts = (derivation) => derivation.clocks.map((c) => [c.target_code, c.cycle, instant(c.started_at), instant(c.stopped_at), instant(c.due_at), Number(c.used_seconds), c.clock_status])
  .sort((a, b) => (`${a[0]} ${a[1]}` < `${b[0]} ${b[1]}` ? -1 : 1));

async function compare(life, now, where) {
  const want = reference(life, now);
  const shown = await call('dana', 'GET', `/tickets/${life.id}/sla`);
  assert.deepEqual(facts(shown.derivation), want, `${life.name}, ${where}: the API and the reference`);
  const explained = desk.ctl(['sla', 'explain', `EBB-${life.id}`, '--at', `${now}Z`, '--json']);
  assert.equal(explained.status, 0, explained.stderr);
  // UTC is written Z or +00:00.
  const utc = (clocks) => JSON.parse(JSON.stringify(clocks).replaceAll('+00:00"', 'Z"'));
  assert.deepEqual(utc(JSON.parse(explained.stdout).clocks), utc(shown.derivation.clocks), `${life.name}, ${where}: ebbctl sla explain`);
  assert.equal(desk.value('postgres', `select changed_count from ctl.sla_renew(array[${life.id}]::bigint[], null)`), '0', `${life.name}, ${where}: a recomputation changes nothing`);
}

// Steps are [instant, action]; an action that is no word is a function.
async function play(name, service, steps) {
  const life = { name, service, priority: 3, steps: [] };
  for (const [when, action, more] of steps) {
    at(when);
    if (typeof action === 'function') await action(life);
    else if (action !== 'look') {
      await actions[action](life);
      life.steps.push([when, action]);
    }
    if (more) Object.assign(life, more);
    await compare(life, when, `${when} ${typeof action === 'function' ? 'change' : action}`);
  }
}

const day = (d, time) => `2026-03-${String(d).padStart(2, '0')}T${time}`;

test('an answer, questions, waiting for the requester and for a supplier, over a weekend on which clocks change', () => play('Waiting', 51, [
  [day(26, '08:15:20'), 'open'], [day(26, '09:00:00'), 'take'], [day(26, '10:07:03'), 'answer'], [day(26, '11:30:00'), 'wait_requester'], [day(27, '10:00:41'), 'question'], [day(27, '10:20:00'), 'look'],
  [day(27, '14:59:59'), 'wait_supplier'], [day(29, '12:00:00'), 'look'], [day(30, '07:30:00'), 'resume'], [day(30, '08:00:10'), 'answer'], [day(31, '12:00:00'), 'question'], [day(31, '15:00:00'), 'resolve'], [day(31, '16:00:00'), 'look']]));

test('resolved, reopened, resolved again', () => play('Reopened', 51, [
  [day(2, '08:00:00'), 'open'], [day(2, '08:30:00'), 'take'], [day(2, '12:00:00'), 'resolve'], [day(3, '10:00:00'), 'reopen'], [day(4, '09:00:01'), 'wait_requester'], [day(4, '10:00:00'), 'resolve'],
  [day(5, '09:00:00'), 'reopen'], [day(9, '12:00:00'), 'look'], [day(9, '13:00:00'), 'resolve']]));

test('priority and service change: all is counted from the opening by what holds now', () => play('Changed', 51, [
  [day(10, '08:00:00'), 'open'], [day(10, '09:12:00'), 'take'], [day(10, '10:00:00'), 'wait_requester'], [day(10, '12:00:00'), 'resume'],
  [day(10, '12:30:00'), (life) => change(life, { impact: 1, urgency: 1 }), { priority: 1 }], [day(10, '15:00:00'), (life) => change(life, { impact: 3, urgency: 3 }), { priority: 4 }],
  [day(11, '08:00:00'), (life) => change(life, { service_id: 53 }), { service: 53 }], [day(11, '09:00:00'), 'resolve']]));

test('handed over: a clock for each stay, the giver\'s until it is accepted', () => play('Handed over', 51, [
  [day(12, '08:00:00'), 'open'], [day(12, '08:20:00'), 'take'], [day(12, '11:00:30'), 'offer'], [day(12, '12:10:00'), 'accept'], [day(12, '13:00:00'), 'answer'], [day(13, '11:00:00'), 'look'], [day(13, '12:00:00'), 'cancel']]));

test('a policy edited in mid-flight leaves a ticket its version; a calendar edited in mid-flight moves what runs and not what has stopped', async () => {
  await play('Edited', 51, [
    [day(16, '08:00:00'), 'open'], [day(16, '09:00:00'), 'take'], [day(16, '10:30:00'), 'answer'],
    [day(16, '11:00:00'), () => call('ada', 'PATCH', '/sla/policies/91', { targets: [{ target_kind: 'resolve', target_s: hour }] }, { 'if-match': '"2"' })],
    [day(17, '10:00:00'), async () => {
      await call('ada', 'PATCH', '/calendars/81', { weekly: short, holidays: [], valid_from: `${day(16, '12:00:00')}Z` }, { 'if-match': '"1"' });
      calendars[51].push({ from: day(16, '12:00:00'), made: day(17, '10:00:00'), zone: 'Europe/Berlin', weekly: short });
    }],
    [day(17, '14:00:00'), 'question'], [day(18, '13:00:00'), 'wait_supplier'], [day(19, '14:00:00'), 'resume'], [day(23, '09:00:00'), 'resolve'], [day(24, '09:00:00'), 'look']]);
});
