// SPDX-License-Identifier: Apache-2.0
// What asks a plugin while somebody waits: a report made now, and the check of a configuration before it is saved.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PluginDesk, tree, until } from './kit.mjs';

let desk;
let play;
let letter;
before(async () => {
  desk = await PluginDesk.start({ workers: 2, plugin_report_ms: 700 });
  play = await desk.install(desk.build(path.join(tree, 'tests/plugin/play/play.c')));
  await desk.enable(play, 1, { config: { secret: 'x' } });
  letter = Number(desk.ask(`select report_id from ebb.plugin_report where plugin_id = ${play}`));
});
after(async () => { await desk?.stop(); });

const report = (query, as = 'dana') => desk.get(`/api/v1/reports/${letter}?${query}`, { as });
// The first answers wait for the process to start, which is no part of a report.
const inTime = async (query) => {
  let reply;
  await until('a report', async () => (reply = await report(query)).status !== 503, 20000);
  return reply;
};

test('a department that uses the plugin has its reports, others do not', async () => {
  const { json } = await desk.get('/api/v1/reports');
  assert.deepEqual(json.items.map((r) => [r.report_id, r.department_id, r.report_name, r.formats]), [[letter, 1, 'letter', ['json', 'csv', 'html']]]);
  assert.equal((await report('department_id=2')).status, 404);
  assert.equal((await report('department_id=1', 'rob')).status, 403);
  assert.equal((await report('department_id=1', null)).status, 401);
});

test('each format has its type, and a browser may do nothing with it', async () => {
  const json = await inTime('department_id=1&team_id=11');
  assert.equal(json.status, 200, json.text);
  assert.equal(json.headers['content-type'], 'application/json');
  assert.deepEqual(json.json, { format: 'json', params: { team_id: '11' } });
  const csv = await inTime('department_id=1&format=csv&days=7');
  assert.match(csv.headers['content-type'], /^text\/csv; charset=utf-8/);
  assert.equal(csv.headers['content-disposition'], 'attachment; filename="letter.csv"');
  const html = await inTime('department_id=1&format=html');
  assert.equal(html.headers['content-type'], 'text/html; charset=utf-8');
  assert.match(html.headers['content-security-policy'], /^sandbox; default-src 'none'; style-src 'unsafe-inline'[^,]*$/, 'one policy, and nginx adds no second that would take the style away');
  assert.match((await desk.get('/api/v1/reports')).headers['content-security-policy'], /^default-src 'none'; frame-ancestors 'none'$/);
  assert.match(html.headers['x-content-type-options'], /nosniff/);
  assert.match(html.headers['cache-control'], /no-store/);
  assert.ok(html.text.includes('<script>'), 'as the plugin wrote it: the policy stops it');
});

test('what the report does not know is refused by name', async () => {
  const unknown = await report('department_id=1&colour=red');
  assert.equal(unknown.status, 422);
  assert.equal(unknown.json.errors[0].pointer, '/colour');
  assert.equal((await report('department_id=1&format=pdf')).status, 422);
  assert.equal((await report('department_id=1&format=exe')).status, 400);
  assert.equal((await report('days=1')).status, 422);
});

test('a report that fails says why; one that is late, or dies, is 503 with Retry-After', async () => {
  const failed = await inTime('department_id=1&days=fail+now');
  assert.equal(failed.status, 422);
  assert.equal(failed.json.detail, 'There is nothing to report.');
  const known = desk.incidents(play).length;
  const late = await report('department_id=1&days=hang+now');
  assert.equal(late.status, 503);
  assert.ok(Number(late.headers['retry-after']) > 0);
  assert.match(late.json.detail, /^Plugin play did not make the report: It did not answer within 700 ms/);
  await until('the incident', () => desk.incidents(play).length === known + 1);
  assert.equal((await inTime('department_id=1')).status, 200);
  const dead = await report('department_id=1&days=crash+now');
  assert.equal(dead.status, 503);
  assert.equal((await inTime('department_id=1')).status, 200);
});

test('a check that hangs or dies is 503, and nothing is saved; to switch off needs no check', async () => {
  assert.equal((await desk.post(`/api/v1/plugins/${play}/lift`, { department_id: 1 }, { as: 'ada' })).status, 409, 'two strikes are no quarantine');
  const known = desk.incidents(play).length;
  const reply = await desk.configure(play, 1, { config: { on_check: 'hang now', urgency: 2 } });
  assert.equal(reply.status, 503, reply.text);
  assert.ok(Number(reply.headers['retry-after']) > 0);
  const now = await desk.get(`/api/v1/plugins/${play}/departments/1`, { as: 'ada' });
  assert.deepEqual(now.json.config, { secret: { is_set: true } });
  // The strike is noted beside the answer, and as the third it changes what is to be changed here.
  await until('the incident', () => desk.incidents(play).length === known + 1);
  const off = await desk.configure(play, 1, { is_enabled: false });
  assert.equal(off.status, 200, off.text);
  assert.equal((await report('department_id=1')).status, 404);
});
