// SPDX-License-Identifier: Apache-2.0
// The audit over HTTP: who reads it, what a change leaves there, and that secrets do not come out anywhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
before(async () => { desk = await startDesk(); });
after(async () => { await desk.stop(); });

test('an administrator and an auditor read the audit, nobody else', async () => {
  for (const [who, status] of [['ada', 200], ['amy', 200], ['dana', 403], ['rae', 403]]) {
    assert.equal((await desk.call('GET', '/api/v1/audit', { as: who })).status, status, who);
  }
  assert.equal((await desk.call('GET', '/api/v1/audit?department_id=2', { as: 'amy' })).status, 403);
  assert.equal((await desk.call('GET', '/api/v1/audit?nonsense=1', { as: 'ada' })).status, 400);
});

test('lists of plugins, reports, documents and schedules are there before anything is installed', async () => {
  for (const path of ['/plugins', '/reports', '/report-documents', '/report-schedules']) {
    const list = await desk.call('GET', `/api/v1${path}`, { as: 'ada' });
    assert.equal(list.status, 200, path);
    assert.deepEqual(list.body, { items: [], next_cursor: null });
  }
  assert.equal((await desk.call('GET', '/api/v1/plugins', { as: 'dana' })).status, 403);
  assert.equal((await desk.call('GET', '/api/v1/plugins/1', { as: 'ada' })).status, 404);
});

const entries = (desk_, where) => desk_.psql('ebb_owner', `select department_id, actor_id, object_ref, before_values::text, fn.audit_shown(after_values)::text, request_id from ebb.audit where ${where} order by audit_id`)
  .map(([department, actor, ref, , values, request]) => ({ department: Number(department), actor: Number(actor), ref, values: values && JSON.parse(values), request }));

test('a refusal is noted: who, what, where, under which request; the refused change is not there', async () => {
  const before = entries(desk, "action = 'denied'").length;
  const refused = await desk.call('GET', '/api/v1/audit', { as: 'dana' });
  assert.equal(refused.status, 403);
  const [entry] = entries(desk, "action = 'denied'").slice(before);
  assert.deepEqual([entry.department, entry.actor, entry.ref, entry.request], [1, 101, 'audit_list', refused.headers.get('x-request-id')]);
  assert.deepEqual([entry.values.method, entry.values.path], ['GET', '/api/v1/audit']);
  assert.match(entry.values.sentence, /audit\.read/);

  const ticket = (await desk.call('POST', '/api/v1/tickets', { as: 'rae', body: { subject: 'Mine', service_id: 51 } })).body;
  const change = await desk.call('PATCH', `/api/v1/tickets/${ticket.ticket_id}`, { as: 'rae', body: { impact: 1 }, headers: { 'if-match': `"${ticket.version}"` } });
  assert.equal(change.status, 403);
  assert.equal(entries(desk, "action = 'denied'").at(-1).values.path, `/api/v1/tickets/${ticket.ticket_id}`);
  assert.equal((await desk.call('GET', `/api/v1/tickets/${ticket.ticket_id}`, { as: 'rae' })).body.version, ticket.version);
});

test('who is nobody fills no audit', async () => {
  const count = () => Number(desk.value('ebb_owner', 'select count(*) from ebb.audit'));
  const before = count();
  for (const as of [undefined, 'ian', 'old', 'lost', 'ebb_nonsense']) assert.equal((await desk.call('GET', '/api/v1/audit', { as })).status, 401);
  assert.equal(count(), before);
});

test('a list taken out as CSV is noted with its filters and its size, and reading on the page is not', async () => {
  const csv = (path, as) => desk.call('GET', path, { as, headers: { accept: 'text/csv' } });
  const before = entries(desk, "action = 'export'").length;
  assert.equal((await desk.call('GET', '/api/v1/tickets', { as: 'dana' })).status, 200);
  assert.equal(entries(desk, "action = 'export'").length, before);

  const list = await csv('/api/v1/persons?q=rae&department_id=1', 'dana');
  assert.equal(list.status, 200);
  const [entry] = entries(desk, "action = 'export'").slice(before);
  assert.deepEqual([entry.department, entry.actor, entry.ref], [1, 101, 'person_list']);
  assert.deepEqual(entry.values.filters, { q: 'rae', department_id: 1 });
  assert.equal(entry.values.row_count, list.text.trim().split('\r\n').length - 1);
  assert.equal(entry.values.byte_count, Buffer.byteLength(list.text));
  assert.doesNotMatch(desk.value('ebb_owner', "select after_values::text from ebb.audit where action = 'export' order by audit_id desc limit 1"), /rae/);

  // Of several departments: each finds it in its own audit.
  assert.equal((await csv('/api/v1/tickets', 'ada')).status, 200);
  assert.deepEqual(entries(desk, "action = 'export' and actor_id = 106").map((e) => e.department), [1, 2, 3]);
  // The audit itself; what is in it is taken as text by a spreadsheet.
  desk.psql('ebb_owner', "select fn.audit_add(1, '=cmd', 'thing', '+1', null, null)");
  const audit = await csv('/api/v1/audit', 'amy');
  assert.match(audit.text, /,"'=cmd",thing,"'\+1",/);
  assert.equal(entries(desk, "action = 'export'").at(-1).ref, 'audit_list');
});

test('the chain holds over all of it, and everybody who reads the audit sees it', async () => {
  const list = (await desk.call('GET', '/api/v1/audit?action=denied&actor_id=101', { as: 'amy' })).body.items;
  assert.ok(list.length > 0 && list.every((entry) => entry.chain_no > 0 && /^[0-9a-f]{64}$/.test(entry.row_hash) && entry.actor_name === 'Dana Agent'));
  assert.deepEqual(JSON.parse(desk.value('ebb_ctl', "select ctl.audit_verify('{}')")).faults, []);
});

test('what cannot be noted is not handed out', async () => {
  desk.psql('postgres', "set role ebb_api; revoke execute on function api.export_note(json) from ebb_app");
  const reply = await desk.call('GET', '/api/v1/persons', { as: 'dana', headers: { accept: 'text/csv' } });
  assert.equal(reply.status, 503);
  assert.doesNotMatch(reply.text, /Dana/);
  desk.psql('postgres', "set role ebb_api; grant execute on function api.export_note(json) to ebb_app");
  assert.equal((await desk.call('GET', '/api/v1/persons', { as: 'dana', headers: { accept: 'text/csv' } })).status, 200);
});
