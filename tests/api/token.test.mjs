// SPDX-License-Identifier: Apache-2.0
// API tokens over HTTP and by ebbctl: shown once, never more than who makes them, dead at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
before(async () => { desk = await startDesk(); });
after(async () => { await desk.stop(); });

const make = (as, body, headers) => desk.call('POST', '/api/v1/tokens', { as, body: { token_name: 'test', ...body }, headers });
const open = (as) => desk.call('POST', '/api/v1/tickets', { as, body: { subject: 'x', service_id: 51 } });

test('a token is shown once and kept as its hash', async () => {
  const made = await make('dana', {});
  assert.equal(made.status, 201, made.text);
  assert.match(made.body.token, /^ebb_[\w-]{43}$/);
  assert.equal(made.headers.get('cache-control'), 'no-store');
  assert.equal((await desk.call('GET', '/api/v1/session', { as: made.body.token })).body.person_id, 101);
  const list = await desk.call('GET', '/api/v1/tokens', { as: made.body.token });
  assert.ok(!list.text.includes(made.body.token));
  const row = list.body.items.find((item) => item.token_id === made.body.token_id);
  assert.deepEqual([row.is_presented, row.scopes, row.department_ids], [true, null, null]);
  assert.equal(desk.value('postgres', `select count(*) from ebb.token t where t::text like '%${made.body.token}%'`), '0');
});

test('a repeated request makes no second token, and shows the first one no more', async () => {
  const headers = { 'idempotency-key': 'one-token' };
  const first = await make('ned', {}, headers);
  const again = await make('ned', {}, headers);
  assert.deepEqual([first.status, again.status, again.body.token_id], [201, 201, first.body.token_id]);
  assert.equal(again.body.token, undefined);
  assert.ok(!desk.value('postgres', 'select string_agg(reply_body, \' \') from ebb.idempotency').includes(first.body.token));
});

test('a token does what its scopes say, where its departments are', async () => {
  const reader = (await make('dana', { scopes: [] })).body.token;
  const writer = (await make('dana', { scopes: ['write'] })).body.token;
  assert.equal((await desk.call('GET', '/api/v1/tickets', { as: reader })).status, 200);
  assert.equal((await open(reader)).status, 403);
  assert.equal((await open(writer)).status, 201);
  assert.equal((await make(reader, { scopes: [] })).status, 403);
  assert.equal((await make(writer, { scopes: ['write', 'audit'] })).status, 403);
  const narrow = (await make('ada', { department_ids: [2] })).body.token;
  const seen = (await desk.call('GET', '/api/v1/departments', { as: narrow })).body.items.map((item) => item.department_id);
  assert.deepEqual(seen, [2]);
  assert.equal((await make(narrow, { department_ids: [1] })).status, 403);
  assert.deepEqual((await make(narrow, {})).body.department_ids, [2]);
});

test('what it may not hold is refused with the field', async () => {
  for (const [body, pointer] of [[{ scopes: ['root'] }, '/scopes'], [{ scopes: 'write' }, '/scopes'], [{ scopes: [['write']] }, '/scopes'], [{ scopes: [null] }, '/scopes'],
    [{ department_ids: [2] }, '/department_ids'], [{ department_ids: [999] }, '/department_ids'], [{ department_ids: ['1'] }, '/department_ids'],
    [{ department_ids: [1.5] }, '/department_ids'], [{ department_ids: [null] }, '/department_ids'], [{ department_ids: [99999999999999] }, '/department_ids'],
    [{ days: 0 }, '/days'], [{ days: 367 }, '/days'], [{ token_name: ' ' }, '/token_name']]) {
    const reply = await make('dana', body);
    if (JSON.stringify(body) === '{"department_ids":["1"]}') assert.equal(reply.status, 201, 'a number in quotes is that number');
    else assert.deepEqual([reply.status, reply.body.errors?.[0].pointer], [422, pointer], JSON.stringify(body));
  }
});

test('revoked it is nobody\'s at once', async () => {
  const made = await make('lee', {});
  assert.equal((await desk.call('DELETE', `/api/v1/tokens/${made.body.token_id}`, { as: 'dana' })).status, 404);
  assert.equal((await desk.call('DELETE', '/api/v1/tokens/999999', { as: 'dana' })).status, 404);
  assert.equal((await desk.call('DELETE', `/api/v1/tokens/${made.body.token_id}`, { as: 'lee' })).status, 204);
  assert.equal((await open(made.body.token)).status, 401);
});

test('ebbctl makes scoped tokens and revokes them', async () => {
  const args = ['token', 'create', '--person', 'ada@test.example', '--name', 'by hand', '--days', '2'];
  const one = desk.ctl([...args, '--scope', 'none', '--department', 'it', '--department', 'hr', '--json']);
  assert.equal(one.status, 0, one.stderr);
  const made = JSON.parse(one.stdout);
  assert.deepEqual([made.scopes, made.department_ids], [[], [1, 2]]);
  assert.equal((await open(made.token)).status, 403);
  assert.notEqual(desk.ctl([...args, '--scope', 'root']).status, 0);
  assert.notEqual(desk.ctl([...args, '--department', 'nowhere']).status, 0);
  assert.equal(desk.ctl(['token', 'revoke', '--person', 'ada@test.example', '--name', 'by hand']).status, 0);
  assert.equal((await desk.call('GET', '/api/v1/session', { as: made.token })).status, 401);
  const actions = desk.psql('postgres', `select action || ' ' || actor_kind from ebb.audit where object_ref = '${made.token_id}' and object_kind = 'token' order by audit_id`).flat();
  assert.deepEqual(actions, ['token.create operator', 'token.revoke operator']);
});
