// SPDX-License-Identifier: Apache-2.0
// Plugins while the desk lives on: upgraded under load, the keeper killed, the database restarted, too many processes, idle ones,
// and what became of files after they were verified.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PluginDesk, asShell, load, tree, until } from './kit.mjs';

const source = path.join(tree, 'tests/plugin/play/play.c');
let desk;
let play;
before(async () => {
  desk = await PluginDesk.start({ workers: 3, plugin_ask_ms: 1000, plugin_hosts: 2, plugin_idle_s: 2 }, { exclusive: true });
  play = await desk.install(desk.build(source));
  for (const department of [1, 2]) await desk.enable(play, department, { config: { secret: 'x' } });
});
after(async () => { await desk?.stop(); });

const said = async (options) => (await desk.open('what do you say', options)).runs[0]?.actions[0]?.explanation ?? '';
const answers = () => until('it answers', async () => (await said()) !== '', 20000);
const hr = { as: 'rob', service: 54 };

test('upgraded under load: no request fails, and the next tickets have the new version', async () => {
  const writes = load(desk, 3, (client, i) => desk.openTicket(`upgrade ${client}.${i}`));
  const reads = load(desk, 1, () => desk.get('/api/v1/tickets?limit=2'));
  for (const version of ['1.1.0', '1.2.0', '2.0.0']) {
    await writes.reached(writes.tally.requests + 30);
    await desk.install(desk.build(source, { defines: { PLAY_VERSION: `"${version}"` } }));
    await until(`version ${version}`, async () => (await said()).includes(`version ${version}`));
  }
  await writes.reached(writes.tally.requests + 30);
  const [w, r] = [await writes.stop(), await reads.stop()];
  assert.deepEqual(w.bad, []);
  assert.deepEqual(r.bad, []);
  assert.deepEqual(desk.incidents(play), [], 'an upgrade is no incident');
  assert.equal(desk.ask(`select plugin_version from ebb.plugin where plugin_id = ${play}`), '2.0.0');
  await until('the old keeper is gone', () => desk.keepers().length === 1);
  assert.equal(desk.ask(`select count(*) from ebb.plugin_run where plugin_id = ${play} and outcome = 'failed' and error_code not in ('busy')`), '0');
});

test('idle processes leave, and come when they are wanted', async () => {
  await answers();
  await until('nobody is there', () => desk.hosts('play').length === 0, 20000);
  await answers();
  assert.deepEqual(desk.incidents(play), []);
});

test('with more departments than processes may be, the one called longest ago makes room', async () => {
  await desk.enable(play, 3, { config: { secret: 'x' } });
  const everywhere = [undefined, hr, { as: 'fay', service: 55 }];
  for (let round = 0; round < 4; round++)
    for (const where of everywhere) await until('an answer', async () => (await said(where)) !== '', 20000);
  await until('two are left', () => desk.hosts('play').length <= 2);
  await desk.configure(play, 3, { is_enabled: false });
  assert.deepEqual(desk.incidents(play), []);
});

test('kill -9 of the keeper: its hosts die with it, no ticket is lost, and plugins are back', async () => {
  await answers();
  const [keeper] = desk.keepers();
  const hosts = desk.hosts('play');
  assert.ok(hosts.length > 0);
  const writes = load(desk, 2, (client, i) => desk.openTicket(`keeper ${client}.${i}`));
  await writes.reached(10);
  process.kill(keeper, 'SIGKILL');
  await until('its hosts are gone', () => hosts.every((pid) => !fs.existsSync(`/proc/${pid}`) || fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z')));
  await until('another keeper', () => desk.keepers().some((pid) => pid !== keeper));
  await answers();
  await writes.reached(writes.tally.requests + 20);
  assert.deepEqual((await writes.stop()).bad, []);
});

test('a keeper that stands still holds up nobody: who has a line keeps it, who has none opens tickets without advice', async () => {
  await answers();
  const [keeper] = desk.keepers();
  process.kill(keeper, 'SIGSTOP');
  try {
    for (let i = 0; i < 5; i++) assert.equal((await desk.open(`stopped ${i}`)).status, 201);
    for (const pid of desk.hosts('play')) process.kill(pid, 'SIGKILL');
    const { status, runs } = await desk.open('nobody dials');
    assert.equal(status, 201);
    assert.ok(['busy', 'gone'].includes(runs[0].error), JSON.stringify(runs));
  } finally {
    process.kill(keeper, 'SIGCONT');
  }
  await answers();
  assert.deepEqual(desk.keepers(), [keeper]);
});

test('kill -9 of a host: one call without advice at most, and no incident: who sent the signal knows why', async () => {
  await answers();
  for (const pid of desk.hosts('play')) process.kill(pid, 'SIGKILL');
  assert.equal((await desk.open('meanwhile')).status, 201);
  await answers();
  assert.deepEqual(desk.incidents(play), []);
});

test('a file that changes after it was verified is neither run nor reloaded', async () => {
  const file = path.join(desk.folder, 'play.so');
  const kept = fs.readFileSync(file);
  fs.appendFileSync(file, 'x');
  for (const pid of desk.hosts('play')) process.kill(pid, 'SIGKILL');
  await until('the verified copy answers', async () => (await said()).includes('version 2.0.0'), 20000);
  const before = desk.reloads();
  process.kill(desk.pid(), 'SIGHUP');
  await until('the reload', () => desk.reloads() > before);
  await desk.logged('the refusal', (l) => l.process === 'keeper' && l.plugin === 'play' && /refused/.test(l.msg));
  await until('the old processes are gone', () => desk.keepers().length === 1);
  const { status, runs } = await desk.open('without it');
  assert.equal(status, 201);
  assert.equal(runs[0].error, 'gone');
  fs.writeFileSync(file, kept);
  const again = desk.reloads();
  process.kill(desk.pid(), 'SIGHUP');
  await until('the reload', () => desk.reloads() > again);
  await answers();
});

test('PostgreSQL restarted under load: the keeper goes on, and records what happened meanwhile', async () => {
  await answers();
  const known = desk.incidents(play).length;
  const keeper = desk.keepers();
  // Standing still, they do not leave for idleness while the database stops.
  const hosts = desk.hosts('play');
  for (const pid of hosts) process.kill(pid, 'SIGSTOP');
  await asShell('cluster_stop "$1"', desk.pghost);
  for (const pid of hosts) for (const signal of ['SIGSEGV', 'SIGCONT']) process.kill(pid, signal);
  await desk.logged('the incident', (l) => l.process === 'keeper' && /crash/.test(l.msg) && l.level === 'error');
  await asShell('cluster_start "$1"', desk.pghost);
  await until('ready', async () => (await desk.get('/api/ready')).status === 200, 30000);
  await answers();
  await until('it is recorded', () => desk.incidents(play).length > known, 20000);
  assert.deepEqual(desk.keepers(), keeper);
});

test('the desk stops with its plugins, and nothing of them stays', async () => {
  await answers();
  const hosts = desk.hosts('play');
  const master = desk.pid();
  process.kill(master, 'SIGTERM');
  await until('all are gone', () => [master, ...hosts].every((pid) => !fs.existsSync(`/proc/${pid}`)), 20000);
  const line = desk.log().find((l) => l.process === 'master' && /did not leave/.test(l.msg));
  assert.equal(line, undefined);
});
