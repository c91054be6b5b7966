// SPDX-License-Identifier: Apache-2.0
// The operations on plugins and reports over HTTP, as far as no plugin is needed: shapes, rights, If-Match. What a plugin does to
// them is in tests/plugin.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
let plugin;
before(async () => {
  desk = await startDesk();
  plugin = Number(desk.value('postgres', `insert into ebb.plugin (plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at)
    values ('paper', '1.0.0', 1, 0, repeat('0', 64), '{"name": "paper", "version": "1.0.0", "licence": "Apache-2.0", "summary": "Not on this host.", "params":
      [{"key": "limit", "help": "How many.", "unit": "tickets", "initial": "5", "least": 1, "most": 9, "type": "integer"}], "statements": [], "reports": [], "events": [], "reads": []}', 1, now()) returning plugin_id`));
});
after(async () => { await desk.stop(); });

const where = (rest = '') => `/api/v1/plugins/${plugin}${rest}`;
const as = 'ada';
const patch = (body, more = {}) => desk.call('PATCH', where('/departments/1'), { as, body, headers: { 'if-match': '"1"' }, ...more });

test('administrators see plugins, agents do not', async () => {
  const { status, body } = await desk.call('GET', '/api/v1/plugins', { as });
  assert.equal(status, 200);
  assert.deepEqual(body.items.map((p) => p.plugin_name), ['paper']);
  assert.equal((await desk.call('GET', where(), { as })).headers.get('etag'), '"1"');
  for (const path of [where(), where('/incidents'), where('/departments'), where('/departments/1'), '/api/v1/plugins'])
    assert.equal((await desk.call('GET', path, { as: 'dana' })).status, 403, path);
  for (const path of ['/api/v1/plugins/4711', where('/departments/4711'), '/api/v1/plugins/0'])
    assert.equal((await desk.call('GET', path, { as })).status, 404, path);
});

test('a change needs If-Match, the right, and values of the right shape, all faults at once', async () => {
  assert.equal((await patch({ position: 3 }, { headers: {} })).status, 428);
  assert.equal((await patch({ position: 3 }, { headers: { 'if-match': '"7"' } })).status, 412);
  assert.equal((await patch({ position: 3 }, { as: 'dana' })).status, 403);
  const { status, body } = await patch({ position: 0, mode: 'live', min_confidence: 2, config: [], colour: 'red' });
  assert.equal(status, 422);
  assert.deepEqual(body.errors.map((e) => e.pointer).sort(), ['/colour', '/config', '/min_confidence', '/mode', '/position']);
  const known = await patch({ config: { limit: 10, limits: 3 } });
  assert.equal(known.status, 422);
  assert.deepEqual(known.body.errors.map((e) => e.pointer).sort(), ['/config/limit', '/config/limits']);
});

test('what needs no plugin to be asked is saved; what does is 503 where the plugin is not on this host', async () => {
  const placed = await patch({ position: 3, mode: 'shadow', min_confidence: 0.25 });
  assert.equal(placed.status, 200, placed.text);
  assert.equal(placed.body.position, 3);
  const version = placed.headers.get('etag');
  const enabled = await patch({ is_enabled: true }, { headers: { 'if-match': version } });
  assert.equal(enabled.status, 503, enabled.text);
  assert.ok(Number(enabled.headers.get('retry-after')) > 0);
  assert.match(enabled.body.detail, /^Plugin paper did not check its configuration/);
  assert.equal((await desk.call('GET', where('/departments/1'), { as })).body.is_enabled, false);
});

test('a plugin that is enabled and not on this host costs a ticket nothing but its advice', async () => {
  desk.psql('postgres', `update ebb.plugin_department set is_enabled = true where plugin_id = ${plugin} and department_id = 1; select pg_notify('ebb_cache', 'plugin')`);
  const opened = await desk.call('POST', '/api/v1/tickets', { as: 'dana', body: { subject: 'without advice', service_id: 51 } });
  assert.equal(opened.status, 201);
  const runs = await desk.call('GET', `/api/v1/tickets/${opened.body.ticket_id}/automation`, { as: 'dana' });
  assert.deepEqual(runs.body.items.map((r) => [r.plugin_name, r.outcome, r.error_code]), [['paper', 'failed', 'gone']]);
});

test('suggestions come from plugins alone, never with a request', async () => {
  const body = { subject: 'x', service_id: 51, suggestions: [{ plugin_id: plugin, result: 'ok', suggestions: [] }] };
  const { status, body: problem } = await desk.call('POST', '/api/v1/tickets', { as: 'dana', body });
  assert.equal(status, 422);
  assert.equal(problem.errors[0].pointer, '/suggestions');
});

test('quarantine, lift and removal', async () => {
  const post = (what, body, who = as) => desk.call('POST', where(`/${what}`), { as: who, body });
  assert.equal((await post('quarantine', {})).status, 422);
  assert.equal((await post('quarantine', { reason: 'Too loud.' }, 'dana')).status, 403);
  assert.equal((await post('quarantine', { reason: 'Too loud.' })).body.state, 'quarantined');
  assert.equal((await post('quarantine', { reason: 'Too loud.' })).status, 409);
  assert.equal((await post('lift', {})).status, 200);
  assert.equal((await post('lift', {})).status, 409);
  const { headers } = await desk.call('GET', where(), { as });
  assert.equal((await desk.call('DELETE', where(), { as })).status, 428);
  assert.equal((await desk.call('DELETE', where(), { as, headers: { 'if-match': headers.get('etag') } })).status, 204);
  assert.equal((await desk.call('GET', where(), { as })).body.state, 'removed');
});

test('reports: a list, and refusals that say what is missing', async () => {
  assert.deepEqual((await desk.call('GET', '/api/v1/reports', { as: 'dana' })).body, { items: [], next_cursor: null });
  assert.equal((await desk.call('GET', '/api/v1/reports/1?department_id=1', { as: 'dana' })).status, 404);
  assert.equal((await desk.call('GET', '/api/v1/reports/1?department_id=1&Bad=1', { as: 'dana' })).status, 400);
  assert.equal((await desk.call('GET', '/api/v1/reports/1', { as: 'dana' })).body.errors[0].pointer, '/department_id');
});
