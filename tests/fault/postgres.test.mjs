// SPDX-License-Identifier: Apache-2.0
// PostgreSQL goes away and comes back: reads do not notice, writes get a clean 503 at worst, nothing acknowledged is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Desk, asShell, ledger, load, until } from './kit.mjs';

let desk;
before(async () => { desk = await Desk.start({ workers: 4 }, { exclusive: true }); });
after(async () => { await desk?.stop(); });

// stop MODE and start again, as the cluster's owner.
const restart = async (mode) => {
  const done = await asShell('as_owner "$(pg_bin)/pg_ctl" restart -w -s -t 60 -m "$1" -D "$2/data" -l "$2/server.log"', mode, desk.pghost);
  assert.equal(done.code, 0, done.stderr);
};
const isBack = () => until('ready', async () => (await desk.get('/api/ready')).status === 200, 30000);

test('a restart while the desk is idle: the first requests after it succeed', async () => {
  await restart('fast');
  for (let i = 0; i < 12; i++) {
    const reply = await desk.get('/api/v1/tickets?limit=1');
    assert.equal(reply.status, 200, reply.text);
  }
  assert.equal((await desk.openTicket('after an idle restart')).status, 201);
});

test('a fast restart under load: no GET fails; a POST gets 201 or 503 with Retry-After', async () => {
  const reads = load(desk, 4, () => desk.get('/api/v1/tickets?limit=5'));
  const writers = load(desk, 2, (client, i) => desk.openTicket(`restart ${client}.${i}`));
  await writers.reached(20);
  await restart('fast');
  await isBack();
  await writers.reached(writers.tally.requests + 20);
  const [r, w] = [await reads.stop(), await writers.stop()];
  assert.deepEqual(r.bad.map((b) => `${b.status} ${b.text}`), []);
  for (const bad of w.bad) {
    assert.equal(bad.status, 503, bad.text);
    assert.ok(Number(bad.headers['retry-after']) > 0);
    assert.match(bad.headers['content-type'], /^application\/problem\+json/);
  }
});

test('crashes of PostgreSQL and of workers together: the ledger holds', async () => {
  const writers = ledger(desk, 6);
  await writers.reached(50);
  for (let round = 0; round < 3; round++) {
    const [victim] = desk.pids('worker');
    process.kill(victim, 'SIGKILL');
    await restart('immediate');
    await isBack();
    await writers.reached(writers.acknowledged.size + 50);
  }
  await writers.stop();
  assert.deepEqual(writers.odd.map((o) => `${o.status} ${o.text}`), []);
  assert.deepEqual(await writers.audit(), { lost: [], doubled: [], phantom: [] });
});

test('clock and courier go on after the restarts', async () => {
  const last = () => desk.log().filter((l) => l.process === 'clock' && l.msg.startsWith('leads')).length;
  const before = last();
  await restart('fast');
  await until('the clock leads again', () => last() > before, 20000);
  const { json: ticket } = await desk.openTicket('for the courier');
  await until('the outbox empty for it', async () =>
    (desk.ask(`select count(*) from ebb.outbox where ticket_id = ${ticket.ticket_id} and done_at is null`)) === '0' &&
    (desk.ask(`select count(*) from ebb.outbox where ticket_id = ${ticket.ticket_id} and done_at is not null`)) !== '0', 20000);
});

test('without PostgreSQL: 503 with Retry-After for all but /api/health, within the deadline', async () => {
  await asShell('cluster_stop "$1"', desk.pghost);
  for (const [where, status] of [['/api/v1/tickets', 503], ['/api/ready', 503], ['/api/health', 200]]) {
    const reply = await desk.get(where);
    assert.equal(reply.status, status, where);
    if (status === 503) assert.ok(Number(reply.headers['retry-after']) > 0, where);
  }
  await asShell('cluster_start "$1"', desk.pghost);
  await isBack();
});
