// SPDX-License-Identifier: Apache-2.0
// A plugin on a running desk: installed, enabled, asked, configured, disabled while it runs; nobody else notices.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PluginDesk, tree, until } from './kit.mjs';

const source = path.join(tree, 'tests/plugin/play/play.c');
let desk;
let play;
before(async () => {
  desk = await PluginDesk.start({ workers: 2, plugin_ask_ms: 2000 });
  play = await desk.install(desk.build(source));
});
after(async () => { await desk?.stop(); });

test('an installed plugin that no department has enabled is not asked', async () => {
  const { status, runs } = await desk.open('nobody asks');
  assert.equal(status, 201);
  assert.deepEqual(runs, []);
  assert.deepEqual(desk.hosts('play'), []);
});

test('a department enables it, and it is asked for that department only', async () => {
  await desk.enable(play, 1, { config: { urgency: 1, secret: 'none' } });
  const ours = await desk.open('urgent');
  assert.equal(ours.status, 201);
  assert.equal(ours.json.urgency, 1);
  assert.equal(ours.runs.length, 1);
  assert.equal(ours.runs[0].outcome, 'applied', JSON.stringify(ours.runs));
  assert.match(ours.runs[0].actions[0].explanation, /version 1\.0\.0 of department 1, secret none/);
  const theirs = await desk.open('theirs', { as: 'rob', service: 54 });
  assert.equal(theirs.status, 201);
  assert.deepEqual(theirs.runs, []);
  assert.equal(desk.hosts('play').length, 1);
});

test('in shadow it is asked and nothing of it is done', async () => {
  await desk.configure(play, 1, { mode: 'shadow' });
  const { json, runs } = await desk.open('shadow');
  assert.equal(runs[0].outcome, 'shadow');
  assert.notEqual(json.urgency, 1);
  await desk.configure(play, 1, { mode: 'act' });
});

test('a new configuration is in force for the next ticket, in the same process', async () => {
  const [before] = desk.hosts('play');
  const reply = await desk.configure(play, 1, { config: { urgency: 3, secret: 'the word' } });
  assert.equal(reply.status, 200, reply.text);
  assert.ok(!reply.text.includes('the word'));
  assert.ok(!desk.ask("select config::text from ebb.plugin_department where department_id = 1").includes('the word'));
  const { json, runs } = await desk.open('three');
  assert.equal(json.urgency, 3);
  assert.match(runs[0].actions[0].explanation, /secret the word/);
  assert.deepEqual(desk.hosts('play'), [before]);
  const again = await desk.configure(play, 1, { config: { urgency: 2 } });
  assert.equal(again.status, 200, again.text);
  assert.match((await desk.open('two')).runs[0].actions[0].explanation, /secret the word/, 'a secret that is not sent stays');
});

test('a secret that a plugin says aloud is struck out of its fault and of the log', async () => {
  const { status, runs } = await desk.open('tell now');
  assert.equal(status, 201);
  assert.equal(runs[0].sentence, 'The secret is ********.');
  await until('the line', () => desk.log().some((l) => /The secret is \*{8}\./.test(l.msg)));
  assert.ok(!desk.log().some((l) => /the word/.test(l.msg)));
});

test('what the declarations, the plugin or If-Match refuse is told, and nothing is saved', async () => {
  const wrong = await desk.configure(play, 1, { config: { urgency: 9 } });
  assert.equal(wrong.status, 422);
  assert.equal(wrong.json.errors[0].pointer, '/config/urgency');
  const bad = await desk.configure(play, 1, { config: { on_start: 'bad' } });
  assert.equal(bad.status, 422, bad.text);
  assert.deepEqual(bad.json.errors, [{ pointer: '/config/on_start', detail: 'This is no good beginning.' }]);
  const stale = await desk.request('PATCH', `/api/v1/plugins/${play}/departments/1`, { as: 'ada', body: { position: 5 }, headers: { 'if-match': '"1"' } });
  assert.equal(stale.status, 412);
  assert.equal((await desk.request('PATCH', `/api/v1/plugins/${play}/departments/1`, { as: 'ada', body: { position: 5 } })).status, 428);
  assert.equal((await desk.configure(play, 1, { position: 5 }, { as: 'dana' })).status, 403);
  assert.equal((await desk.open('still two')).json.urgency, 2);
});

