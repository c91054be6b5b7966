// SPDX-License-Identifier: Apache-2.0
// Invitations and forgotten pass-phrases, through a real mail server: a link works once, for an hour, for one proved address, and
// nobody learns who has an account.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startDesk, until } from '../lib/desk.mjs';
import { missing, startMailServer } from '../lib/smtpd.mjs';

const skip = missing;
const phrase = 'quiet harbour lanterns 7';
let desk, server;
before(async () => {
  if (skip) return;
  server = await startMailServer();
  desk = await startDesk({ conf: { smtp_url: `smtp://127.0.0.1:${server.port}`, smtp_plain: true, mail_from: 'desk@desk.example' } });
});
after(async () => { server?.stop(); await desk?.stop(); });

const owner = (sql) => desk.value('ebb_owner', sql);
const post = (path, body, more) => desk.call('POST', `/api/v1${path}`, { body, ...more });
const signIn = (email, password) => post('/session', { email, password });
const redeem = (token, new_password = phrase) => post('/session/redeem', { token, new_password });
const reset = (email) => post('/session/reset', { email });
const invite = (person, as = 'ada') => post(`/persons/${person}/invite`, undefined, { as });
const address = (word) => `${word}@test.example`;
const proved = (...words) => owner(`update ebb.person set email_verified_at = now() where email in (${words.map((w) => `'${address(w)}'`).join()}) returning 1`);
// What stands behind the # of the link in the n-th mail.
async function link(word, n = 1) {
  const mail = await server.mail(address(word), n);
  const found = new RegExp(`${desk.url}/redeem/#(ebb_[A-Za-z0-9_-]{43})\\s`).exec(mail.text);
  assert.ok(found, mail.text);
  return found[1];
}

test('an administrator invites; the link sets the pass-phrase once, proves the address and ends sessions', { skip }, async () => {
  const asked = await invite(101);
  assert.equal(asked.status, 202, asked.text);
  assert.deepEqual(asked.body, { person_id: 101, email: address('dana'), is_queued: true });
  const token = await link('dana');
  const before = await signIn(address('dana'), 'fixture pass-phrase');
  assert.equal(before.status, 201);
  const cookie = before.headers.get('set-cookie').split(';')[0];
  const used = await redeem(token);
  assert.equal(used.status, 200, used.text);
  assert.deepEqual(used.body, { email: address('dana') });
  assert.equal((await desk.call('GET', '/api/v1/session', { headers: { cookie } })).status, 401, 'the old session has ended');
  assert.equal((await signIn(address('dana'), 'fixture pass-phrase')).status, 401);
  assert.equal((await signIn(address('dana'), phrase)).status, 201);
  assert.ok(owner('select email_verified_at from ebb.person where person_id = 101'));
  const again = await redeem(token, 'another harbour lantern 8');
  assert.equal(again.status, 403);
  assert.equal(again.body.errors[0].pointer, '/token');
  assert.equal((await signIn(address('dana'), phrase)).status, 201, 'a used link changes nothing');
});

test('used, unknown and misshapen links are refused alike', { skip }, async () => {
  const [unknown, used] = [await redeem(`ebb_${'x'.repeat(43)}`), await redeem(await link('dana'))];
  const strip = ({ instance, ...rest }) => rest;
  assert.deepEqual(strip(unknown.body), strip(used.body));
  for (const token of ['ebb_', 'x', '%00', '\u0000', "' or 1=1 --", createHash('sha256').update('x').digest('hex')]) assert.ok([400, 403, 422].includes((await redeem(token)).status), token);
  assert.equal((await post('/session/redeem', { token: ['a', 'b'], new_password: phrase })).status, 422);
});

