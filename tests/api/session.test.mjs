// SPDX-License-Identifier: Apache-2.0
// Signing in and out on a real desk: the same for known and unknown, forced change, the header against forged changes, sessions
// that are listed and ended, and that end by themselves.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

const phrase = 'fixture pass-phrase';
let desk;
before(async () => { desk = await startDesk({ conf: { session_workers: 2 } }); });
after(async () => { await desk.stop(); });

const signIn = (name, more = {}, headers = {}) =>
  desk.call('POST', '/api/v1/session', { body: { email: `${name}@test.example`, password: phrase, ...more }, headers });
const tokenOf = (reply) => /(ebb_[\w-]{43});/.exec(reply.headers.get('set-cookie'))[1];
const me = async (as) => (await desk.call('GET', '/api/v1/session', { as })).status;
const pointers = (reply) => reply.body.errors.map((error) => error.pointer).sort();
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

test('known and unknown addresses get the same answer at the same cost', async () => {
  // The fixture's pass-phrases are derived cheaply; real ones are not.
  desk.psql('postgres', 'update ebb.password set opslimit = 2, memlimit = 67108864 where person_id >= 107');
  const took = { known: [], unknown: [] };
  const known = ['rae', 'rob', 'hal', 'hana', 'fay', 'finn', 'amy', 'gil'];
  for (const name of known) {
    for (const [kind, email] of [['known', `${name}@test.example`], ['unknown', `no-${name}@test.example`]]) {
      const began = performance.now();
      const reply = await desk.call('POST', '/api/v1/session', { body: { email, password: 'wrong pass-phrase' } });
      took[kind].push(performance.now() - began);
      assert.equal(reply.status, 401);
      assert.deepEqual({ ...reply.body, instance: '' }, {
        type: '/docs/errors#unauthenticated', title: 'Sign in first', status: 401, detail: 'The address or the pass-phrase is wrong.', instance: '',
      });
      assert.equal(reply.headers.get('set-cookie'), null);
    }
  }
  const ratio = median(took.known) / median(took.unknown);
  // Without a derivation for unknown addresses it would be ten at least.
  assert.ok(ratio > 0.6 && ratio < 1.7, `medians ${median(took.known)} and ${median(took.unknown)} ms`);
  // An inactive person is unknown.
  assert.equal((await signIn('ian')).status, 401);
  desk.psql('postgres', 'update ebb.password set opslimit = 1, memlimit = 8192 where person_id >= 107');
});

test('a pass-phrase derived too cheaply is derived anew at the next sign-in', async () => {
  assert.equal((await signIn('rae')).status, 201);
  assert.equal(desk.value('postgres', 'select opslimit || \' \' || memlimit from ebb.password where person_id = 107'), '2 67108864');
  assert.equal((await signIn('rae')).status, 201);
});

test('a first pass-phrase is changed before it opens a session', async () => {
  assert.equal(desk.ctl(['user', 'password', 'sol@test.example'], { input: 'slate-otter-violin-9\n' }).status, 0);
  const asked = await signIn('sol', { password: 'slate-otter-violin-9' });
  assert.equal(asked.status, 403);
  assert.deepEqual(pointers(asked), ['/new_password']);
  for (const bad of ['short', 'slate-otter-violin-9', 'sol@test.example', 'abababababab', 'x'.repeat(257)]) {
    const refused = await signIn('sol', { password: 'slate-otter-violin-9', new_password: bad });
    assert.equal(refused.status, 422, bad);
    assert.deepEqual(pointers(refused), ['/new_password']);
  }
  // None of these was a failure that would delay anybody.
  const open = await signIn('sol', { password: 'slate-otter-violin-9', new_password: 'heron umbrella tundra' });
  assert.equal(open.status, 201, open.text);
  assert.equal((await signIn('sol', { password: 'slate-otter-violin-9' })).status, 401);
  assert.equal((await signIn('sol', { password: 'heron umbrella tundra' })).status, 201);
  assert.equal(desk.ctl(['user', 'password', '--keep', 'sol@test.example'], { input: 'slate-otter-violin-9\n' }).status, 0);
  assert.equal(await me(tokenOf(open)), 401, 'and what was open has ended');
  assert.equal((await signIn('sol', { password: 'slate-otter-violin-9' })).status, 201);
});

test('a change by cookie takes our own page and what the session says', async () => {
  const open = await signIn('dana');
  const cookie = `ebb_session=${tokenOf(open)}`;
  const own = { 'sec-fetch-site': 'same-origin', 'x-ebb-csrf': open.body.csrf_token };
  assert.match(open.body.csrf_token, /^[0-9a-f]{64}$/);
  const send = (headers, method = 'POST', path = '/api/v1/tokens') => desk.call(method, path, { headers: { cookie, ...headers }, body: { token_name: 'x' } });
  const without = (name) => Object.fromEntries(Object.entries(own).filter(([key]) => key !== name));
  for (const headers of [{}, without('x-ebb-csrf'), without('sec-fetch-site'), { ...own, 'sec-fetch-site': 'cross-site' }, { ...own, 'sec-fetch-site': 'same-site' },
    { ...own, 'x-ebb-csrf': '' }, { ...own, 'x-ebb-csrf': open.body.csrf_token.toUpperCase() }, { ...own, 'x-ebb-csrf': `${open.body.csrf_token}0` },
    { 'x-ebb-csrf': own['x-ebb-csrf'], origin: 'null' }, { 'x-ebb-csrf': own['x-ebb-csrf'], origin: 'https://desk.evil.example' }]) {
    const refused = await send(headers);
    assert.equal(refused.status, 403, JSON.stringify(headers));
  }
  const others = await signIn('lee');
  assert.equal((await send({ ...own, 'x-ebb-csrf': others.body.csrf_token })).status, 403, 'another session\'s token is none');
  assert.equal((await send(own)).status, 201);
  assert.equal((await send({ 'x-ebb-csrf': own['x-ebb-csrf'], origin: desk.url })).status, 201);
  assert.equal((await desk.call('DELETE', '/api/v1/session', { headers: { cookie, 'sec-fetch-site': 'cross-site', 'x-ebb-csrf': own['x-ebb-csrf'] } })).status, 403);
  assert.equal((await desk.call('GET', '/api/v1/session', { headers: { cookie } })).status, 200, 'reading takes neither');
  // Nobody is signed in as somebody else by a foreign page, and a token needs no such header.
  assert.equal((await signIn('dana', {}, { 'sec-fetch-site': 'cross-site' })).status, 403);
  assert.equal((await desk.call('POST', '/api/v1/tokens', { as: 'dana', body: { token_name: 'x' } })).status, 201);
  assert.equal((await desk.call('DELETE', '/api/v1/session', { headers: { cookie, ...own } })).status, 204);
  assert.equal(await me(tokenOf(open)), 401);
});

