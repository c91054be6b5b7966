// SPDX-License-Identifier: Apache-2.0
// A worker that neither answers nor dies is found by the scoreboard and ended by the master.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk, until } from './kit.mjs';

let desk;
before(async () => {
  desk = await Desk.start({ workers: 2, hang_limit_ms: 1500, request_deadline_ms: 1200, statement_timeout_ms: 1000 });
});
after(async () => { await desk?.stop(); });

test('a worker stopped in the middle of a request is killed, named with request and route, and replaced', async () => {
  const { json: ticket } = await desk.openTicket('hang: held');
  const lock = await desk.hold(ticket.ticket_id);
  const pending = desk.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: 'never kept' });
  const victim = await desk.waitingWorker();
  process.kill(victim, 'SIGSTOP');
  const line = await desk.logged('the hang', (l) => l.process === 'master' && l.msg.includes(`worker ${victim} hangs`));
  const reply = await pending;
  assert.equal(reply.status, 502);
  assert.equal(line.request_id, reply.headers['x-request-id']);
  assert.match(line.route, /^POST .*\/comments$/);
  await lock.release();
  await until('both workers', () => desk.pids('worker').length === 2 && !desk.pids('worker').includes(victim));
  assert.match((await desk.get('/api/metrics')).text, /^ebb_worker_hangs_total 1$/m);
});

test('an idle worker that is stopped does not hold requests up', async () => {
  const [victim] = desk.pids('worker');
  process.kill(victim, 'SIGSTOP');
  for (let i = 0; i < 20; i++) assert.equal((await desk.get('/api/v1/tickets?limit=1')).status, 200);
  process.kill(victim, 'SIGCONT');
});

test('a request that waits too long for the database is answered 503 with Retry-After, and no worker dies', async () => {
  const { json: ticket } = await desk.openTicket('hang: waits');
  const lock = await desk.hold(ticket.ticket_id);
  const before = desk.pids('worker');
  const reply = await desk.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: 'late' });
  await lock.release();
  assert.equal(reply.status, 503);
  assert.ok(Number(reply.headers['retry-after']) > 0);
  assert.match(reply.headers['content-type'], /^application\/problem\+json/);
  assert.deepEqual(desk.pids('worker'), before);
});
