// SPDX-License-Identifier: Apache-2.0
// Errors are for people: the right status, a problem document, a pointer for every field; and nothing is half done.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
before(async () => { desk = await startDesk(); });
after(() => desk?.stop());
const post = (body, { headers = {}, as = 'dana', path = '/api/v1/tickets' } = {}) => desk.call('POST', path, { as, body, headers });
const count = () => desk.value('postgres', 'select count(*) from ebb.ticket');

function isProblem(reply, status, ...pointers) {
  assert.equal(reply.status, status, reply.text);
  assert.match(reply.headers.get('content-type'), /^application\/problem\+json/);
  assert.equal(reply.body.status, status);
  assert.ok(reply.body.title && reply.body.type && reply.body.instance, reply.text);
  if (pointers.length) assert.deepEqual(reply.body.errors.map((e) => e.pointer).sort(), pointers.sort());
  assert.ok(reply.headers.get('x-request-id'));
}

test('what is no JSON is 400', async () => {
  for (const body of ['{', '{"subject":"a",}', '', '{"subject":"a","subject":"b","service_id":51}', '{"subject":"a\u0001"}', '{"a":'.repeat(5000)])
    isProblem(await post(body), 400);
  isProblem(await post(Buffer.from('{"subject":"\xff","service_id":51}', 'latin1')), 400);
});

test('every wrong field is named, all at once', async () => {
  isProblem(await post({ subject: 5, service_id: 'mail', impact: 9, colour: 'red' }), 422, '/subject', '/service_id', '/impact', '/colour');
  isProblem(await post({}), 422, '/subject');
  isProblem(await post({ subject: 'for a department without a default service' }), 422, '/service_id');
  for (const body of ['[]', '"x"', '5', 'null']) isProblem(await post(body), 422);
  isProblem(await post({ subject: 'x'.repeat(201), service_id: 51 }), 422, '/subject');
  isProblem(await post({ subject: ' ', service_id: 51 }), 422, '/subject');
  isProblem(await post({ subject: 'x', service_id: 99999 }), 422, '/service_id');
  isProblem(await post({ subject: 'x', service_id: 1.5 }), 422, '/service_id');
  isProblem(await post({ subject: 'x', service_id: 1e30 }), 422, '/service_id');
  isProblem(await post({ subject: null, service_id: 51 }), 422, '/subject');
  isProblem(await post({ subject: 'x', service_id: 51, description: 'a\u0000b' }), 400);
});

test('a refused request leaves nothing behind', async () => {
  const before = await count();
  await post({ subject: 'x', service_id: 51, requester_id: 424242 });
  await post({ subject: 'x', service_id: 51, impact: 4 });
  assert.equal(await count(), before);
});

