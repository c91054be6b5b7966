// SPDX-License-Identifier: Apache-2.0
// An OpenID provider that lies, whole flows through: whatever it sends, nobody is signed in whom its true key has not named. Each way of
// lying for itself is in tests/unit/jwt; here it is seen that the flow asks the question at all.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import https from 'node:https';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';
import { Browser, authority, freePort, missingDirectory } from './kit.mjs';

const missing = missingDirectory() === 'openssl is not installed' ? 'openssl is not installed' : false;
const skip = { skip: missing };
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const b64 = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const rs = (text, by = pair) => sign('sha256', Buffer.from(text), by.privateKey).toString('base64url');
const made = (header, claims, signer = rs) => {
  const text = `${b64(header)}.${b64(claims)}`;
  return `${text}.${signer(text)}`;
};
const head = { alg: 'RS256', kid: 'k' };
let keys, server, desk, id, issuer, nonce, lie;

// What the server answers; a lie changes one thing of it.
function answer(path, body) {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: issuer, aud: 'desk', sub: 'dana', nonce, iat: now, exp: now + 60, email: 'dana@test.example', email_verified: true, name: 'Dana', groups: [] };
  switch (path) {
    case '/.well-known/openid-configuration':
      return { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/keys`, userinfo_endpoint: `${issuer}/me`, response_types_supported: ['code'], ...lie.document };
    case '/keys': return { keys: [{ ...pair.publicKey.export({ format: 'jwk' }), kid: 'k' }] };
    case '/token': {
      if (new URLSearchParams(body).get('code_verifier')?.length !== 43) return { error: 'invalid_grant' };
      const { claims: changed = {}, token } = lie;
      return { access_token: 'access', token_type: 'Bearer', id_token: token ? token(claims) : made(head, { ...claims, ...changed }), ...lie.reply };
    }
    case '/me': return { sub: 'dana', ...lie.me };
    default: return null;
  }
}

before(async () => {
  if (missing) return;
  keys = authority();
  const port = await freePort();
  issuer = `https://localhost:${port}`;
  server = https.createServer(keys.tls, (request, response) => {
    let body = '';
    request.on('data', (part) => { body += part; }).on('end', () => {
      const path = request.url.split('?')[0];
      if (lie.raw?.[path]) lie.raw[path](response);
      else response.setHeader('content-type', 'application/json').end(JSON.stringify(answer(path, body)));
    });
  }).listen(port, '127.0.0.1');
  server.unref();
  desk = await startDesk({ conf: { session_workers: 1 } });
});
after(async () => {
  server?.close();
  await desk?.stop();
});

// A provider of its own each time: what a worker has kept of the one before is not asked.
async function attempt(about) {
  lie = about;
  const done = desk.ctl(['provider', 'create', 'liar', '--json', '--kind', 'oidc', '--set', `issuer=${issuer}`, '--set', 'client_id=desk', '--set', `ca_file=${keys.ca}`, '--trust-email', '--may-create', '--department', 'it']);
  assert.equal(done.status, 0, done.stderr);
  id = JSON.parse(done.stdout).provider_id;
  const browser = new Browser(keys.ca);
  const away = await browser.get(`${desk.url}/api/v1/session/oidc/${id}/begin`);
  const asked = new URL(away.location).searchParams;
  nonce = asked.get('nonce');
  const end = nonce ? await browser.get(`${desk.url}/api/v1/session/oidc/${id}/callback?code=c&state=${asked.get('state')}`) : away;
  const session = await browser.get(`${desk.url}/api/v1/session`);
  assert.equal(desk.ctl(['provider', 'remove', 'liar']).status, 0);
  const word = new URL(end.location).searchParams;
  return { word: word.get('reason') ?? word.get('session'), status: session.status };
}

test('one that does not lie is believed', skip, async () => {
  assert.deepEqual(await attempt({}), { word: 'opened', status: 200 });
});

const now = () => Math.floor(Date.now() / 1000);
const pem = pair.publicKey.export({ type: 'spki', format: 'pem' });
const lies = {
  'a token without signature': { token: (c) => `${b64({ alg: 'none' })}.${b64(c)}.` },
  'a token signed by the public key as if it were a secret': { token: (c) => made({ alg: 'HS256', kid: 'k' }, c, (text) => createHmac('sha256', pem).update(text).digest('base64url')) },
  'a token signed by another key': { token: (c) => made(head, c, (text) => rs(text, other)) },
  'a token that brings its key along': { token: (c) => made({ ...head, jwk: other.publicKey.export({ format: 'jwk' }) }, c, (text) => rs(text, other)) },
  'a token that says where its key lies': { token: (c) => made({ ...head, jku: 'https://localhost/evil' }, c) },
  'a key whose name is a path': { token: (c) => made({ ...head, kid: '../../../../dev/null' }, c) },
  'another issuer': { claims: { iss: 'https://id.example' } },
  'a token for another client': { claims: { aud: 'other' } },
  'a token for several, issued to another': { claims: { aud: ['desk', 'other'], azp: 'other' } },
  'an expired token': { claims: { exp: now() - 3600 } },
  'a token from the future': { claims: { iat: now() + 3600 } },
  'an answer to another request': { claims: { nonce: 'another' } },
  'a token without nonce': { claims: { nonce: undefined } },
  'no token at all': { reply: { id_token: undefined } },
  'claims of somebody else at the userinfo endpoint': { claims: { groups: undefined }, me: { sub: 'ada' } },
};
for (const [name, about] of Object.entries(lies)) {
  test(`${name} is not believed`, skip, async () => {
    assert.deepEqual(await attempt(about), { word: 'refused', status: 401 });
  });
}

const silences = {
  'a discovery document of another issuer': { document: { issuer: 'https://id.example' } },
  'a token endpoint in the clear': { document: { token_endpoint: 'http://id.example/token' } },
  'a redirect instead of a document': { raw: { '/.well-known/openid-configuration': (r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end() } },
  'a document that does not end': { raw: { '/.well-known/openid-configuration': (r) => r.end(`{"issuer": "${'x'.repeat(1 << 20)}"}`) } },
  'a key set that is none': { raw: { '/keys': (r) => r.writeHead(500).end('no') } },
};
for (const [name, about] of Object.entries(silences)) {
  test(`${name} is as if it were away`, skip, async () => {
    assert.deepEqual(await attempt(about), { word: 'unavailable', status: 401 });
  });
}

test('an address that is only claimed binds nobody', skip, async () => {
  assert.deepEqual(await attempt({ claims: { email_verified: false } }), { word: 'unknown', status: 401 });
  assert.deepEqual(await attempt({ claims: { email_verified: 'true' } }), { word: 'unknown', status: 401 });
});
