// SPDX-License-Identifier: Apache-2.0
// Sign-in by a trusted proxy: nginx says who it is in a FastCGI parameter, and nothing that a client sends gets there.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDesk, until } from '../lib/desk.mjs';

// Names under which proxies everywhere hand on who it is.
const headers = ['X-Forwarded-User', 'X-Remote-User', 'Remote-User', 'X-Forwarded-Email', 'X-Forwarded-Preferred-Username', 'X-Auth-Request-User', 'X-Auth-Request-Email',
  'X-User', 'X-Username', 'X-Authenticated-User', 'X-Authenticated-Userid', 'X-WEBAUTH-USER', 'X-Proxy-User', 'X-SSL-Client-S-DN', 'X-Client-Cert', 'X-Auth-User', 'SSL_CLIENT_S_DN',
  'EBB_USER', 'EBB-USER', 'Ebb-User', 'X-EBB-USER', 'REMOTE_USER', 'HTTP_EBB_USER', 'AUTH_USER', 'Proxy-Authorization'];
let desk;
const ctl = (...args) => {
  const done = desk.ctl(['provider', ...args]);
  assert.equal(done.status, 0, done.stderr);
};
const ask = (path = '/api/v1/session/proxy', more = {}) => desk.call('GET', path, more);
const where = (reply) => reply.headers?.get('location')?.replace(/^.*\?/, '');
const basic = (user) => ({ headers: { authorization: `Basic ${Buffer.from(`${user}:x`).toString('base64')}` } });
// What an operator writes beside ebb.conf; here nginx's own log-in by Basic takes the place of Kerberos or a certificate.
const trust = () => {
  const folder = join(desk.paths.home, 'run/nginx');
  writeFileSync(join(folder, 'users'), ['dana', 'rae', 'ian', 'nobody', 'ada'].map((word) => `${word}@test.example:{PLAIN}x\n`).join(''), { mode: 0o644 });
  writeFileSync(join(folder, 'proxy_user.conf'), `location = /api/v1/session/proxy { auth_basic "Desk"; auth_basic_user_file ${folder}/users; fastcgi_pass ebb_session; }
fastcgi_param EBB_USER $remote_user;\n`, { mode: 0o644 });
  process.kill(desk.pids.nginx, 'SIGHUP');
};
const settled = (user, word) => until(async () => {
  // A connection that was kept open goes with the nginx process that is replaced.
  const reply = await ask(undefined, basic(user)).catch(() => ({}));
  return (reply.status === word || where(reply) === word) && reply;
}, { what: `${word} from nginx` });

before(async () => {
  desk = await startDesk({ conf: { proxy_provider: 'front', session_workers: 1 } });
});
after(() => desk.stop());

test('without a word of nginx there is no such way to sign in', async () => {
  ctl('create', 'front', '--kind', 'proxy', '--set', 'subject_is_email=true', '--trust-email');
  assert.equal((await ask()).status, 404);
  assert.deepEqual((await ask('/api/v1/session/providers')).body.items, []);
});

test('no header gets where the word belongs', async () => {
  for (const name of headers) {
    const value = 'ada@test.example';
    const reply = await ask(undefined, { headers: { [name]: value } });
    assert.equal(reply.status, 404, name);
    assert.equal(reply.headers.get('set-cookie'), null);
    assert.deepEqual((await ask('/api/v1/session/providers', { headers: { [name]: value } })).body.items, [], name);
  }
  assert.equal((await ask(undefined, { headers: { cookie: 'EBB_USER=ada@test.example' } })).status, 404);
});

test('whom nginx names is signed in, and headers beside it change nothing', async () => {
  trust();
  const opened = await settled('dana@test.example', 'session=opened');
  const cookie = opened.headers.get('set-cookie').split(';')[0];
  assert.equal((await ask('/api/v1/session', { headers: { cookie } })).body.email, 'dana@test.example');
  assert.equal(desk.value('ebb_owner', 'select method_code from ebb.token order by token_id desc limit 1'), 'proxy');
  for (const name of headers.filter((word) => !/authorization/i.test(word))) {
    const { headers: authorization } = basic('dana@test.example');
    const reply = await ask(undefined, { headers: { ...authorization, [name]: 'ada@test.example' } });
    const session = await ask('/api/v1/session', { headers: { cookie: reply.headers.get('set-cookie').split(';')[0] } });
    assert.equal(session.body.email, 'dana@test.example', name);
  }
  assert.equal((await ask('/api/v1/session/providers', basic('dana@test.example'))).body.items[0].begin_url, '/api/v1/session/proxy');
});

test('there is no way around the check', async () => {
  const wrong = { headers: { authorization: `Basic ${Buffer.from('ada@test.example:wrong').toString('base64')}` } };
  assert.equal((await ask(undefined, wrong)).status, 401);
  for (const path of ['/api/v1/session/proxy/', '/api/v1/session//proxy', '/api/v1/session/./proxy', '/api/v1/session/%70roxy', '/api/v1/session/proxy;x', '/API/v1/session/proxy', '/api/v1/session/proxy%2f',
    '/api/v1/session/proxy?x=1', '/api/v1/session/x/../proxy', '/api/v1/session/proxy%00']) {
    const reply = await ask(path, wrong);
    assert.ok([400, 401, 404].includes(reply.status), `${path}: ${reply.status}`);
    assert.equal(reply.headers.get('set-cookie'), null);
  }
});

test('who is not known, or disabled, is not; and is out at once', async () => {
  assert.equal(where(await ask(undefined, basic('nobody@test.example'))), 'session=refused&reason=unknown');
  assert.equal(where(await ask(undefined, basic('ian@test.example'))), 'session=refused&reason=unknown');
  const opened = await ask(undefined, basic('rae@test.example'));
  const cookie = opened.headers.get('set-cookie').split(';')[0];
  assert.equal((await ask('/api/v1/session', { headers: { cookie } })).status, 200);
  desk.psql('ebb_owner', "update ebb.person set is_active = false where email = 'rae@test.example'");
  assert.equal((await ask('/api/v1/session', { headers: { cookie } })).status, 401);
  assert.equal(where(await ask(undefined, basic('rae@test.example'))), 'session=refused&reason=unknown');
});

test('a provider that is switched off is none, and so is one that proxy_provider does not name', async () => {
  ctl('change', 'front', '--disable');
  assert.equal((await ask(undefined, basic('dana@test.example'))).status, 404);
  ctl('change', 'front', '--enable');
  writeFileSync(desk.paths.conf, readFileSync(desk.paths.conf, 'utf8').replace(/proxy_provider.*\n/, ''));
  process.kill(desk.pids.ebbd, 'SIGHUP');
  await settled('dana@test.example', 404);
});
