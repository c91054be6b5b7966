// SPDX-License-Identifier: Apache-2.0
// The audit over HTTP: who reads it, what a change leaves there, and that secrets do not come out anywhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
before(async () => { desk = await startDesk(); });
after(async () => { await desk.stop(); });

test('an administrator and an auditor read the audit, nobody else', async () => {
  for (const [who, status] of [['ada', 200], ['amy', 200], ['dana', 403], ['rae', 403]]) {
    assert.equal((await desk.call('GET', '/api/v1/audit', { as: who })).status, status, who);
  }
  assert.equal((await desk.call('GET', '/api/v1/audit?department_id=2', { as: 'amy' })).status, 403);
  assert.equal((await desk.call('GET', '/api/v1/audit?nonsense=1', { as: 'ada' })).status, 400);
});

test('lists of plugins, reports, documents and schedules are there before anything is installed', async () => {
  for (const path of ['/plugins', '/reports', '/report-documents', '/report-schedules']) {
    const list = await desk.call('GET', `/api/v1${path}`, { as: 'ada' });
    assert.equal(list.status, 200, path);
    assert.deepEqual(list.body, { items: [], next_cursor: null });
  }
  assert.equal((await desk.call('GET', '/api/v1/plugins', { as: 'dana' })).status, 403);
  assert.equal((await desk.call('GET', '/api/v1/plugins/1', { as: 'ada' })).status, 404);
});
