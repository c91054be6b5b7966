// SPDX-License-Identifier: Apache-2.0
// Sign-in by an OpenID provider, end to end against a real one: who comes in, who does not, what groups give, keys that rotate.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { build, startDesk, until } from '../lib/desk.mjs';
import { Browser, authority, freePort, missingProvider, startProvider } from './kit.mjs';

const missing = await missingProvider();
const skip = { skip: missing };
const people = {
  dana: { sub: 'dana', name: 'Dana D.', email: 'dana@test.example', email_verified: true, groups: ['agents'] },
  newton: { sub: 'newton', name: 'Newton New', email: 'newton@test.example', email_verified: true, groups: ['hr-agents', 'unknown'] },
  liar: { sub: 'liar', name: 'Lia R.', email: 'ada@test.example', email_verified: false },
  twin: { sub: 'twin', name: 'Dana the second', email: 'dana@test.example', email_verified: true },
};
const jwks = (kid) => ({ keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }] });
let keys, desk, provider, port, id, redirect;

const begin = () => `${desk.url}/api/v1/session/oidc/${id}/begin`;
const ctl = (args, input) => {
  const done = desk.ctl(['provider', ...args], { input });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout;
};
// A whole trip as somebody: the browser, and the word with which the page was reached.
async function trip(who, browser = new Browser(keys.ca)) {
  provider.state.who = who;
  const end = await browser.go(begin());
  return { browser, end, word: new URL(end.location).searchParams.get('session'), reason: new URL(end.location).searchParams.get('reason') };
}
const session = async (browser) => {
  const reply = await browser.get(`${desk.url}/api/v1/session`);
  return { status: reply.status, body: JSON.parse(reply.body) };
};
const restart = async (set) => {
  await provider.stop();
  provider = await startProvider({ tls: keys.tls, port, redirect, people, keys: set });
};

before(async () => {
  if (missing) return;
  keys = authority();
  port = await freePort();
  desk = await startDesk({ conf: { session_workers: 1 } });
  id = JSON.parse(ctl(['create', 'corp', '--json', '--kind', 'oidc', '--name', 'Corp', '--set', `issuer=https://localhost:${port}`, '--set', 'client_id=desk',
    '--set', 'scopes=openid profile email groups', '--set', `ca_file=${keys.ca}`, '--secret', '--trust-email'], 'client secret/+=\n')).provider_id;
  redirect = `${desk.url}/api/v1/session/oidc/${id}/callback`;
  ctl(['group', 'corp', 'hr-agents', '--department', 'hr', '--role', 'agent']);
  ctl(['group', 'corp', 'hr-agents', '--department', 'hr', '--team', 'People Team']);
  provider = await startProvider({ tls: keys.tls, port, redirect, people, keys: jwks('first') });
});
after(async () => {
  await provider?.stop();
  await desk?.stop();
});

test('ebbctl asks the provider as the daemon will', skip, async () => {
  // Not by spawnSync: the provider lives in this process.
  const { stdout } = await promisify(execFile)(join(build, 'core/ebbctl'), ['provider', 'test', 'corp'], { env: desk.env });
  assert.match(stdout, /publishes 1 key/);
});

test('the provider is offered to anyone, without its settings', skip, async () => {
  const { status, body } = await desk.call('GET', '/api/v1/session/providers');
  assert.equal(status, 200);
  assert.deepEqual(body.items, [{ provider_id: id, provider_code: 'corp', provider_name: 'Corp', provider_kind: 'oidc', begin_url: `/api/v1/session/oidc/${id}/begin` }]);
});