test('skip and fail leave the ticket as it would be, and are kept', async () => {
  assert.equal((await desk.open('skip now')).runs[0].outcome, 'no_match');
  const { status, runs } = await desk.open('fail now');
  assert.equal(status, 201);
  assert.equal(runs[0].outcome, 'failed');
  assert.equal(runs[0].sentence, 'It was told to fail.');
});

test('a plugin that refuses its configuration at start fails with its sentence and costs no strike', async () => {
  await desk.configure(play, 1, { config: { on_start: 'refuse' } });
  const { status, runs } = await desk.open('refused');
  assert.equal(status, 201);
  assert.equal(runs[0].error, 'fail');
  assert.match(runs[0].sentence, /told to refuse/);
  await desk.configure(play, 1, { config: { on_start: null } });
  assert.equal((await desk.open('fine again')).runs[0].outcome, 'applied');
  assert.deepEqual(desk.incidents(play), []);
});

test('disabled while it runs, it is not asked from the next ticket on, by any worker', async () => {
  const reply = await desk.configure(play, 1, { is_enabled: false });
  assert.equal(reply.status, 200, reply.text);
  await until('nobody asks it', async () => {
    const tickets = await Promise.all(Array.from({ length: 8 }, (_, i) => desk.open(`off ${i}`)));
    assert.ok(tickets.every((t) => t.status === 201));
    return tickets.every((t) => t.runs.length === 0);
  });
  await desk.enable(play, 1);
});

test('the same key opens one ticket, and its plugins are told once', async () => {
  const headers = { 'idempotency-key': 'plugin-once' };
  const first = await desk.openTicket('once', { headers });
  const second = await desk.openTicket('once', { headers });
  assert.equal(first.status, 201);
  assert.equal(second.headers['idempotent-replayed'], 'true');
  assert.equal(first.json.ticket_id, second.json.ticket_id);
  assert.equal(desk.runs(first.json.ticket_id).length, 1);
});

test('who may not open a ticket is refused as without plugins', async () => {
  assert.equal((await desk.openTicket('nobody', { as: null })).status, 401);
  assert.equal((await desk.openTicket('expired', { as: 'old' })).status, 401);
  assert.equal((await desk.post('/api/v1/tickets', { subject: 'x', service_id: 99999 })).status, 422);
});

test('metrics say how often it was called, how it went, and how many processes there are', async () => {
  const { text } = await desk.get('/api/metrics');
  assert.match(text, /^ebb_plugin_calls_total\{plugin="play",kind="categorise",result="ok"\} [1-9]/m);
  assert.match(text, /^ebb_plugin_calls_total\{plugin="play",kind="categorise",result="fail"\} 3$/m);
  assert.match(text, /^ebb_plugin_calls_total\{plugin="play",kind="check",result="fail"\} 1$/m);
  assert.match(text, /^ebb_plugin_duration_seconds_count\{plugin="play"\} [1-9]/m);
  assert.match(text, /^ebb_plugin_hosts\{plugin="play"\} 1$/m);
});

test('a process of a plugin has nothing of the desk: no listening socket, no log, no connection, no environment', async () => {
  const fs = await import('node:fs');
  const [pid] = desk.hosts('play');
  assert.equal(fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('the word'), false);
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  assert.match(status, /^Seccomp:\s+2$/m);
  assert.match(status, /^NoNewPrivs:\s+1$/m);
  if (process.getuid() !== 0) return;
  assert.equal(fs.readFileSync(`/proc/${pid}/environ`, 'utf8').replaceAll('\0', ''), '');
  const open = fs.readdirSync(`/proc/${pid}/fd`).map((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`));
  for (const what of open) assert.match(what, /^(\/dev\/null|pipe:|socket:|anon_inode:|\/memfd:|\/proc\/[0-9]+\/statm$)/, open.join(' '));
  assert.ok(open.length <= 12, open.join(' '));
});
