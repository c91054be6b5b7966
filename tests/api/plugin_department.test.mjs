// SPDX-License-Identifier: Apache-2.0
// What departments decide about plugins, over HTTP and by the operator's log-in: rights, versions, quarantine, schedules, the audit
// of it all. No plugin runs here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
const description = {
  name: 'alpha', version: '1.0.0', abi: [1, 0], kinds: 5, summary: 'For tests.', licence: 'Apache-2.0', events: [], reads: [], statements: [],
  params: [{ key: 'limit', help: 'How many.', unit: 'tickets', initial: '5', least: 1, most: 9, type: 'integer' }, { key: 'api_key', help: 'The key.', initial: '', least: 0, most: 0, type: 'secret' }],
  reports: [{ name: 'digest', title: 'Digest', formats: ['html'], params: ['days'] }],
};
const install = (more = {}) => JSON.parse(desk.value('ebb_ctl', `select ctl.plugin_install('${JSON.stringify({ plugin_name: 'alpha', sha256: 'ab'.repeat(32), description: { ...description, ...more } })}')`));
const here = (department, plugin = 1) => `/api/v1/plugins/${plugin}/departments/${department}`;
const patch = (who, department, body, version) => desk.call('PATCH', here(department), { as: who, body, headers: version === undefined ? {} : { 'if-match': `"${version}"` } });
const audit = async (who = 'ada') => (await desk.call('GET', '/api/v1/audit', { as: who })).body.items;

before(async () => {
  desk = await startDesk();
  desk.psql('postgres', "insert into ebb.person_role values (102, 1, 'admin'), (110, 2, 'admin')");
});
after(() => desk?.stop());

test('the operator installs by his own log-in, which the audit names', async () => {
  assert.equal(install().is_new, true);
  const [entry] = await audit();
  assert.deepEqual([entry.action, entry.actor_kind, entry.actor_id, entry.department_id], ['plugin.install', 'operator', null, null]);
  assert.throws(() => desk.psql('ebb_app', "select ctl.plugin_install('{}')"), { sqlstate: '42501' });
});

test('a department orders a plugin for itself, by version', async () => {
  const got = await desk.call('GET', here(1), { as: 'lee' });
  assert.deepEqual([got.status, got.headers.get('etag'), got.body.state], [200, '"1"', 'off']);
  assert.equal((await patch('lee', 1, { position: 7 })).status, 428);
  assert.equal((await patch('dana', 1, { position: 7 }, 1)).status, 403);
  assert.equal((await patch('hana', 1, { position: 7 }, 1)).status, 404);
  const done = await patch('lee', 1, { position: 7 }, 1);
  assert.deepEqual([done.status, done.headers.get('etag'), done.body.position], [200, '"2"', 7]);
  assert.equal((await patch('lee', 1, { position: 8 }, 1)).status, 412);
  assert.equal((await desk.call('GET', here(1), { as: 'hana' })).status, 404);
  assert.equal((await desk.call('GET', here(2), { as: 'hana' })).body.position, 100);
  const entry = (await audit('lee')).find((e) => e.action === 'plugin.configure');
  assert.deepEqual([entry.actor_name, entry.before_values.position, entry.after_values.position, entry.department_id], ['Lee Lead', 100, 7, 1]);
  assert.ok(entry.request_id, 'with the request in whose course it was done');
  assert.equal((await audit('hana')).some((e) => e.department_id === 1), false);
});

test('all that is wrong with a configuration is told at once', async () => {
  const refused = await patch('lee', 1, { config: { limit: 10, limt: 1 } }, 2);
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.body.errors.map((e) => [e.pointer, e.detail]), [
    ['/config/limit', 'limit must be 1 to 9 tickets; this is 10.'],
    ['/config/limt', 'There is no parameter limt. Did you mean limit?'],
  ]);
});

