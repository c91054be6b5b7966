// SPDX-License-Identifier: Apache-2.0
// Guessing on a real desk: delays that grow, for every address alike, and that a stranger elsewhere cannot turn against anybody.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
before(async () => { desk = await startDesk({ conf: { session_workers: 4 } }); });
after(async () => { await desk.stop(); });

// From any network of this machine's loopback: 127.0.7.1 belongs to 127.0.7.0/24.
function from(localAddress, path, body, headers = {}) {
  const url = new URL(path, desk.url);
  return new Promise((resolve, reject) => {
    const call = request({ host: url.hostname, port: url.port, path: url.pathname, method: 'POST', localAddress, headers: { 'content-type': 'application/json', ...headers } }, (reply) => {
      let text = '';
      reply.on('data', (part) => { text += part; });
      reply.on('end', () => resolve({ status: reply.statusCode, headers: reply.headers, body: JSON.parse(text) }));
    });
    call.on('error', reject);
    call.end(JSON.stringify(body));
  });
}
const guess = (address, name, password = 'wrong pass-phrase') => from(address, '/api/v1/session', { email: `${name}@test.example`, password });
const right = (address, name) => guess(address, name, 'fixture pass-phrase');
const waits = (name) => desk.psql('postgres', `update ebb.sign_in_failure set wait_until = now() + interval '30 seconds' where account_hash = fn.account_hash('${name}@test.example') and network = ''`);

test('after five failures one waits, whether there is such an account or not', async () => {
  for (const name of ['rae', 'nobody']) {
    const statuses = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await guess('127.0.7.1', name)).status);
    assert.deepEqual(statuses, [401, 401, 401, 401, 401], name);
    waits(name);
    const refused = await guess('127.0.7.1', name);
    assert.equal(refused.status, 429);
    assert.ok(Number(refused.headers['retry-after']) > 20 && Number(refused.headers['retry-after']) <= 30);
    assert.match(refused.body.detail, /^There were too many failed attempts for this address. Try again in \d+ seconds?\.$/);
  }
});

test('the right pass-phrase waits as well, from everywhere the person was never seen', async () => {
  waits('rae');
  assert.equal((await right('127.0.7.1', 'rae')).status, 429);
  assert.equal((await right('127.0.8.1', 'rae')).status, 429, 'all unknown networks share one count');
});

test('nobody is locked out where they have signed in before', async () => {
  assert.equal((await right('127.0.9.1', 'rob')).status, 201);
  for (let i = 0; i < 5; i += 1) await guess('127.0.7.1', 'rob');
  waits('rob');
  assert.equal((await guess('127.0.7.1', 'rob')).status, 429);
  assert.equal((await right('127.0.9.77', 'rob')).status, 201, 'the same network, another machine');
  assert.equal((await right('127.0.10.1', 'rob')).status, 429);
});

test('attempts at the same time count like attempts one after the other', async () => {
  const replies = await Promise.all(Array.from({ length: 12 }, () => guess('127.0.7.1', 'amy')));
  const tried = replies.filter((reply) => reply.status === 401).length;
  assert.ok(tried >= 5 && tried <= 6, `${tried} of twelve were looked at`);
  assert.equal(replies.length - tried, replies.filter((reply) => reply.status === 429).length);
});

test('a success forgets the failures before it', async () => {
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 4; i += 1) assert.equal((await guess('127.0.9.1', 'gil')).status, 401);
    assert.equal((await right('127.0.9.1', 'gil')).status, 201);
  }
});

test('a session does not help to guess its pass-phrase', async () => {
  const open = await right('127.0.9.1', 'hana');
  const authorization = `Bearer ${/(ebb_[\w-]{43});/.exec(open.headers['set-cookie'][0])[1]}`;
  const statuses = [];
  for (let i = 0; i < 6; i += 1)
    statuses.push((await from('127.0.9.1', '/api/v1/session/password', { password: 'wrong', new_password: 'heron umbrella tundra' }, { authorization })).status);
  assert.deepEqual(statuses, [422, 422, 422, 422, 422, 429]);
});

test('wrong codes count, and right pass-phrases in between do not wipe them out', async () => {
  desk.psql('postgres', `insert into ebb.totp (person_id, sealed_secret, confirmed_at) values (112, 'nothing opens this', now());
    insert into ebb.recovery_code (person_id, code_hash) values (112, sha256('x'))`);
  const attempt = (code) => from('127.0.9.1', '/api/v1/session', { email: 'finn@test.example', password: 'fixture pass-phrase', ...(code && { code }) });
  const statuses = [];
  for (let i = 0; i < 5; i += 1) {
    statuses.push((await attempt('aaaa-bbbb-cccc-dddd')).status);
    if (i < 4) assert.equal((await attempt()).status, 403);
  }
  assert.deepEqual(statuses, [401, 401, 401, 401, 401]);
  assert.equal((await attempt()).status, 429);
});
