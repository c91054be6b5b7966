// SPDX-License-Identifier: Apache-2.0
// Makes cases.json: identity tokens, good and hostile, signed by OpenSSL with keys that are thrown away. Run again only to add a
// case:  node tests/unit/jwt/make.mjs  writes the file beside it. Time stands at 1,800,000,000 in all of them.
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';

const now = 1800000000;
const b64 = (value) => Buffer.from(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)).toString('base64url');
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const wide = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const jwk = (pair, more) => ({ ...pair.publicKey.export({ format: 'jwk' }), ...more });
const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });

const sets = {
  main: { keys: [jwk(rsa, { kid: 'r1', use: 'sig', alg: 'RS256' }), jwk(ec, { kid: 'e1', use: 'sig' }), jwk(other, { kid: 'enc', use: 'enc' })] },
  one: { keys: [jwk(rsa, {})] },
  two: { keys: [jwk(rsa, {}), jwk(other, {})] },
  twins: { keys: [jwk(other, { kid: 'r1' }), jwk(rsa, { kid: 'r1' })] },
  rotated: { keys: [jwk(other, { kid: 'r2' })] },
  small: { keys: [jwk(small, { kid: 's1' })] },
  wide: { keys: [{ ...jwk(wide, { kid: 'w1' }), crv: 'P-256' }] },
  secret: { keys: [{ kty: 'oct', k: b64(pem), kid: 'r1' }, { kty: 'RSA', kid: 'r1' }] },
  odd: { keys: [null, 1, 'key', [], { kty: 7, kid: {} }, jwk(rsa, { kid: 'r1', key_ops: ['sign'] }), jwk(rsa, { kid: 'r1', alg: 'RS512' })] },
  empty: { keys: [] },
};

