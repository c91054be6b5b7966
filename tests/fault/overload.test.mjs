// SPDX-License-Identifier: Apache-2.0
// Too much of anything is refused early, cleanly and with a time to come back; what nobody waits for is not done.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Desk, until } from './kit.mjs';

const isProblem = (reply, status) => {
  assert.equal(reply.status, status, reply.text);
  assert.match(reply.headers['content-type'], /^application\/problem\+json/);
  assert.equal(reply.json.status, status);
};
const isRefusal = (reply, status) => {
  isProblem(reply, status);
  assert.ok(Number(reply.headers['retry-after']) > 0);
  assert.equal(reply.json.instance, reply.headers['x-request-id']);
};

// ---- limits of the web server ----

let front;
before(async () => {
  front = await Desk.start({ workers: 2 }, {
    nginx: { EBB_API_PER_SECOND: 1, EBB_API_BURST: 5, EBB_LOGIN_PER_MINUTE: 1, EBB_LOGIN_BURST: 2, EBB_CONN_LIMIT: 3 },
  });
});
after(async () => { await front?.stop(); });

test('one credential may not send more than its share; another one is not touched', async () => {
  const replies = [];
  for (let i = 0; i < 10; i++) replies.push(await front.get('/api/v1/tickets?limit=1', { as: 'lee' }));
  const refused = replies.filter((r) => r.status === 429);
  assert.ok(refused.length >= 3 && refused.length <= 5);
  refused.forEach((r) => isRefusal(r, 429));
  assert.equal((await front.get('/api/v1/tickets?limit=1', { as: 'ned' })).status, 200);
});

test('log-ins have a limit of their own', async () => {
  const login = () => front.post('/api/v1/session', { email: 'dana@test.example', password: 'wrong pass-phrase' }, { as: null });
  const replies = [];
  for (let i = 0; i < 5; i++) replies.push(await login());
  assert.deepEqual(replies.map((r) => r.status).slice(0, 3), [401, 401, 401]);
  isRefusal(replies[4], 429);
});

test('more requests in flight than the desk can hold are refused at once with 503', async () => {
  const { json: ticket } = await front.openTicket('overload: held', { as: 'dana' });
  const lock = await front.hold(ticket.ticket_id);
  const comment = (as) => front.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: 'waits' }, { as });
  const held = [comment('dana'), comment('nia'), comment('ada')];
  await until('both workers busy', () => front.ask(`select count(*) from pg_stat_activity
    where datname = '${front.database}' and wait_event_type = 'Lock'`) === '2');
  const began = Date.now();
  isRefusal(await front.get('/api/v1/tickets?limit=1', { as: 'sol' }), 503);
  assert.ok(Date.now() - began < 1000);
  await lock.release();
  for (const reply of await Promise.all(held)) assert.ok([201, 403, 404].includes(reply.status), reply.text);
});

test('a body that is too large, an address that is nothing, a request that cannot be read', async () => {
  isProblem(await front.post('/api/v1/tickets', { subject: 'x'.repeat(2 << 20) }, { as: 'fay' }), 413);
  isProblem(await front.get('/api/v1/nothing-here', { as: 'finn' }), 404);
  isProblem(await front.get('/api/%00', { as: 'hal' }), 400);
  isProblem(await front.get('/api/v1/tickets', { as: 'hal', headers: { 'x-long': 'x'.repeat(10000) } }), 400);
  isProblem(await front.get(`/api/v1/tickets?q=${'x'.repeat(10000)}`, { as: 'hal' }), 414);
});

test('the request id is nginx\'s own, and the same in reply, access log and daemon log', async () => {
  const reply = await front.get('/api/v1/tickets?limit=1', { as: 'hana', headers: { 'x-request-id': 'forged', ebb_reqid: 'forged' } });
  const id = reply.headers['x-request-id'];
  assert.match(id, /^[0-9a-f]{32}$/);
  await front.logged('the request', (l) => l.process === 'worker' && l.request_id === id);
  await until('the access line', () => fs.readFileSync(`${front.home}/log/access.log`, 'utf8').split('\n').filter(Boolean)
    .map((line) => JSON.parse(line)).some((l) => l.request_id === id && l.status === 200));
});

test('headers that protect the page and the API, on success and on refusal', async () => {
  for (const where of ['/', '/api/v1/tickets', '/api/nothing']) {
    const { headers } = await front.get(where, { as: 'amy' });
    assert.equal(headers['x-content-type-options'], 'nosniff', where);
    assert.match(headers['content-security-policy'], /default-src 'none'/, where);
    assert.equal(headers['referrer-policy'], 'same-origin', where);
    assert.equal(headers.server, 'nginx', where);
    assert.ok(!String(headers['cache-control']).includes('public'), where);
  }
});

// ---- the queue before the workers ----

let queue;
before(async () => {
  queue = await Desk.start({ workers: 1, request_deadline_ms: 1200, statement_timeout_ms: 1000, hang_limit_ms: 5000 });
});
after(async () => { await queue?.stop(); });

const counted = async (line) => Number((await queue.get('/api/metrics')).text.match(line)[1]);

test('who waited in the queue beyond the deadline is refused before any work is done', async () => {
  const { json: ticket } = await queue.openTicket('queue: held');
  const lock = await queue.hold(ticket.ticket_id);
  const replies = await Promise.all(Array.from({ length: 4 }, (_, i) =>
    queue.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: `waits ${i}` })));
  await lock.release();
  replies.forEach((r) => isRefusal(r, 503));
  assert.ok(await counted(/^ebb_shed_total\{reason="deadline"\} (\d+)$/m) >= 1);
});

test('a request whose sender has gone is not done', async () => {
  const { json: ticket } = await queue.openTicket('queue: gone');
  const lock = await queue.hold(ticket.ticket_id);
  const first = queue.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: 'waits' });
  await queue.waitingWorker();
  const agent = new http.Agent();
  const abandoned = queue.openTicket('queue: nobody waits for this', { agent, timeout: 300 });
  assert.equal((await abandoned).status, 0);
  await lock.release();
  await first;
  await until('the drop', async () => await counted(/^ebb_shed_total\{reason="hangup"\} (\d+)$/m) >= 1);
  assert.equal(queue.ask(`select count(*) from ebb.ticket where subject like 'queue: nobody%'`), '0');
});
