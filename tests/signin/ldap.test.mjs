// SPDX-License-Identifier: Apache-2.0
// Sign-in by an LDAP directory, end to end against a real one: over TLS only, whoever it is asked for, and never in anybody's way.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';
import { authority, changeDirectory, freePort, missingDirectory, startDirectory, startWire } from './kit.mjs';

const missing = missingDirectory();
const skip = { skip: missing };
const passphrase = 'fixture pass-phrase'; // of the desk's own accounts, tests/lib/fixture.sql
const person = (uid, name, mail) => `dn: uid=${uid},ou=people,dc=test
objectClass: inetOrgPerson
uid: ${uid}
cn: ${name}
sn: ${name}
mail: ${mail}
userPassword: ${uid} pass phrase

`;
const ldif = `dn: dc=test
objectClass: dcObject
objectClass: organization
dc: test
o: Test

dn: cn=search,dc=test
objectClass: organizationalRole
objectClass: simpleSecurityObject
cn: search
userPassword: search pass

dn: ou=people,dc=test
objectClass: organizationalUnit
ou: people

dn: ou=groups,dc=test
objectClass: organizationalUnit
ou: groups

${person('newton', 'Newton New', 'newton@test.example')}${person('nora', 'Nora Näher', 'nora@test.example')}${person('guess', 'Gus Guess', 'guess@test.example')}${person('dana', 'Dana Agent', 'dana@test.example')}${person('twin1', 'Twin', 'twins@test.example')}${person('twin2', 'Twin', 'twins@test.example')}dn: cn=agents (it),ou=groups,dc=test
objectClass: groupOfNames
cn: agents (it)
member: uid=newton,ou=people,dc=test
member: uid=nora,ou=people,dc=test
`;
let keys, directory, desk;

const ctl = (args, { input, status = 0 } = {}) => {
  const done = desk.ctl(['provider', ...args], { input });
  assert.equal(done.status, status, done.stdout + done.stderr);
  return done.stdout;
};
const signIn = (uid, password, more = {}) => desk.call('POST', '/api/v1/session', { body: { email: `${uid}@test.example`, password, ...more } });
const seen = ({ status, body }) => ({ status, title: body.title, detail: body.detail, errors: body.errors });
// A changed setting is a fresh start: the desk asks again at once what it had left alone.
let names = 0;
const anew = (...sets) => {
  ctl(['remove', 'dir']);
  create(`dir`, ...sets);
};
const create = (code, ...sets) => {
  names += 1;
  ctl(['create', code, '--kind', 'ldap', '--name', `Directory ${names}`, '--may-create', '--department', 'it', '--trust-email', '--secret',
    ...['url=' + directory.url, 'base_dn=dc=test', 'bind_dn=cn=search,dc=test', 'group_filter=(member={dn})', 'ca_file=' + keys.ca, ...sets].flatMap((set) => ['--set', set])], { input: 'search pass\n' });
  ctl(['group', code, 'agents (it)', '--department', 'it', '--role', 'agent']);
};

before(async () => {
  if (missing) return;
  keys = authority();
  directory = await startDirectory({ keys, ldif });
  desk = await startDesk({ conf: { session_workers: 1 } });
  create('dir');
});
after(async () => {
  await directory?.stop();
  await desk?.stop();
});

test('ebbctl asks the directory as the daemon will', skip, () => {
  assert.match(ctl(['test', 'dir']), /takes the account that searches/);
});

test('whom the directory knows comes in, with the roles of their groups', skip, async () => {
  const { status, body } = await signIn('newton', 'newton pass phrase');
  assert.equal(status, 201);
  assert.equal(body.person_name, 'Newton New');
  assert.deepEqual(body.roles.map((role) => [role.department_id, role.role_code]), [[1, 'agent']]);
  assert.equal(desk.value('ebb_owner', "select method_code from ebb.token order by token_id desc limit 1"), 'ldap');
});

test('another pass-phrase, another name, two of one name and no pass-phrase are refused alike', skip, async () => {
  const wrong = seen(await signIn('newton', 'another pass phrase'));
  assert.equal(wrong.status, 401);
  assert.deepEqual(seen(await signIn('nobody', 'newton pass phrase')), wrong);
  assert.deepEqual(seen(await signIn('twins', 'twin1 pass phrase')), wrong);
  assert.equal((await signIn('newton', '')).status, 422);
});

