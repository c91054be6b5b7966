// SPDX-License-Identifier: Apache-2.0
// One-time codes on a real desk, with the codes an authenticator would show.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

const password = 'fixture pass-phrase';
let desk;
before(async () => { desk = await startDesk({ conf: { session_workers: 2 } }); });
after(async () => { await desk.stop(); });

// RFC 6238, written out: what the desk checks with a library is made here without it.
function totp(secret, steps = 0) {
  const bits = [...secret].map((sign) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1000000).padStart(6, '0');
}

const signIn = (name, more = {}) => desk.call('POST', '/api/v1/session', { body: { email: `${name}@test.example`, password, ...more } });
const tokenOf = (reply) => /(ebb_[\w-]{43});/.exec(reply.headers.get('set-cookie'))[1];
const call = (as, path, body) => desk.call('POST', `/api/v1/session/${path}`, { as, body });
const pointers = (reply) => reply.body.errors.map((error) => error.pointer).sort();
// Failures of one test shall not delay the next.
const forget = () => desk.psql('postgres', 'delete from ebb.sign_in_failure');

async function setUp(name) {
  const session = tokenOf(await signIn(name));
  const begun = await call(session, 'totp', { password });
  assert.equal(begun.status, 200, begun.text);
  const confirmed = await call(session, 'totp/confirm', { code: totp(begun.body.secret, -1) });
  assert.equal(confirmed.status, 200, confirmed.text);
  return { session, secret: begun.body.secret, uri: begun.body.uri, codes: confirmed.body.recovery_codes };
}

test('codes are asked for once the first was shown', async () => {
  const session = tokenOf(await signIn('dana'));
  const other = tokenOf(await signIn('dana'));
  assert.equal((await call('dana', 'totp', { password })).status, 403, 'an API token does not set them up');
  assert.deepEqual(pointers(await call(session, 'totp', { password: 'wrong' })), ['/password']);
  assert.equal((await call(session, 'totp/confirm', { code: '123456' })).status, 409, 'nothing is being set up');
  const { secret, uri } = (await call(session, 'totp', { password })).body;
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.equal(uri, `otpauth://totp/Ebb:dana%40test.example?secret=${secret}&issuer=Ebb&algorithm=SHA1&digits=6&period=30`);
  assert.equal((await signIn('dana')).status, 201, 'until then it takes none');
  const wrong = await call(session, 'totp/confirm', { code: totp(secret, 5) });
  assert.equal(wrong.status, 422);
  assert.deepEqual(pointers(wrong), ['/code']);
  const confirmed = await call(session, 'totp/confirm', { code: totp(secret) });
  assert.equal(confirmed.body.recovery_codes.length, 10);
  assert.equal((await desk.call('GET', '/api/v1/session', { as: session })).body.has_totp, true);
  assert.equal((await desk.call('GET', '/api/v1/session', { as: other })).status, 401, 'who is signed in elsewhere has shown none');
  // The database has neither the secret nor a code.
  const rows = desk.psql('postgres', 'select t::text from ebb.totp t union all select r::text from ebb.recovery_code r').flat().join();
  assert.ok(!rows.includes(secret) && !rows.includes(confirmed.body.recovery_codes[0]));
});

test('signing in takes a code after the pass-phrase, each once', async () => {
  const { session, secret, codes } = await setUp('lee');
  const asked = await signIn('lee');
  assert.equal(asked.status, 403);
  assert.deepEqual(pointers(asked), ['/code']);
  const wrongPhrase = await signIn('lee', { password: 'wrong', code: totp(secret) });
  assert.equal(wrongPhrase.status, 401);
  assert.equal(wrongPhrase.body.errors, undefined, 'who has not the pass-phrase learns nothing of codes');
  forget();
  for (const code of [totp(secret, 9), '000000', codes[0].slice(0, -1), 'not a code at all']) {
    const refused = await signIn('lee', { code });
    assert.equal(refused.status, 401, code);
    assert.deepEqual(pointers(refused), ['/code']);
  }
  forget();
  const code = totp(secret, 1);
  assert.equal((await signIn('lee', { code })).status, 201);
  assert.equal((await signIn('lee', { code })).status, 401, 'it was used');
  assert.equal((await signIn('lee', { code: totp(secret, 0) })).status, 401, 'and the one before it');
  forget();
  assert.equal((await signIn('lee', { code: codes[0].toUpperCase().replaceAll('-', ' ') })).status, 201);
  assert.equal((await signIn('lee', { code: codes[0] })).status, 401, 'a recovery code is good once');
  assert.equal((await call(session, 'totp', { password })).status, 409, 'a second device takes the first one\'s code');
});

test('one recovery code, brought ten times at once, opens one session', async () => {
  const { codes } = await setUp('ned');
  const replies = await Promise.all(Array.from({ length: 4 }, () => signIn('ned', { code: codes[3] })));
  assert.deepEqual(replies.map((reply) => reply.status).sort(), [201, 401, 401, 401]);
  forget();
});

test('a first pass-phrase and a code are asked for together, and no code is used up before all is there', async () => {
  const { secret } = await setUp('sol');
  desk.psql('postgres', 'update ebb.password set must_change = true where person_id = 105');
  assert.deepEqual(pointers(await signIn('sol')), ['/code', '/new_password']);
  const code = totp(secret, 1);
  assert.deepEqual(pointers(await signIn('sol', { code })), ['/new_password']);
  assert.deepEqual(pointers(await signIn('sol', { code, new_password: 'too short' })), ['/new_password']);
  assert.equal((await signIn('sol', { code, new_password: 'heron umbrella tundra' })).status, 201);
});

test('they are removed with pass-phrase and a last code, or by the operator', async () => {
  const { session, secret, codes } = await setUp('nia');
  assert.equal((await call(session, 'totp/remove', { password: 'wrong', code: codes[0] })).status, 422);
  const wrong = await call(session, 'totp/remove', { password, code: '000000' });
  assert.deepEqual([wrong.status, pointers(wrong)], [422, ['/code']]);
  assert.equal((await call(session, 'totp/remove', { password, code: totp(secret, 1) })).status, 204);
  assert.equal((await signIn('nia')).status, 201);
  assert.equal((await call(session, 'totp/remove', { password, code: codes[0] })).status, 409);
  const again = await setUp('nia');
  assert.notEqual(again.secret, secret);
  const removed = desk.ctl(['user', 'totp', 'nia@test.example']);
  assert.equal(removed.status, 0, removed.stderr);
  assert.match(removed.stdout, /pass-phrase alone/);
  assert.equal((await signIn('nia')).status, 201);
  assert.equal(desk.value('postgres', `select count(*) from ebb.recovery_code where person_id = 104`), '0');
  const actions = desk.psql('postgres', `select action || ' ' || actor_kind from ebb.audit where object_ref = '104' and action like 'totp%' order by audit_id`).flat();
  assert.deepEqual(actions, ['totp.set person', 'totp.remove person', 'totp.set person', 'totp.remove operator']);
});

test('secrets of codes open with this host\'s key only, for this person only', async () => {
  const { secret } = await setUp('hal');
  desk.psql('postgres', `update ebb.totp set sealed_secret = (select sealed_secret from ebb.totp where person_id = 109) where person_id = 101`);
  const moved = await signIn('dana', { code: totp(secret, 1) });
  assert.equal(moved.status, 500, 'a row that was copied opens nothing');
  assert.ok(!moved.text.includes(secret));
});