test('each sign-in has a token of its own, and the browser\'s last one ends', async () => {
  const one = tokenOf(await signIn('ned'));
  const two = tokenOf(await signIn('ned', {}, { cookie: `a=b; ebb_session=${one}` }));
  assert.notEqual(one, two);
  assert.equal(await me(one), 401);
  const three = tokenOf(await signIn('ned'));
  assert.deepEqual([await me(two), await me(three)], [200, 200]);
  const list = (await desk.call('GET', '/api/v1/sessions', { as: three })).body.items;
  assert.deepEqual(list.map((session) => session.is_presented), [true, false]);
  assert.deepEqual([list[0].method_code, list[0].network], ['local', '127.0.0.0/24']);
  assert.ok(!JSON.stringify(list).includes('hash'));
  assert.equal((await desk.call('DELETE', `/api/v1/sessions/${list[1].token_id}`, { as: 'nia' })).status, 404, 'only its owner ends it');
  assert.equal((await desk.call('DELETE', `/api/v1/sessions/${list[1].token_id}`, { as: three })).status, 204);
  assert.equal(await me(two), 401);
  assert.equal((await desk.call('DELETE', `/api/v1/sessions/${list[1].token_id}`, { as: three })).status, 404);
});

test('a session ends when it is not used, and when its hours are over', async () => {
  const idle = tokenOf(await signIn('nia'));
  const late = tokenOf(await signIn('nia'));
  assert.deepEqual([await me(idle), await me(late)], [200, 200]);
  const hash = (token) => `encode(sha256('${token}'), 'hex')`;
  desk.psql('postgres', `update ebb.token set last_used_at = now() - interval '31 minutes' where token_hash = ${hash(idle)};
    update ebb.token set created_at = now() - interval '12 hours', expires_at = now() where token_hash = ${hash(late)}`);
  assert.deepEqual([await me(idle), await me(late)], [401, 401]);
});

test('a new pass-phrase ends all sessions and opens one', async () => {
  const [one, two] = [tokenOf(await signIn('lee')), tokenOf(await signIn('lee'))];
  const change = (as, body) => desk.call('POST', '/api/v1/session/password', { as, body });
  assert.equal((await change('lee', { password: phrase, new_password: 'heron umbrella tundra' })).status, 403, 'an API token does not');
  const wrong = await change(one, { password: 'wrong', new_password: 'heron umbrella tundra' });
  assert.equal(wrong.status, 422);
  assert.deepEqual(pointers(wrong), ['/password']);
  const weak = await change(one, { password: phrase, new_password: 'Lee Lead lee@test.example' });
  assert.equal(weak.status, 422);
  assert.deepEqual(pointers(weak), ['/new_password']);
  const done = await change(one, { password: phrase, new_password: 'heron umbrella tundra' });
  assert.equal(done.status, 200, done.text);
  const three = tokenOf(done);
  assert.deepEqual([await me(one), await me(two), await me(three)], [401, 401, 200]);
  assert.equal(await me('lee'), 200, 'API tokens stay');
  assert.equal((await signIn('lee')).status, 401);
  assert.equal((await signIn('lee', { password: 'heron umbrella tundra' })).status, 201);
});

test('disabling a person ends session and token at once, and signing out of another by who manages people', async () => {
  const open = tokenOf(await signIn('fay'));
  assert.deepEqual([await me(open), await me('fay')], [200, 200]);
  assert.equal((await desk.call('DELETE', '/api/v1/persons/111/sessions', { as: 'hana' })).status, 403);
  assert.equal((await desk.call('DELETE', '/api/v1/persons/111/sessions', { as: 'ada' })).status, 204);
  assert.deepEqual([await me(open), await me('fay')], [401, 401]);
  const again = tokenOf(await signIn('fay'));
  desk.psql('postgres', 'update ebb.person set is_active = false where person_id = 111');
  assert.equal(await me(again), 401);
  assert.equal((await signIn('fay')).status, 401);
});

test('no secret is in log or audit', async () => {
  const log = JSON.stringify(desk.log());
  const audit = desk.value('postgres', 'select string_agg(a::text, \' \') from ebb.audit a');
  for (const secret of [phrase, 'heron', 'slate-otter', 'wrong pass', 'no-rae'])
    for (const where of [log, audit]) assert.ok(!where.includes(secret), secret);
  assert.ok(!/ebb_[\w-]{43}/.test(log), 'nor a token');
});