test('two at the same time: one link, one pass-phrase', { skip }, async () => {
  await invite(102);
  const token = await link('lee');
  const answers = await Promise.all([1, 2, 3, 4].map((n) => redeem(token, `${phrase} ${n}`)));
  assert.deepEqual(answers.map((a) => a.status).sort(), [200, 403, 403, 403]);
  const winner = answers.findIndex((a) => a.status === 200) + 1;
  assert.equal((await signIn(address('lee'), `${phrase} ${winner}`)).status, 201);
});

test('a new pass-phrase keeps the rules, and a refused one does not use up the link', { skip }, async () => {
  await invite(103);
  const token = await link('ned');
  for (const weak of ['short', 'aaaaaaaaaaaaaaaaaa', address('ned'), 'Ned Network', 'x'.repeat(300)]) {
    const { status, body } = await redeem(token, weak);
    assert.equal(status, 422, weak);
    assert.equal(body.errors[0].pointer, '/new_password');
  }
  assert.equal((await redeem(token)).status, 200);
});

test('a newer link ends the older, an hour ends both, and so do disabling and another address', { skip }, async () => {
  await invite(104);
  const first = await link('nia');
  await invite(104);
  const second = await link('nia', 2);
  assert.equal((await redeem(first)).status, 403);
  owner("update ebb.invitation set expires_at = now() - interval '1 second' where used_at is null and ended_at is null and person_id = 104 returning 1");
  assert.equal((await redeem(second)).status, 403);
  await invite(104);
  const third = await link('nia', 3);
  owner("update ebb.person set email = 'nia2@test.example' where person_id = 104 returning 1");
  assert.equal((await redeem(third)).status, 403, 'made for another address');
  owner(`update ebb.person set email = '${address('nia')}' where person_id = 104 returning 1`);
  assert.equal((await redeem(third)).status, 403, 'also when the old address comes back');
  await invite(104);
  const fourth = await link('nia', 4);
  owner('update ebb.person set is_active = false where person_id = 104 returning 1');
  assert.equal((await redeem(fourth)).status, 403, 'disabled');
  owner('update ebb.person set is_active = true where person_id = 104 returning 1');
  assert.equal((await redeem(fourth)).status, 403, 'also when enabled again');
});

test('nobody invites a person of another department, or one who may more', { skip }, async () => {
  owner("delete from ebb.person_role where person_id = 110; insert into ebb.person_role (person_id, department_id, role_code) values (110, 2, 'admin')");
  assert.equal((await invite(101, 'dana')).status, 403, 'an agent');
  assert.equal((await invite(101, 'amy')).status, 403, 'an auditor');
  assert.equal((await invite(101, null)).status, 401, 'nobody');
  const foreign = await invite(101, 'hana'), none = await invite(99999, 'hana');
  assert.equal(foreign.status, 404);
  assert.deepEqual({ ...foreign.body, instance: 0 }, { ...none.body, instance: 0 }, 'not there and not yours look alike');
  owner("insert into ebb.person_role (person_id, department_id, role_code) values (109, 1, 'agent')");
  assert.equal((await invite(109, 'hana')).status, 403, 'works elsewhere, too');
  assert.equal((await invite(114)).status, 409, 'not active');
  assert.equal((await invite(109)).status, 202, 'an administrator of both may');
});

test('a forgotten pass-phrase: the same answer for everybody, a mail for those who proved their address', { skip }, async () => {
  proved('rae', 'rob', 'ian');
  owner('delete from ebb.password where person_id = 108 returning 1'); // Rob signs in elsewhere
  const answers = [];
  for (const word of ['rae', 'gil', 'rob', 'ian', 'nobody-at-all']) answers.push(await reset(address(word)));
  for (const answer of answers) {
    assert.equal(answer.status, 202);
    assert.equal(answer.text, answers[0].text);
    assert.deepEqual([...answer.headers.keys()].sort(), [...answers[0].headers.keys()].sort());
  }
  const token = await link('rae');
  await until(() => Number(owner("select count(*) from ebb.mail where mail_kind = 'reset' and done_at is null and given_up_at is null")) === 0, { what: 'an empty queue' });
  for (const word of ['gil', 'rob', 'ian', 'nobody-at-all']) assert.equal(server.for(address(word)).length, 0, word);
  assert.equal((await redeem(token)).status, 200);
  assert.equal((await signIn(address('rae'), phrase)).status, 201);
});