test('quarantine: a department for itself, everywhere by who administers all', async () => {
  const quarantine = (who, body) => desk.call('POST', '/api/v1/plugins/1/quarantine', { as: who, body });
  const lift = (who, body) => desk.call('POST', '/api/v1/plugins/1/lift', { as: who, body });
  assert.equal((await quarantine('lee', { department_id: 1 })).status, 422, 'a reason is asked for');
  assert.equal((await quarantine('hana', { department_id: 1, reason: 'x' })).status, 404);
  assert.equal((await quarantine('lee', { reason: 'x' })).status, 403);
  assert.equal((await quarantine('lee', { department_id: 1, reason: 'It mixes things up.' })).body.departments[0].state, 'quarantined');
  assert.equal((await quarantine('lee', { department_id: 1, reason: 'again' })).status, 409);
  assert.equal((await lift('lee', { department_id: 1 })).body.departments[0].state, 'off');
  assert.equal((await quarantine('ada', { reason: 'For all.' })).body.state, 'quarantined');
  assert.equal((await lift('lee', {})).status, 403);
  assert.equal((await lift('ada', {})).body.state, 'installed');
});

test('reports and their schedules belong to a department', async () => {
  assert.deepEqual((await desk.call('GET', '/api/v1/reports', { as: 'dana' })).body.items, [], 'of a plugin that is off there are none');
  desk.psql('ebb_ctl', `select ctl.plugin_configure('{"plugin_name": "alpha", "department": "it", "is_enabled": true}')`);
  const [report] = (await desk.call('GET', '/api/v1/reports', { as: 'dana' })).body.items;
  assert.deepEqual([report.report_name, report.formats, report.department_id], ['digest', ['html'], 1]);
  const add = (who, more) => desk.call('POST', '/api/v1/report-schedules', { as: who, body: { report_id: report.report_id, department_id: 1, at_time: '07:30', ...more } });
  assert.equal((await add('dana')).status, 403);
  assert.equal((await add('hana')).status, 404);
  assert.equal((await add('lee', { time_zone_name: 'Mars/Olympus' })).body.errors[0].pointer, '/time_zone_name');
  assert.equal((await add('lee', { params: { dais: '7' } })).status, 422);
  const made = await add('lee', { weekday: 1, params: { days: '7' } });
  assert.deepEqual([made.status, made.body.weekday, made.body.params, made.headers.get('etag')], [201, 1, { days: '7' }, '"1"']);
  const path = made.headers.get('location');
  assert.equal(path, `/api/v1/report-schedules/${made.body.report_schedule_id}`);
  const daily = await desk.call('PATCH', path, { as: 'lee', body: { weekday: null }, headers: { 'if-match': '"1"' } });
  assert.deepEqual([daily.status, daily.body.weekday, daily.body.version], [200, null, 2]);
  assert.equal((await desk.call('DELETE', path, { as: 'dana', headers: { 'if-match': '"2"' } })).status, 403);
  assert.equal((await desk.call('DELETE', path, { as: 'lee', headers: { 'if-match': '"1"' } })).status, 412);
  assert.equal((await desk.call('DELETE', path, { as: 'lee', headers: { 'if-match': '"2"' } })).status, 204);
  assert.equal((await desk.call('GET', path, { as: 'lee' })).status, 404);
});

test('the next version keeps what was configured; removing needs all departments, and keeps what can be read', async () => {
  desk.psql('ebb_ctl', `select ctl.plugin_configure('{"plugin_name": "alpha", "department": "it", "config": {"limit": "8", "api_key": {"$secret": "c2VhbGVk"}}}')`);
  const next = install({ version: '2.0.0', params: [...description.params, { key: 'target', help: 'Where to.', initial: null, least: 0, most: 0, type: 'text' }] });
  assert.deepEqual([next.is_new, next.incomplete], [false, [{ department_id: 1, department_code: 'it', missing: ['target'] }]]);
  const { body } = await desk.call('GET', here(1), { as: 'lee' });
  assert.deepEqual(body.config, { limit: '8', api_key: { is_set: true } });
  const { version } = (await desk.call('GET', '/api/v1/plugins/1', { as: 'ada' })).body;
  assert.equal((await desk.call('DELETE', '/api/v1/plugins/1', { as: 'lee', headers: { 'if-match': `"${version}"` } })).status, 403);
  assert.equal((await desk.call('DELETE', '/api/v1/plugins/1', { as: 'ada', headers: { 'if-match': `"${version}"` } })).status, 204);
  assert.equal((await desk.call('GET', here(1), { as: 'lee' })).body.state, 'removed');
  for (const path of ['/api/v1/plugins', '/api/v1/plugins/1', '/api/v1/plugins/1/departments', '/api/v1/audit', '/api/v1/plugins/1/incidents'])
    assert.ok(!(await desk.call('GET', path, { as: 'ada' })).text.includes('c2VhbGVk'), `${path} holds no secret`);
});
