// SPDX-License-Identifier: Apache-2.0
// A process that dies costs one request at most, is named in the log, and is there again at once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk, ledger, until } from './kit.mjs';

let desk;
before(async () => { desk = await Desk.start({ workers: 3, session_workers: 1 }); });
after(async () => { await desk?.stop(); });

const isBack = (count) => until('all workers', () => desk.pids('worker').length === count);

test('the daemon runs master, workers, session worker, clock, courier and keeper', () => {
  assert.equal(desk.pids('worker').length, 3);
  for (const name of ['session', 'clock', 'courier', 'keeper']) assert.equal(desk.pids(name).length, 1, name);
});

test('a worker that crashes leaves its last words and is replaced', async () => {
  const [victim] = desk.pids('worker');
  process.kill(victim, 'SIGSEGV');
  await desk.logged('last words', (l) => l.pid === victim && /signal 11 .*addr2line/.test(l.msg));
  await desk.logged('the death', (l) => l.process === 'master' && l.msg.includes(`worker ${victim} died of signal 11`));
  await isBack(3);
  assert.ok(!desk.pids('worker').includes(victim));
});

test('kill -9 while a request runs costs that request, a 502 as a problem document, and no other', async () => {
  const { json: ticket } = await desk.openTicket('crash: held');
  const lock = await desk.hold(ticket.ticket_id);
  const pending = desk.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: 'never kept' });
  const victim = await desk.waitingWorker();
  process.kill(victim, 'SIGKILL');
  const reply = await pending;
  assert.equal(reply.status, 502);
  assert.match(reply.headers['content-type'], /^application\/problem\+json/);
  assert.equal(reply.json.instance, reply.headers['x-request-id']);
  const line = await desk.logged('the death', (l) => l.process === 'master' && l.msg.includes(`worker ${victim} died of signal 9`));
  assert.equal(line.request_id, reply.headers['x-request-id']);
  assert.match(line.route, /^POST .*\/comments$/);
  assert.equal((await desk.get('/api/v1/tickets?limit=1')).status, 200);
  // The server notices that nobody is there any more and gives the transaction up, lock or no lock.
  await until('the orphaned session ended', () =>
    desk.ask(`select count(*) from pg_stat_activity where application_name = 'ebb worker ${victim}'`) === '0');
  await lock.release();
  await isBack(3);
  const comments = await desk.get(`/api/v1/tickets/${ticket.ticket_id}/comments`);
  assert.equal(comments.json.items.length, 0, 'the transaction of the killed worker is rolled back');
});

test('clock, courier, keeper and session worker come back, too', async () => {
  for (const name of ['clock', 'courier', 'keeper', 'session']) {
    const [victim] = desk.pids(name);
    process.kill(victim, 'SIGKILL');
    await until(`another ${name}`, () => desk.pids(name).some((pid) => pid !== victim));
  }
  const restarts = (await desk.get('/api/metrics')).text.match(/ebb_worker_restarts_total\{kind="clock"\} (\d+)/);
  assert.ok(Number(restarts[1]) >= 1);
});

test('a clock that died is followed by one that leads', async () => {
  const [victim] = desk.pids('clock');
  process.kill(victim, 'SIGKILL');
  await desk.logged('a new leader', (l) => l.process === 'clock' && l.pid !== victim && l.msg.startsWith('leads') &&
    desk.pids('clock').includes(l.pid));
});

test('kill -9 of workers under load: nothing acknowledged is lost, nothing doubled, no key left in between', async () => {
  const writers = ledger(desk, 8);
  await writers.reached(50);
  for (let kill = 1; kill <= 12; kill++) {
    const pids = desk.pids('worker');
    process.kill(pids[kill % pids.length], 'SIGKILL');
    await writers.reached(writers.acknowledged.size + 40);
  }
  await writers.stop();
  assert.deepEqual(writers.odd, []);
  assert.ok(writers.failures() > 0, 'the kills were felt');
  assert.deepEqual(await writers.audit(), { lost: [], doubled: [], phantom: [] });
  await isBack(3);
});