test('one address at a time, and three mails an hour', { skip }, async () => {
  for (const email of [[address('rae'), 'evil@evil.example'], { a: 1 }, null, 7]) assert.equal((await reset(email)).status, 422);
  for (const email of [`${address('rae')},evil@evil.example`, `${address('rae')}\r\nBcc: evil@evil.example`, `evil@evil.example,${address('rae')}`]) assert.ok([202, 422].includes((await reset(email)).status));
  const had = server.for(address('rae')).length;
  for (let n = 0; n < 6; n++) assert.equal((await reset(address('rae').toUpperCase())).status, 202);
  await until(() => Number(owner("select count(*) from ebb.mail where done_at is null and given_up_at is null")) === 0, { what: 'an empty queue' });
  await until(() => server.for(address('rae')).length === had + 2, { what: 'three mails with the one before' });
  assert.ok(server.offered.every((mail) => mail.to.length === 1 && !mail.data.includes('evil')));
});

test('links stand in no table, no log, no ticket and no notice', { skip }, async () => {
  const tokens = server.offered.flatMap((mail) => mail.text.match(/ebb_[A-Za-z0-9_-]{43}/g) ?? []);
  assert.ok(tokens.length > 5);
  const dump = desk.psql('postgres', `select string_agg(x::text, ' ') from (select row_to_json(m) from ebb.mail m union all select row_to_json(i) from ebb.invitation i
    union all select row_to_json(o) from ebb.outbox o union all select row_to_json(a) from ebb.audit a union all select row_to_json(c) from ebb.idempotency c) x`)[0][0];
  const log = readFileSync(desk.paths.ebbdLog, 'utf8') + readFileSync(`${desk.paths.log}/access.log`, 'utf8');
  for (const token of tokens) {
    assert.ok(!dump.includes(token) && !log.includes(token));
    assert.equal((await desk.call('GET', '/api/v1/session', { as: token })).status, 401, 'a link is no session');
  }
  assert.ok(!log.includes(phrase));
});

test('what happened is in the audit, without addresses that nobody has', { skip }, async () => {
  const seen = desk.psql('ebb_owner', "select action, count(*) from ebb.audit group by 1").map(([action]) => action);
  for (const action of ['person.invited', 'invitation.used', 'password.reset_mailed']) assert.ok(seen.includes(action), action);
  assert.ok(!desk.psql('ebb_owner', "select string_agg(row_to_json(a)::text, ' ') from ebb.audit a")[0][0].includes('nobody-at-all'));
});

test('ebbctl prints a link once; using it proves no address', { skip }, async () => {
  const made = desk.ctl(['user', 'invite', address('sol')]);
  assert.equal(made.status, 0, made.stderr);
  const token = made.stdout.trim().split('#')[1];
  assert.ok(made.stdout.startsWith(`${desk.url}/redeem/#ebb_`));
  assert.equal((await redeem(token)).status, 200);
  assert.equal(owner('select email_verified_at from ebb.person where person_id = 105'), null);
  assert.equal(desk.ctl(['user', 'invite', 'nobody@test.example']).status, 65);
  assert.equal(desk.ctl(['user', 'invite', address('fay'), '--mail']).status, 0);
  await link('fay');
  const listed = desk.ctl(['mail', 'list', '--all']);
  assert.match(listed.stdout, /fay@test\.example.*taken/);
  const tested = desk.ctl(['mail', 'test', 'someone@test.example']);
  assert.equal(tested.status, 0, tested.stderr);
  await server.mail('someone@test.example');
  assert.equal(desk.ctl(['mail', 'test', 'refused@test.example']).status, 69);
});
