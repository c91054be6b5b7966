// SPDX-License-Identifier: Apache-2.0
// A ticket's life through nginx, FastCGI, C and PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
before(async () => { desk = await startDesk(); });
after(() => desk?.stop());

const soon = () => new Date(Date.now() + 86400e3).toISOString();
const open = (fields = {}, as = 'rae') => desk.call('POST', '/api/v1/tickets', { as, body: { subject: 'No paper', service_id: 51, ...fields } });
const act = (id, what, body = {}, as = 'dana') => desk.call('POST', `/api/v1/tickets/${id}/${what}`, { as, body });

test('a ticket is opened with 201, Location and ETag, and read back the same', async () => {
  const made = await open({ description: 'Tray 2 – ümläut' });
  assert.equal(made.status, 201);
  assert.equal(made.headers.get('location'), `/api/v1/tickets/${made.body.ticket_id}`);
  assert.equal(made.headers.get('etag'), '"1"');
  const read = await desk.call('GET', made.headers.get('location'), { as: 'rae' });
  assert.equal(read.status, 200);
  assert.equal(read.headers.get('etag'), '"1"');
  assert.equal(read.body.description, 'Tray 2 – ümläut');
  assert.equal(read.body.state, 'new');
  assert.ok(read.body.team_id && read.body.accountable_person_id, 'it has an accountable team and person');
  assert.match(read.body.opened_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  const listed = (await desk.call('GET', '/api/v1/tickets?limit=1', { as: 'rae' })).body.items[0];
  for (const field of Object.keys(listed)) assert.deepEqual(listed[field], read.body[field], `${field} is the same in the list`);
});

test('it is taken, waits, goes on, is resolved, reopened, resolved and closed, and its history tells so', async () => {
  const { body: { ticket_id: id } } = await open();
  const steps = [['take', {}, 'active'], ['wait', { waiting_reason: 'supplier', waiting_until: soon(), note: 'ordered' }, 'waiting'], ['resume', {}, 'active'],
    ['resolve', { resolution: 'Paper' }, 'resolved'], ['reopen', { reason: 'Empty again' }, 'active'], ['resolve', { resolution: 'More paper' }, 'resolved'], ['close', {}, 'closed']];
  for (const [what, body, state] of steps) {
    const reply = await act(id, what, body);
    assert.equal(reply.status, 200, `${what}: ${reply.text}`);
    assert.equal(reply.body.state, state, what);
  }
  const history = await desk.call('GET', `/api/v1/tickets/${id}/history`, { as: 'dana' });
  assert.deepEqual(history.body.items.map((e) => e.event_kind), ['opened', 'taken', 'waiting', 'resumed', 'resolved', 'reopened', 'resolved', 'closed']);
  assert.ok(history.body.items.every((e) => e.request_id), 'every event names the request that did it');
});

test('the requester reads public comments and not internal ones, and cannot write those', async () => {
  const { body: { ticket_id: id } } = await open();
  assert.equal((await act(id, 'comments', { body: 'hello' })).status, 201);
  assert.equal((await act(id, 'comments', { body: 'between us', is_internal: true })).status, 201);
  const seen = (as) => desk.call('GET', `/api/v1/tickets/${id}/comments`, { as }).then((r) => r.body.items.map((c) => c.body));
  assert.deepEqual(await seen('dana'), ['hello', 'between us']);
  assert.deepEqual(await seen('rae'), ['hello']);
  assert.equal((await act(id, 'comments', { body: 'x', is_internal: true }, 'rae')).status, 403);
  const read = await desk.call('GET', `/api/v1/tickets/${id}`, { as: 'rae' });
  assert.ok(read.body.first_response_at, 'the first public answer stops the response clock');
});

test('a transfer is offered, returned, offered again and accepted; a way back needs the service owner', async () => {
  const { body: { ticket_id: id } } = await open();
  const offer = (to_team_id, as) => act(id, 'transfers', { to_team_id, reason: 'theirs' }, as);
  const answer = (transfer, what, body, as) => desk.call('POST', `/api/v1/transfers/${transfer}/${what}`, { as, body });
  const first = await offer(12, 'lee');
  assert.equal(first.status, 201);
  assert.equal((await answer(first.body.transfer_id, 'return', { reason: 'not ours' }, 'ned')).body.transfer_status, 'returned');
  const second = await offer(12, 'lee');
  assert.equal((await answer(second.body.transfer_id, 'accept', {}, 'ned')).status, 200);
  const back = await offer(11, 'ned');
  assert.equal(back.body.transfer_status, 'proposed');
  assert.equal((await answer(back.body.transfer_id, 'accept', {}, 'lee')).status, 403);
  assert.equal((await answer(back.body.transfer_id, 'accept', {}, 'sol')).status, 200);
  const read = await desk.call('GET', `/api/v1/tickets/${id}`, { as: 'lee' });
  assert.deepEqual([read.body.team_id, read.body.handoff_count, read.body.return_count], [11, 2, 1]);
});

test('a change needs If-Match: 428 without, 412 when stale, 200 with the version read', async () => {
  const { body: { ticket_id: id } } = await open();
  const change = (headers) => desk.call('PATCH', `/api/v1/tickets/${id}`, { as: 'dana', headers, body: { subject: 'New words' } });
  assert.equal((await change({})).status, 428);
  assert.equal((await change({ 'if-match': '"7"' })).status, 412);
  const done = await change({ 'if-match': '"1"' });
  assert.equal(done.status, 200, done.text);
  assert.equal(done.headers.get('etag'), '"2"');
  assert.equal(done.body.subject, 'New words');
  const again = await desk.call('GET', `/api/v1/tickets/${id}`, { as: 'dana', headers: { 'if-none-match': '"2"' } });
  assert.equal(again.status, 304);
});

test('one Idempotency-Key has one effect and the same answer; another body under it is refused', async () => {
  const headers = { 'idempotency-key': 'order-66' };
  const send = (subject) => desk.call('POST', '/api/v1/tickets', { as: 'rae', headers, body: { subject, service_id: 51 } });
  const one = await send('Once');
  const two = await send('Once');
  assert.equal(two.status, 201);
  assert.equal(two.text, one.text);
  assert.equal(two.headers.get('location'), one.headers.get('location'));
  assert.equal((await send('Twice')).status, 422);
  const list = await desk.call('GET', '/api/v1/tickets?q=Once', { as: 'rae' });
  assert.equal(list.body.items.length, 1);
});

test('the desk sees the clocks of a ticket', async () => {
  const { body: { ticket_id: id } } = await open();
  const sla = await desk.call('GET', `/api/v1/tickets/${id}/sla`, { as: 'dana' });
  assert.equal(sla.status, 200, sla.text);
  assert.deepEqual(sla.body.clocks.map((c) => c.target_kind).sort(), ['resolve', 'response']);
});
