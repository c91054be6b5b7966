// SPDX-License-Identifier: Apache-2.0
// HUP brings a new set of processes with a new configuration and loses no request; what is wrong changes nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Desk, load, until } from './kit.mjs';

let desk;
before(async () => { desk = await Desk.start({ workers: 3 }); });
after(async () => { await desk?.stop(); });

const reloads = () => desk.log().filter((l) => l.process === 'master' && l.msg.startsWith('reload done')).length;
const refusals = () => desk.log().filter((l) => l.process === 'master' && l.msg.startsWith('reload refused')).length;

test('five reloads under load: no request fails', async () => {
  const reads = load(desk, 4, () => desk.get('/api/v1/tickets?limit=5'));
  const writes = load(desk, 2, (client, i) => desk.openTicket(`reload ${client}.${i}`));
  for (let n = 1; n <= 5; n++) {
    const old = desk.pids('worker');
    await writes.reached(writes.tally.requests + 20);
    process.kill(desk.pid(), 'SIGHUP');
    await until('reload done', () => reloads() === n);
    await until('the old set gone', () => old.every((pid) => !desk.pids('worker').includes(pid)));
    assert.equal(desk.pids('worker').length, 3);
  }
  const [r, w] = [await reads.stop(), await writes.stop()];
  assert.deepEqual(r.bad, []);
  assert.deepEqual(w.bad, []);
  assert.ok(r.requests > 50 && w.requests > 50);
});

test('a new value is in force after the reload', async () => {
  desk.setParam('session_hours', 3);
  desk.setParam('log_level', 'debug');
  const n = reloads();
  process.kill(desk.pid(), 'SIGHUP');
  await until('reload done', () => reloads() === n + 1);
  const reply = await desk.post('/api/v1/session', { email: 'dana@test.example', password: 'fixture pass-phrase' }, { as: null });
  assert.equal(reply.status, 201);
  assert.match(String(reply.headers['set-cookie']), /Max-Age=10800/);
});

test('a faulty configuration is refused with each fault in the log, and the old one stays', async () => {
  const good = fs.readFileSync(desk.conf, 'utf8');
  await until('the old set gone', () => desk.processes().length === 7);
  const [pids, n] = [desk.processes().map((p) => p.pid), refusals()];
  desk.setParam('courier_batch', '"many"');
  process.kill(desk.pid(), 'SIGHUP');
  await until('refusal', () => refusals() === n + 1);
  assert.deepEqual(desk.processes().map((p) => p.pid), pids);
  assert.equal((await desk.get('/api/v1/tickets?limit=1')).status, 200);
  assert.ok(desk.log().some((l) => l.process === 'master' && /courier_batch/.test(l.msg)));
  fs.writeFileSync(desk.conf, good);
});

test('a parameter that needs a restart is named, and nothing of that file is taken over', async () => {
  const good = fs.readFileSync(desk.conf, 'utf8');
  const n = refusals();
  desk.setParam('workers', 4);
  process.kill(desk.pid(), 'SIGHUP');
  await until('refusal', () => refusals() === n + 1);
  assert.ok(desk.log().some((l) => /workers can only change by a restart/.test(l.msg)));
  assert.equal(desk.pids('worker').length, 3);
  fs.writeFileSync(desk.conf, good);
});

test('USR1 opens the log anew in every process, so that logrotate may take the old one away', async () => {
  const log = `${desk.home}/log/ebbd.log`;
  fs.renameSync(log, `${log}.1`);
  process.kill(desk.pid(), 'SIGUSR1');
  await until('a new file', () => fs.existsSync(log));
  const files = () => desk.processes().map((p) => fs.readdirSync(`/proc/${p.pid}/fd`)
    .map((fd) => { try { return fs.readlinkSync(`/proc/${p.pid}/fd/${fd}`); } catch { return ''; } }));
  // What a process has open is shown to root only: none of ours may be looked into by who runs as the same user.
  if (process.getuid() === 0) await until('nobody holds the old one', () => files().every((open) => !open.includes(`${log}.1`) && open.includes(log)));
  await desk.get('/api/v1/tickets?limit=1');
  await desk.logged('an access line', (l) => l.process === 'worker');
});
