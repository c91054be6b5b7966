// SPDX-License-Identifier: Apache-2.0
// What is kept about a person, over HTTP: given out, erased, and kept no longer than the department says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk, until } from '../lib/desk.mjs';

let desk;
before(async () => { desk = await startDesk(); });
after(async () => { await desk.stop(); });

const person = async (id, as = 'ada') => desk.call('GET', `/api/v1/persons/${id}`, { as });
const erase = (id, { as = 'ada', match, reason = 'asked for by letter', headers = {} } = {}) => desk.call('POST', `/api/v1/persons/${id}/erase`, { as, body: { reason }, headers: { ...(match ? { 'if-match': match } : {}), ...headers } });

test('the person and an administrator are given all that is kept, and the audit says so', async () => {
  await desk.call('POST', '/api/v1/tickets', { as: 'rae', body: { subject: 'My canary', service_id: 51 } });
  const mine = await desk.call('GET', '/api/v1/persons/107/export', { as: 'rae' });
  assert.equal(mine.status, 200);
  assert.equal(mine.body.is_whole, true);
  assert.equal(mine.body.kept.tickets_asked_for[0].subject, 'My canary');
  const theirs = await desk.call('GET', '/api/v1/persons/107/export', { as: 'ada' });
  assert.equal(theirs.body.is_whole, false);
  assert.match(theirs.headers.get('etag'), /^"\d+"$/);
  assert.doesNotMatch(theirs.text, /[0-9a-f]{64}/);
  const audit = (await desk.call('GET', '/api/v1/audit?action=export', { as: 'amy' })).body.items;
  assert.deepEqual([...new Set(audit.map((entry) => `${entry.actor_id} ${entry.object_ref} ${entry.after_values.filters.person_id}`))], ['106 person_export 107', '107 person_export 107']);
});

test('an agent is refused, a stranger learns nothing', async () => {
  assert.equal((await desk.call('GET', '/api/v1/persons/107/export', { as: 'dana' })).status, 403);
  const foreign = await desk.call('GET', '/api/v1/persons/107/export', { as: 'hal' });
  const nobody = await desk.call('GET', '/api/v1/persons/999999/export', { as: 'hal' });
  assert.deepEqual([foreign.status, foreign.body.detail], [404, nobody.body.detail]);
  assert.equal((await erase(107, { as: 'dana', match: '"1"' })).status, 403);
});

test('an erasure needs the present version and nothing open, and then leaves a number without a name', async () => {
  assert.equal((await erase(107)).status, 428);
  assert.equal((await erase(107, { match: '"99"' })).status, 412);
  const match = (await person(107)).headers.get('etag');
  const open = await erase(107, { match });
  assert.equal(open.status, 409);
  assert.match(open.body.detail, /1 ticket that is not closed yet/);
  const { ticket_id: id } = (await desk.call('GET', '/api/v1/tickets', { as: 'rae' })).body.items[0];
  const cancelled = await desk.call('POST', `/api/v1/tickets/${id}/cancel`, { as: 'rae', body: { reason: 'Not needed' }, headers: { 'if-match': '"1"' } });
  assert.equal(cancelled.status, 200);
  assert.equal((await erase(107, { match, reason: 'Rae Requester has left' })).status, 422);

  const done = await erase(107, { match, headers: { 'idempotency-key': 'erase-107' } });
  assert.equal(done.status, 200);
  assert.equal(done.body.person_id, 107);
  assert.equal(done.headers.get('etag'), `"${done.body.version}"`);
  const again = await erase(107, { match, headers: { 'idempotency-key': 'erase-107' } });
  assert.deepEqual([again.status, again.headers.get('idempotent-replayed')], [200, 'true']);
  assert.equal((await erase(107, { match: done.headers.get('etag') })).status, 409);

  const left = (await person(107)).body;
  assert.deepEqual([left.person_name, left.email, left.is_active], ['Erased person 107', null, false]);
  assert.equal((await desk.call('GET', '/api/v1/session', { as: 'rae' })).status, 401);
  const ticket = (await desk.call('GET', `/api/v1/tickets/${id}`, { as: 'dana' })).body;
  assert.deepEqual([ticket.subject, ticket.state], ['[erased]', 'cancelled']);
  assert.doesNotMatch((await desk.call('GET', `/api/v1/tickets/${id}/history`, { as: 'dana' })).text, /canary/);
  assert.deepEqual(JSON.parse(desk.value('ebb_ctl', "select ctl.audit_verify('{}')")).faults, []);
});

test('rules of keeping are made, changed with their version, and followed by the clock', async () => {
  assert.equal((await desk.call('POST', '/api/v1/retention-rules', { as: 'lee', body: { department_id: 1, retention_kind: 'token', keep_days: 30 } })).status, 403);
  const short = await desk.call('POST', '/api/v1/retention-rules', { as: 'ada', body: { department_id: 1, retention_kind: 'ticket_text', keep_days: 5 } });
  assert.deepEqual([short.status, short.body.errors[0].pointer], [422, '/keep_days']);
  const made = await desk.call('POST', '/api/v1/retention-rules', { as: 'ada', body: { department_id: 1, retention_kind: 'token', keep_days: 30 } });
  assert.equal(made.status, 201);
  const path = made.headers.get('location');
  assert.equal((await desk.call('PATCH', path, { as: 'ada', body: { keep_days: 60 } })).status, 428);
  const changed = await desk.call('PATCH', path, { as: 'ada', body: { keep_days: 60 }, headers: { 'if-match': made.headers.get('etag') } });
  assert.deepEqual([changed.status, changed.body.keep_days, changed.body.version], [200, 60, 2]);
  assert.equal((await desk.call('GET', path, { as: 'hal' })).status, 404);
  assert.equal((await desk.call('GET', '/api/v1/retention-rules', { as: 'dana' })).body.items.length, 1);
  // The clock looks when it starts, and then every five minutes; dana's token of 2020 has ended long ago.
  await until(() => desk.value('ebb_clock', 'select ctl.tick_retention()') !== undefined && desk.value('ebb_owner', "select count(*) from ebb.token where token_name in ('fixture old', 'fixture lost')") === '0', { what: 'the end of old tokens' });
});