test('what is typed is a value in the filter and nothing else', skip, async () => {
  for (const email of ['*', '*@test.example', 'newton@test.example)(uid=*', 'x)(|(uid=*', '\\2a@test.example', 'newton@test.example\u0001']) {
    const { status } = await desk.call('POST', '/api/v1/session', { body: { email: email.padEnd(3, '*'), password: 'newton pass phrase' } });
    assert.ok(status === 401 || status === 422, `${email}: ${status}`);
  }
});

test('nothing is said before TLS stands, and nothing in the clear', skip, async () => {
  const wire = await startWire(directory.port);
  anew(`url=${wire.url}`);
  assert.equal((await signIn('nora', 'nora pass phrase')).status, 201);
  for (const word of ['nora', 'search', 'pass phrase', 'dc=test']) assert.ok(!wire.said.includes(word), word);
  assert.ok(wire.said.includes('1.3.6.1.4.1.1466.20037'), 'StartTLS comes first');
  await wire.stop();
  anew(`url=${directory.secureUrl}`);
  assert.equal((await signIn('nora', 'nora pass phrase')).status, 201, 'ldaps');
});

test('a directory without TLS, or with a certificate that nobody vouches for, gets no pass-phrase', skip, async () => {
  const plain = await startDirectory({ keys, ldif, tls: false });
  const wire = await startWire(plain.port);
  anew(`url=${wire.url}`);
  assert.equal((await signIn('nora', 'nora pass phrase')).status, 401);
  assert.ok(!wire.said.includes('pass phrase'));
  await wire.stop();
  await plain.stop();
  const other = authority();
  anew(`ca_file=${other.ca}`);
  assert.equal((await signIn('nora', 'nora pass phrase')).status, 401);
  assert.ok(desk.log().some((line) => /directory dir: .*StartTLS/.test(line.msg)), 'the log says why');
});

test('a directory that is away or says nothing keeps nobody from the desk\'s own accounts', skip, async () => {
  const mute = await startWire(0, { mute: true });
  for (const url of [`ldap://127.0.0.1:${await freePort()}`, mute.url]) {
    anew(`url=${url}`);
    let started = Date.now();
    assert.equal((await signIn('dana', passphrase)).status, 201);
    assert.ok(Date.now() - started < 7000, 'the first waits a little');
    assert.equal((await signIn('nora', 'nora pass phrase')).status, 401);
    started = Date.now();
    assert.equal((await signIn('dana', passphrase)).status, 201);
    assert.ok(Date.now() - started < 2500, 'the next not at all');
    desk.psql('ebb_owner', 'delete from ebb.sign_in_failure');
    assert.equal((await signIn('nora', 'nora pass phrase', { provider: 'dir' })).status, 503, 'who names it is told');
  }
  await mute.stop();
  anew();
});

test('an account of the desk\'s own goes before the directory\'s, unless the directory is named', skip, async () => {
  assert.equal((await signIn('dana', 'dana pass phrase')).status, 401);
  assert.equal((await signIn('dana', passphrase)).status, 201);
  assert.equal((await signIn('dana', 'dana pass phrase', { provider: 'dir' })).status, 201);
  assert.equal((await signIn('dana', passphrase, { provider: 'dir' })).status, 401, 'and then only the directory\'s');
  assert.equal((await signIn('dana', passphrase, { provider: 'none' })).status, 401);
});

test('codes are asked for besides, and pass-phrases are changed in the directory', skip, async () => {
  desk.psql('ebb_owner', "insert into ebb.totp (person_id, sealed_secret, confirmed_at) values (101, 'no secret', now())");
  const { status, body } = await signIn('dana', 'dana pass phrase', { provider: 'dir' });
  assert.equal(status, 403);
  assert.equal(body.errors[0].pointer, '/code');
  desk.psql('ebb_owner', 'delete from ebb.totp');
  const change = await signIn('dana', 'dana pass phrase', { provider: 'dir', new_password: 'something else entirely' });
  assert.equal(change.status, 422);
  assert.equal(change.body.errors[0].pointer, '/new_password');
});

test('guessing is delayed here as everywhere', skip, async () => {
  const statuses = [];
  for (let i = 0; i < 7; i++) statuses.push((await signIn('guess', `guess ${i}`)).status);
  assert.ok(statuses.includes(429));
  assert.equal((await signIn('guess', 'guess pass phrase')).status, 429);
});

test('people may be found by the form of their names', skip, async () => {
  anew('bind_dn=', 'group_filter=', 'user_dn=uid={login},ou=people,dc=test');
  const typed = (login, password) => desk.call('POST', '/api/v1/session', { body: { email: login, password } });
  assert.equal((await typed('nora', 'nora pass phrase')).status, 201);
  assert.equal((await typed('nora', 'newton pass phrase')).status, 401);
  assert.equal((await typed('newton,ou=people', 'newton pass phrase')).status, 401);
  anew();
});