const claims = { iss: 'https://id.example', aud: 'desk', sub: 'u-1', nonce: 'n-1', iat: now - 5, exp: now + 300 };
const rs = (text, pair = rsa) => sign('sha256', Buffer.from(text), pair.privateKey);
const es = (text, pair = ec) => sign('sha256', Buffer.from(text), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' });
const hs = (key) => (text) => createHmac('sha256', key).update(text).digest();
function token(header, body = claims, signer = rs) {
  const text = `${b64(header)}.${b64(body)}`;
  return `${text}.${b64(signer(text))}`;
}
const RS = { alg: 'RS256', kid: 'r1', typ: 'JWT' };
const good = token(RS);
const [h, c, s] = good.split('.');
const cases = [];
const add = (name, expect, text, set = 'main') => cases.push({ name, expect, token: text, set });

add('RS256', 'good', good);
add('ES256', 'good', token({ alg: 'ES256', kid: 'e1' }, claims, es));
add('no name of a key, and one key', 'good', token({ alg: 'RS256' }), 'one');
add('two keys of one name', 'good', good, 'twins');
add('audience of one in an array', 'good', token(RS, { ...claims, aud: ['desk'] }));
add('two audiences, issued to us', 'good', token(RS, { ...claims, aud: ['desk', 'api'], azp: 'desk' }));
add('clocks half a minute apart', 'good', token(RS, { ...claims, iat: now + 30, nbf: now + 30 }));

add('no name of a key, and two keys', 'no_key', token({ alg: 'RS256' }), 'two');
add('key not in the set', 'no_key', good, 'rotated');
add('set without keys', 'no_key', good, 'empty');
add('keys of other kinds', 'no_key', good, 'odd');
add('key for encryption', 'no_key', token({ ...RS, kid: 'enc' }, claims, (t) => rs(t, other)));
add('name of a key that is a path', 'no_key', token({ ...RS, kid: '../../../../dev/null' }, claims, hs('')));
add('name of a key that is SQL', 'no_key', token({ ...RS, kid: "r1' or '1'='1" }));
add('RS256 with the name of an elliptic key', 'no_key', token({ ...RS, kid: 'e1' }));
add('ES256 with the name of an RSA key', 'no_key', token({ alg: 'ES256', kid: 'r1' }, claims, es));

add('signed by another key', 'forged', token(RS, claims, (t) => rs(t, other)));
add('claims changed', 'forged', `${h}.${b64({ ...claims, sub: 'admin' })}.${s}`);
add('header changed', 'forged', `${b64({ ...RS, typ: 'jwt' })}.${c}.${s}`);
add('signature cut', 'forged', `${h}.${c}.${s.slice(0, -4)}`);
add('no signature', 'forged', `${h}.${c}.`);
add('signature of zeros, ES256', 'forged', token({ alg: 'ES256', kid: 'e1' }, claims, () => Buffer.alloc(64)));
add('signature in DER, ES256', 'forged', token({ alg: 'ES256', kid: 'e1' }, claims, (t) => sign('sha256', Buffer.from(t), ec.privateKey)));
add('HMAC with the public key, said to be RS256', 'forged', token(RS, claims, hs(pem)));
add('a key that is a secret', 'forged', token(RS, claims, hs(pem)), 'secret');
add('1024 bits', 'forged', token({ ...RS, kid: 's1' }, claims, (t) => rs(t, small)), 'small');
add('another curve under the name of P-256', 'forged', token({ alg: 'ES256', kid: 'w1' }, claims, (t) => es(t, wide)), 'wide');

for (const alg of ['none', 'None', 'nOnE', 'HS256', 'RS512', 'PS256', 'ES384', 'EdDSA', '', 7, null])
  add(`algorithm ${JSON.stringify(alg)}`, 'unread', token({ ...RS, alg }, claims, alg === 'HS256' ? hs(pem) : rs));
add('no algorithm', 'unread', token({ kid: 'r1' }));
add('none without a signature', 'unread', `${b64({ alg: 'none' })}.${c}.`);
for (const [name, value] of Object.entries({
  jku: 'https://evil.example/keys', jwk: jwk(other, {}), x5u: 'https://evil.example/x', x5c: ['MII'], crit: ['exp'], b64: false, zip: 'DEF', enc: 'A128GCM',
})) add(`header with ${name}`, 'unread', token({ ...RS, [name]: value }));
add('access token', 'unread', token({ ...RS, typ: 'at+jwt' }));
add('name of a key that is no text', 'unread', token({ ...RS, kid: 1 }));
add('empty name of a key', 'unread', token({ ...RS, kid: '' }));
add('a member twice', 'unread', `${h}.${b64('{"iss":"https://id.example","sub":"a","sub":"b"}')}.${s}`);
add('two parts', 'unread', `${h}.${c}`);
add('four parts', 'unread', `${good}.x`);
add('five parts, as if encrypted', 'unread', `${h}.${c}.${s}.${c}.${s}`);
add('padding', 'unread', `${h}=.${c}.${s}`);
add('a blank within', 'unread', `${h.slice(0, 5)} ${h.slice(5)}.${c}.${s}`);
add('claims that are an array', 'unread', token(RS, []));
add('claims that are no JSON', 'unread', token(RS, 'hello'));
add('a number beyond all numbers', 'unread', token(RS, '{"exp":1e999}'));
add('nothing', 'unread', '');
add('dots', 'unread', '..');
add('17 KiB', 'unread', token(RS, { ...claims, more: 'x'.repeat(17000) }));

const bad = {
  'another issuer': { iss: 'https://evil.example' }, 'issuer with a slash more': { iss: 'https://id.example/' }, 'no issuer': { iss: undefined },
  'issuer in an array': { iss: ['https://id.example'] },
  'another audience': { aud: 'other' }, 'no audience': { aud: undefined }, 'other audiences': { aud: ['other', 'another'] },
  'two audiences, issued to nobody': { aud: ['desk', 'api'] }, 'issued to another': { azp: 'other' }, 'issued to no text': { azp: 1 },
  expired: { exp: now - 61 }, 'no expiry': { exp: undefined }, 'expiry as text': { exp: String(now + 300) },
  'from the future': { iat: now + 61 }, 'of an hour ago': { iat: now - 3600 }, 'no time of issue': { iat: undefined }, 'not good yet': { nbf: now + 61 },
  'not good as text': { nbf: 'now' }, 'no nonce': { nonce: undefined }, 'another nonce': { nonce: 'n-2' }, 'nonce that is an array': { nonce: ['n-1'] },
  'no subject': { sub: undefined }, 'empty subject': { sub: '' }, 'subject that is a number': { sub: 7 }, 'long subject': { sub: 'x'.repeat(256) },
  'subject with a line break': { sub: 'u-1\nadmin' },
};
for (const [name, change] of Object.entries(bad)) add(name, 'claims', token(RS, { ...claims, ...change }));

writeFileSync(new URL('cases.json', import.meta.url), `${JSON.stringify({ now, sets, cases }, null, 1)}\n`);
