// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document is what the desk does: every operation answers, and replies have the fields it promises.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk, doc;
before(async () => {
  desk = await startDesk();
  doc = (await desk.call('GET', '/api/openapi.json')).body;
});
after(() => desk?.stop());

const resolve = (schema) => (schema?.$ref ? schema.$ref.split('/').slice(1).reduce((node, key) => node[key], doc) : schema);
const replySchema = (operation, status) => resolve(operation.responses[status]?.content?.['application/json']?.schema);

// The document says of an operation that it takes no credentials.
const isOpen = (operation) => operation.security?.length === 0;

test('it is OpenAPI 3.1 and every operation has words, replies and an id of its own', () => {
  assert.match(doc.openapi, /^3\.1/);
  const seen = new Set();
  for (const [path, item] of Object.entries(doc.paths))
    for (const [method, operation] of Object.entries(item)) {
      if (method === 'parameters') continue;
      assert.ok(operation.summary, `${method} ${path} has a summary`);
      assert.ok(!seen.has(operation.operationId), operation.operationId);
      seen.add(operation.operationId);
      if (path.startsWith('/api/v1/') && !isOpen(operation)) assert.ok(Object.keys(operation.responses).length > 1, `${method} ${path} names its errors`);
    }
  for (const id of ['ticket_open', 'ticket_get', 'ticket_list', 'ticket_change', 'comment_add', 'transfer_offer', 'transfer_accept', 'session_open', 'service_list'])
    assert.ok(seen.has(id), id);
});

test('every reference leads somewhere', () => {
  JSON.stringify(doc, (key, value) => { if (key === '$ref') assert.ok(resolve({ $ref: value }), value); return value; });
});

test('lists and objects have just the fields that the document promises', async () => {
  await desk.call('POST', '/api/v1/tickets', { as: 'dana', body: { subject: 'x', service_id: 51 } });
  desk.psql('ebb_owner', 'insert into ebb.operator (person_id, granted_at) values (106, now())');
  for (const [path, item] of Object.entries(doc.paths)) {
    if (!item.get || item.get.responses[303] || !path.startsWith('/api/v1/') || /\{(?!ticket_id)/.test(path)) continue;
    const reply = await desk.call('GET', path.replace('{ticket_id}', '1'), { as: 'ada' });
    assert.equal(reply.status, 200, `${path}: ${reply.text}`);
    const schema = replySchema(item.get, 200);
    assert.ok(schema, path);
    const items = resolve(resolve(schema.properties?.items)?.items);
    const samples = items ? reply.body.items : [reply.body];
    const promised = Object.keys((items ?? schema).properties);
    for (const sample of samples) for (const field of Object.keys(sample)) assert.ok(promised.includes(field), `${path}: ${field} is not promised`);
  }
});

test('who is not signed in gets the document, health, the ways to sign in and nothing else', async () => {
  assert.equal((await desk.call('GET', '/api/health')).status, 200);
  const open = Object.entries(doc.paths).filter(([path]) => path.startsWith('/api/v1/')).flatMap(([, item]) => Object.values(item)).filter(isOpen).map((operation) => operation.operationId);
  assert.deepEqual(open.sort(), ['session_oidc_begin', 'session_oidc_callback', 'session_open', 'session_providers', 'session_proxy', 'session_redeem', 'session_reset']);
  for (const [path, item] of Object.entries(doc.paths))
    for (const method of Object.keys(item)) {
      if (method === 'parameters' || !path.startsWith('/api/v1/') || isOpen(item[method])) continue;
      const reply = await desk.call(method.toUpperCase(), path.replace(/\{\w+\}/g, '1'), { body: method === 'get' ? undefined : {}, headers: { 'if-match': '"1"' } });
      assert.ok([401, 422].includes(reply.status), `${method} ${path}: ${reply.status}`);
    }
});