test('a disabled person is out at once and does not come in again', skip, async () => {
  const opened = await signIn('newton', 'newton pass phrase');
  const cookie = opened.headers.get('set-cookie').split(';')[0];
  assert.equal((await desk.call('GET', '/api/v1/session', { headers: { cookie } })).status, 200);
  desk.psql('ebb_owner', "update ebb.person set is_active = false where email = 'newton@test.example'");
  assert.equal((await desk.call('GET', '/api/v1/session', { headers: { cookie } })).status, 401);
  assert.equal((await signIn('newton', 'newton pass phrase')).status, 401);
  desk.psql('ebb_owner', "update ebb.person set is_active = true where email = 'newton@test.example'");
});

test('a sync takes over people and groups, and a dry run says the same and does nothing', skip, async () => {
  anew('people_filter=(&(objectClass=inetOrgPerson)(!(uid=twin2)))');
  const before = desk.value('ebb_owner', 'select count(*) from ebb.person');
  const dry = JSON.parse(ctl(['sync', 'dir', '--dry-run', '--json']));
  assert.equal(desk.value('ebb_owner', 'select count(*) from ebb.person'), before);
  const done = JSON.parse(ctl(['sync', 'dir', '--json']));
  assert.deepEqual([dry.seen_count, dry.bound_count, dry.skipped_count], [5, 5, 0]);
  assert.deepEqual([done.seen_count, done.bound_count, done.skipped_count], [5, 5, 0]);
  assert.equal(JSON.parse(ctl(['sync', 'dir', '--json'])).same_count, 5, 'again: nothing to do');
  assert.equal(desk.value('ebb_owner', "select string_agg(role_code, ',') from ebb.person_role join ebb.person using (person_id) where email = 'nora@test.example'"), 'agent');
});

test('who is gone from the directory loses what it gave, and is disabled where that is wanted', skip, async () => {
  await changeDirectory(directory, `dn: cn=agents (it),ou=groups,dc=test
changetype: modify
delete: member
member: uid=nora,ou=people,dc=test

dn: uid=guess,ou=people,dc=test
changetype: delete
`);
  const done = JSON.parse(ctl(['sync', 'dir', '--json', '--disable-missing']));
  assert.equal(done.changed_count, 1);
  assert.deepEqual(done.gone, [{ person_name: 'Gus Guess', outcome: 'disabled' }]);
  assert.equal(desk.value('ebb_owner', "select count(*) from ebb.person_role join ebb.person using (person_id) where email = 'nora@test.example'"), '0');
  assert.equal(desk.value('ebb_owner', "select is_active from ebb.person where email = 'guess@test.example'"), 'f');
  ctl(['change', 'dir', '--set', 'people_filter=(uid=nobody)']);
  ctl(['sync', 'dir', '--disable-missing'], { status: 65 });
  assert.equal(desk.value('ebb_owner', "select is_active from ebb.person where email = 'nora@test.example'"), 't', 'nobody at all is no reason to disable everybody');
});

// What the time would tell is made of these steps; they are counted, because a clock on a busy machine tells little.
test('a known name, an unknown one and an account of the desk\'s own take the same steps', skip, async () => {
  const steps = async (email) => {
    const wire = await startWire(directory.port);
    anew(`url=${wire.url}`);
    desk.psql('ebb_owner', 'delete from ebb.sign_in_failure');
    assert.equal((await desk.call('POST', '/api/v1/session', { body: { email, password: 'not the one' } })).status, 401);
    await wire.stop();
    let count = 0;
    // After the request for StartTLS the client's bytes are TLS records: type, version, length.
    for (let at = 2 + wire.said[1]; at + 5 <= wire.said.length; at += 5 + wire.said.readUInt16BE(at + 3)) count += wire.said[at] === 23;
    return count;
  };
  const known = await steps('nora@test.example');
  assert.ok(known >= 4, String(known));
  assert.equal(await steps('nobody@test.example'), known);
  assert.equal(await steps('lee@test.example'), known);
});

test('no pass-phrase is in the log or in the database', skip, () => {
  assert.doesNotMatch(JSON.stringify(desk.log()), /pass phrase|search pass/);
  assert.equal(desk.value('ebb_owner', "select count(*) from ebb.provider where position('search pass' in provider::text) > 0"), '0');
});