test('a person comes in, by code, PKCE, state, nonce and a cookie that binds them', skip, async () => {
  const browser = new Browser(keys.ca);
  provider.state.who = 'dana';
  const away = await browser.get(begin());
  assert.equal(away.status, 302);
  const asked = new URL(away.location).searchParams;
  for (const name of ['state', 'nonce', 'code_challenge']) assert.match(asked.get(name), /^[A-Za-z0-9_-]{43}$/);
  assert.equal(asked.get('code_challenge_method'), 'S256');
  assert.match(away.headers['set-cookie'][0], /^ebb_trip=.{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/);
  assert.equal(desk.psql('ebb_owner', `select count(*) from ebb.oidc_request where position('${asked.get('state')}' in oidc_request::text) > 0`)[0][0], '0', 'the state itself is not kept');
  const end = await browser.go(away.location);
  assert.equal(end.location, `${desk.url}/?session=opened`);
  const { status, body } = await session(browser);
  assert.equal(status, 200);
  assert.equal(body.email, 'dana@test.example');
  assert.equal(desk.value('ebb_owner', "select method_code from ebb.token where token_kind = 'session' order by token_id desc limit 1"), 'oidc');
});

test('from then on the subject tells who it is, and a second account with the same address is nobody', skip, async () => {
  assert.equal((await trip('twin')).word, 'refused');
  people.dana.email = 'else@test.example';
  const { browser, word } = await trip('dana');
  assert.equal(word, 'opened');
  assert.equal((await session(browser)).body.email, 'dana@test.example');
});

test('an address that is not verified binds nobody', skip, async () => {
  const { browser, reason } = await trip('liar');
  assert.equal(reason, 'unknown');
  assert.equal((await session(browser)).status, 401);
});

test('who is not known comes in only where the provider may bring persons; groups give and take', skip, async () => {
  assert.equal((await trip('newton')).reason, 'unknown');
  ctl(['change', 'corp', '--may-create', '--department', 'it']);
  const { browser } = await trip('newton');
  assert.deepEqual((await session(browser)).body.roles.map((role) => [role.department_id, role.role_code]), [[2, 'agent']]);
  assert.deepEqual((await session(browser)).body.teams.map((team) => team.team_name), ['People Team']);
  delete people.newton.groups;
  const again = await trip('newton', browser);
  assert.deepEqual((await session(again.browser)).body.roles, []);
});

test('a state is good once, for the browser that began', skip, async () => {
  const browser = new Browser(keys.ca);
  provider.state.who = 'dana';
  const end = await browser.go(begin(), (url) => url.startsWith(redirect));
  const thief = await new Browser(keys.ca).get(end.location);
  assert.equal(new URL(thief.location).searchParams.get('reason'), 'expired', 'not for another browser');
  assert.equal(new URL((await browser.get(end.location)).location).searchParams.get('session'), 'opened');
  assert.equal(new URL((await browser.get(end.location)).location).searchParams.get('reason'), 'expired', 'not twice');
  const blank = await browser.get(redirect);
  assert.equal(new URL(blank.location).searchParams.get('reason'), 'expired', 'not without a state');
});

test('a state that took too long is refused', skip, async () => {
  const browser = new Browser(keys.ca);
  provider.state.who = 'dana';
  const end = await browser.go(begin(), (url) => url.startsWith(redirect));
  desk.psql('ebb_owner', "update ebb.oidc_request set expires_at = now() - interval '1 second'");
  assert.equal(new URL((await browser.get(end.location)).location).searchParams.get('reason'), 'expired');
});

test('an answer of another issuer, a wrong code and a refusal are refused', skip, async () => {
  for (const change of [(q) => q.set('iss', 'https://evil.example'), (q) => q.delete('iss'), (q) => q.set('code', 'x'.repeat(43)), (q) => q.delete('code')]) {
    const browser = new Browser(keys.ca);
    provider.state.who = 'dana';
    const url = new URL((await browser.go(begin(), (to) => to.startsWith(redirect))).location);
    change(url.searchParams);
    assert.equal(new URL((await browser.get(url.href)).location).searchParams.get('reason'), 'refused');
  }
  assert.equal((await trip(null)).reason, 'refused');
});

test('what else the provider writes into the address is passed over', skip, async () => {
  const browser = new Browser(keys.ca);
  provider.state.who = 'dana';
  const url = new URL((await browser.go(begin(), (to) => to.startsWith(redirect))).location);
  url.searchParams.set('session_state', 'x'.repeat(900));
  url.searchParams.set('Authuser', '0');
  assert.equal(new URL((await browser.get(url.href)).location).searchParams.get('session'), 'opened');
});

test('a disabled person is out at once and does not come in again', skip, async () => {
  const { browser } = await trip('newton');
  assert.equal((await session(browser)).status, 200);
  desk.psql('ebb_owner', "update ebb.person set is_active = false where email = 'newton@test.example'");
  assert.equal((await session(browser)).status, 401);
  assert.equal((await trip('newton')).reason, 'unknown');
});

test('a key of a new name is fetched at once, and again no sooner than a minute later', skip, async () => {
  await restart(jwks('second'));
  assert.equal((await trip('dana')).word, 'opened');
  await restart(jwks('third'));
  assert.equal((await trip('dana')).reason, 'refused');
  assert.ok(desk.log().some((line) => /key that the provider does not publish/.test(line.msg)), 'the log says why');
});

test('a provider that is away keeps nobody else from signing in', skip, async () => {
  await provider.stop();
  ctl(['change', 'corp', '--name', 'Corp, away']);
  assert.equal((await trip('dana').catch((error) => assert.fail(error))).reason, 'unavailable');
  const started = Date.now();
  const local = await desk.call('POST', '/api/v1/session', { body: { email: 'dana@test.example', password: 'fixture pass-phrase' } });
  assert.equal(local.status, 201);
  assert.ok(Date.now() - started < 3000);
  provider = await startProvider({ tls: keys.tls, port, redirect, people, keys: jwks('fourth') });
  await until(async () => (await trip('dana')).word === 'opened', { seconds: 15, what: 'a provider that is back' });
});

test('a certificate that nobody vouches for is not believed', skip, async () => {
  ctl(['change', 'corp', '--set', 'ca_file=']);
  assert.equal((await trip('dana')).reason, 'unavailable');
  ctl(['change', 'corp', '--set', `ca_file=${keys.ca}`]);
});

test('a provider that is switched off or removed is none', skip, async () => {
  ctl(['change', 'corp', '--disable']);
  assert.equal((await new Browser(keys.ca).get(begin())).status, 404);
  assert.deepEqual((await desk.call('GET', '/api/v1/session/providers')).body.items, []);
  ctl(['remove', 'corp']);
  assert.equal((await new Browser(keys.ca).get(begin())).status, 404);
});

test('no secret is in the log, and the web\'s own role opens nothing', skip, () => {
  const log = JSON.stringify(desk.log());
  assert.doesNotMatch(log, /client secret|code=|eyJ/);
  for (const fn of ['session_vouched', 'session_provider', 'session_oidc_take', 'session_directory_open'])
    assert.throws(() => desk.psql('ebb_app', `select api.${fn}('{}')`), { sqlstate: '42501' });
});