test('form types and text are 415, and 10 MB are 413', async () => {
  isProblem(await post('subject=x', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 415);
  isProblem(await post('{"subject":"x","service_id":51}', { headers: { 'content-type': 'text/plain' } }), 415);
  isProblem(await post('<ticket/>', { headers: { 'content-type': 'application/xml' } }), 415);
  isProblem(await post(`{"subject":"${'x'.repeat(10 << 20)}"}`), 413);
});

test('paths, ids and methods that do not exist are 404 and 405', async () => {
  isProblem(await desk.call('GET', '/api/v1/nothing', { as: 'dana' }), 404);
  isProblem(await desk.call('GET', '/api/v1/tickets/abc', { as: 'dana' }), 404);
  isProblem(await desk.call('GET', '/api/v1/tickets/999999999', { as: 'dana' }), 404);
  isProblem(await desk.call('GET', '/api/v1/tickets/99999999999999999999999', { as: 'dana' }), 404);
  const reply = await desk.call('DELETE', '/api/v1/tickets', { as: 'dana' });
  isProblem(reply, 405);
  assert.match(reply.headers.get('allow'), /GET/);
});

test('without a token, with a broken or a dead one, it is 401', async () => {
  for (const as of [undefined, 'old', 'lost', 'ian', 'ebb_nothing', '1'])
    isProblem(await desk.call('GET', '/api/v1/tickets', { as }), 401);
  isProblem(await desk.call('GET', `/api/v1/tickets?access_token=${desk.tokens.dana}`), 401 || 400);
});

test('a ticket of another department does not exist, neither to read nor to change', async () => {
  const { body: { ticket_id: id } } = await desk.call('POST', '/api/v1/tickets', { as: 'rob', body: { subject: 'Salary', service_id: 54 } });
  for (const path of ['', '/comments', '/history', '/sla', '/transfers'])
    isProblem(await desk.call('GET', `/api/v1/tickets/${id}${path}`, { as: 'dana' }), 404);
  isProblem(await desk.call('PATCH', `/api/v1/tickets/${id}`, { as: 'dana', headers: { 'if-match': '"1"' }, body: { subject: 'x' } }), 404);
  for (const [what, body] of [['take', {}], ['assign', { assignee_id: 101 }], ['resolve', { resolution: 'x' }], ['cancel', { reason: 'x' }], ['comments', { body: 'x' }], ['transfers', { to_team_id: 12, reason: 'x' }]])
    isProblem(await post(body, { path: `/api/v1/tickets/${id}/${what}` }), 404);
  assert.equal(desk.value('postgres', `select version from ebb.ticket where ticket_id = ${id}`), '1');
});

test('a cookie alone from another site changes nothing', async () => {
  const login = await desk.call('POST', '/api/v1/session', { body: { email: 'dana@test.example', password: 'fixture pass-phrase' }, headers: { 'sec-fetch-site': 'same-origin' } });
  assert.equal(login.status, 201, login.text);
  const cookie = login.headers.get('set-cookie').split(';')[0];
  assert.match(login.headers.get('set-cookie'), /HttpOnly/i);
  assert.match(login.headers.get('set-cookie'), /SameSite=Lax/i);
  assert.equal((await desk.call('GET', '/api/v1/session', { headers: { cookie } })).body.person_id, 101);
  const csrf = { 'x-ebb-csrf': login.body.csrf_token };
  const send = (headers) => desk.call('POST', '/api/v1/tickets', { headers: { cookie, ...headers }, body: { subject: 'x', service_id: 51 } });
  isProblem(await send({ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example', ...csrf }), 403);
  isProblem(await send({ 'sec-fetch-site': 'same-origin' }), 403);
  isProblem(await send({ 'sec-fetch-site': 'same-origin', 'x-ebb-csrf': login.body.csrf_token.replace(/.$/, 'x') }), 403);
  assert.equal((await send({ 'sec-fetch-site': 'same-origin', ...csrf })).status, 201);
  isProblem(await desk.call('DELETE', '/api/v1/session', { headers: { cookie, 'sec-fetch-site': 'same-origin' } }), 403);
  assert.equal((await desk.call('DELETE', '/api/v1/session', { headers: { cookie, 'sec-fetch-site': 'same-origin', ...csrf } })).status, 204);
  isProblem(await desk.call('GET', '/api/v1/session', { headers: { cookie } }), 401);
});

test('a wrong pass-phrase and an unknown address look the same', async () => {
  const log = (email) => desk.call('POST', '/api/v1/session', { body: { email, password: 'wrong horse' }, headers: { 'sec-fetch-site': 'same-origin' } });
  const [known, unknown] = [await log('dana@test.example'), await log('nobody@test.example')];
  isProblem(known, 401);
  isProblem(unknown, 401);
  assert.equal(known.body.detail, unknown.body.detail);
});

test('the server log holds no SQL error of class 42 and no token', () => {
  const log = JSON.stringify(desk.log());
  assert.ok(!/"sqlstate":"42/.test(log), 'a syntax or rights error reached the database');
  for (const token of Object.values(desk.tokens)) assert.ok(!log.includes(token));
});
