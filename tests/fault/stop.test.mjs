// SPDX-License-Identifier: Apache-2.0
// TERM finishes what was begun, within ten seconds; QUIT does not wait; a killed master leaves nothing in the way.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { Desk, load, run, until } from './kit.mjs';

let desk;
beforeEach(async () => { desk = await Desk.start({ workers: 2 }); });
afterEach(async () => { await desk?.stop(); });

const isGone = (pid) => !fs.existsSync(`/proc/${pid}`);
const asOwner = (args) => (process.getuid() === 0
  ? run('setpriv', ['--reuid=postgres', '--regid=postgres', '--init-groups', ...args]) : run(args[0], args.slice(1)));
const startAgain = () => asOwner([`${desk.home}/bin/ebbd`, '--config', desk.conf]);

test('TERM: the request under way is answered, then all processes leave, sockets and pid file too', async () => {
  const { json: ticket } = await desk.openTicket('stop: held');
  const lock = await desk.hold(ticket.ticket_id);
  const pending = desk.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: 'kept' });
  await desk.waitingWorker();
  const [master, children, began] = [desk.pid(), desk.processes().map((p) => p.pid), Date.now()];
  process.kill(master, 'SIGTERM');
  await until('the socket gone', () => !fs.existsSync(`${desk.home}/run/ebbd.sock`));
  await lock.release();
  assert.equal((await pending).status, 201);
  await until('all gone', () => [master, ...children].every(isGone));
  assert.ok(Date.now() - began < 10000);
  for (const file of ['ebbd.sock', 'session.sock', 'ebbd.pid']) assert.ok(!fs.existsSync(`${desk.home}/run/${file}`), file);
  const reply = await desk.get('/api/v1/tickets');
  assert.equal(reply.status, 502);
  assert.match(reply.headers['content-type'], /^application\/problem\+json/);
  assert.ok(Number(reply.headers['retry-after']) > 0);
});

test('TERM under load: every request is answered or was refused before it began', async () => {
  const writes = load(desk, 8, (client, i) => desk.openTicket(`stop ${client}.${i}`));
  await writes.reached(50);
  const master = desk.pid();
  process.kill(master, 'SIGTERM');
  await until('master gone', () => isGone(master));
  const tally = await writes.stop();
  const stored = Number(desk.ask(`select count(*) from ebb.ticket where subject like 'stop %.%'`));
  assert.equal(stored, tally.status[201]);
  assert.deepEqual(Object.keys(tally.status).filter((s) => !['201', '502'].includes(s)), []);
});

test('QUIT: gone at once, even in the middle of a request', async () => {
  const { json: ticket } = await desk.openTicket('quit: held');
  const lock = await desk.hold(ticket.ticket_id);
  const pending = desk.post(`/api/v1/tickets/${ticket.ticket_id}/comments`, { body: 'never kept' });
  await desk.waitingWorker();
  const [master, began] = [desk.pid(), Date.now()];
  process.kill(master, 'SIGQUIT');
  await until('master gone', () => isGone(master));
  assert.ok(Date.now() - began < 3000);
  assert.equal((await pending).status, 502);
  await lock.release();
});

test('kill -9 of the master: its processes leave, and a new one starts over the stale socket', async () => {
  const [master, children] = [desk.pid(), desk.processes().map((p) => p.pid)];
  process.kill(master, 'SIGKILL');
  await until('the orphans gone', () => children.every(isGone));
  assert.equal((await startAgain()).code, 0);
  await until('ready again', async () => (await desk.get('/api/v1/tickets?limit=1')).status === 200);
  assert.notEqual(desk.pid(), master);
});

test('a second daemon with the same configuration is refused and harms nothing', async () => {
  const master = desk.pid();
  assert.equal((await startAgain()).code, 69);
  assert.equal(desk.pid(), master);
  assert.equal((await desk.get('/api/v1/tickets?limit=1')).status, 200);
});

test('exit codes and refusals before anything starts', async () => {
  const ebbd = `${desk.home}/bin/ebbd`;
  assert.equal((await run(ebbd, ['--no-such-option'])).code, 64);
  assert.match((await run(ebbd, ['--help'])).stdout, /Example: ebbd --config/);
  assert.match((await run(ebbd, ['--version'])).stdout, /^ebbd \d+\.\d+\.\d+/);
  assert.match((await run(ebbd, ['--routes'])).stdout, /^GET +\/api\/v1\/tickets\/\{ticket_id\}/m);
  assert.match((await run(ebbd, ['--params'])).stdout, /hang_limit_ms/);
  assert.equal((await asOwner([ebbd, '--check', '--config', desk.conf])).code, 0);
  const bad = `${desk.home}/bad.conf`;
  fs.writeFileSync(bad, 'workers = many\nno_such_thing = 1\nlisten = "127.0.0.1:9000"\n');
  const checked = await run(ebbd, ['--check', '--config', bad]);
  assert.equal(checked.code, 78);
  assert.match(checked.stderr, /no_such_thing|workers/);
  fs.writeFileSync(bad, `listen = "127.0.0.1:9000"\nlisten_session = "${desk.home}/run/s.sock"\n`);
  const tcp = await run(ebbd, ['--check', '--config', bad]);
  assert.equal(tcp.code, 78);
});

test('a service manager is told when the desk is ready, reloads and stops', async () => {
  process.kill(desk.pid(), 'SIGTERM');
  await until('stopped', () => !fs.existsSync(`${desk.home}/run/ebbd.pid`));
  const address = `${desk.home}/run/notify.sock`;
  const listener = spawn('perl', ['-MIO::Socket::UNIX', '-e', `$| = 1; my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die;
    chmod 0666, $ARGV[0]; print "listening\\n"; while (defined $s->recv(my $m, 4096)) { print "$m\\n" }`, address]);
  let heard = '';
  listener.stdout.on('data', (part) => { heard += part; });
  await until('the listener', () => heard.includes('listening'));
  const daemon = asOwner(['env', `NOTIFY_SOCKET=${address}`, `${desk.home}/bin/ebbd`, '--foreground', '--config', desk.conf]);
  await until('READY', () => heard.includes('READY=1'));
  process.kill(desk.pid(), 'SIGHUP');
  await until('RELOADING', () => /RELOADING=1\nMONOTONIC_USEC=\d+\nREADY=1/.test(heard));
  process.kill(desk.pid(), 'SIGTERM');
  assert.equal((await daemon).code, 0);
  await until('STOPPING', () => heard.includes('STOPPING=1'));
  listener.kill();
});
