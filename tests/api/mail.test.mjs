// SPDX-License-Identifier: Apache-2.0
// Mail out against a real mail server: what goes to whom, what is refused, what is tried again, and what never leaves.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDesk, until } from '../lib/desk.mjs';
import { makeCertificates, missing, startMailServer } from '../lib/smtpd.mjs';

const skip = missing;
let desk, server, certs, ticket;

// A configuration by lines; the daemon takes it over at once and says so.
async function configure(settings) {
  const rest = readFileSync(desk.paths.conf, 'utf8').split('\n').filter((line) => !/^(smtp|mail)_/.test(line));
  writeFileSync(desk.paths.conf, [...rest, ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`), ''].join('\n'));
  const done = () => desk.log().filter((line) => /^reload (done|refused)/.test(line.msg)).length;
  const before = done();
  process.kill(desk.pids.ebbd, 'SIGHUP');
  await until(() => done() > before, { seconds: 30, what: 'the reload' });
}

const plain = () => ({ smtp_url: `"smtp://127.0.0.1:${server.port}"`, smtp_plain: 'true', mail_from: '"desk@desk.example"', mail_name: '"Bücher & Co"' });
const owner = (sql) => desk.value('ebb_owner', sql);

// A plugin's notice, as fn.action_notify writes it.
const notice = (person, text, about = ticket) => owner(`insert into ebb.outbox (department_id, topic, ticket_id, payload, created_at, next_at)
  values (1, 'notice', ${about}, jsonb_build_object('ticket_id', ${about}, 'person_id', ${person}, 'text', $text$${text}$text$::text), now(), now()) returning outbox_id`);
const mailOf = (outbox) => desk.psql('ebb_owner', `select mail_id, done_at is not null, given_up_at is not null, attempts, last_error from ebb.mail where outbox_id = ${outbox}`)[0];
const ended = (outbox, index) => until(() => mailOf(outbox)?.[index] === 't', { seconds: 20, what: `mail of outbox ${outbox}` });
// Instead of waiting for the pause to end.
const hurry = () => owner("update ebb.mail set next_at = now() where done_at is null and given_up_at is null returning 1");
const header = (mail, name) => mail.headers.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, value]) => value);

before(async () => {
  if (skip) return;
  [desk, server] = await Promise.all([startDesk(), startMailServer()]);
  certs = makeCertificates();
  ticket = (await desk.call('POST', '/api/v1/tickets', { as: 'rae', body: { subject: 'Salary of Rae is secret', service_id: 51 } })).body.ticket_id;
});
after(async () => { server?.stop(); certs?.remove(); await desk?.stop(); });

test('without a mail server configured a mail waits, and is neither lost nor tried', { skip }, async () => {
  const id = notice(101, 'Have a look.');
  await until(() => mailOf(id), { what: 'the mail in the queue' });
  assert.deepEqual(mailOf(id).slice(1), ['f', 'f', '0', null]);
  await configure(plain());
  const mail = await server.mail('dana@test.example');
  assert.equal(mail.from, 'desk@desk.example');
  await ended(id, 1);
});

test('a notice names the ticket and links to it, and nothing else of it', { skip }, async () => {
  const [mail] = server.for('dana@test.example');
  assert.deepEqual(mail.to, ['dana@test.example']);
  assert.deepEqual(header(mail, 'To'), ['dana@test.example']);
  assert.deepEqual(header(mail, 'Subject'), [`EBB-${ticket}: a notice`]);
  assert.match(mail.text, /Have a look\./);
  assert.ok(mail.text.includes(`${desk.url}/?ticket=${ticket}`));
  assert.doesNotMatch(mail.data, /[Ss]alary|Rae|rae@/);
  assert.deepEqual(mail.defects, []);
  assert.deepEqual(header(mail, 'Auto-Submitted'), ['auto-generated']);
  assert.equal(header(mail, 'From')[0], 'Bücher & Co <desk@desk.example>');
  assert.match(header(mail, 'Message-ID')[0], /^<ebb\.mail\.\d+@desk\.example>$/);
  assert.deepEqual(header(mail, 'References'), [`<ebb.ticket.${ticket}@desk.example>`]);
  assert.ok(Math.abs(new Date(header(mail, 'Date')[0]) - Date.now()) < 120000);
});

test('hostile text stays text', { skip }, async () => {
  const hostile = 'x\r\n.\r\nMAIL FROM:<evil@evil.example>\nBcc: all@evil.example\n\n.\n..\n{{7*7}} ${7*7} <b>%n%s</b> \u202e 🌊 end ';
  const had = server.for('dana@test.example').length;
  notice(101, hostile);
  const mail = await server.mail('dana@test.example', had + 1);
  assert.equal(server.offered.length, had + 1, 'one mail, one recipient');
  assert.deepEqual(header(mail, 'Bcc'), []);
  for (const line of ['.', 'MAIL FROM:<evil@evil.example>', 'Bcc: all@evil.example', '..', '{{7*7}} ${7*7} <b>%n%s</b> \u202e 🌊 end ']) assert.ok(mail.text.replaceAll('\r', '').split('\n').includes(line), line);
});

test('an address that is none leaves by no way', { skip }, async () => {
  for (const [n, address] of ['a@b>', 'a,b@test.example', 'a"b@test.example', '<x@test.example', 'ä@test.example', 'x\u0001@test.example'].entries()) {
    const person = 900 + n;
    owner(`insert into ebb.person (person_id, department_id, person_name, email) overriding system value values (${person}, 1, 'Odd', $a$${address}$a$);
      insert into ebb.person_role (person_id, department_id, role_code) values (${person}, 1, 'agent')`);
    const offered = server.offered.length;
    const id = notice(person, 'hello');
    await ended(id, 2);
    assert.match(mailOf(id)[4], /none that mail can be sent to/);
    assert.equal(server.offered.length, offered, address);
  }
});

test('who may not see the ticket, or is disabled, gets no word of it', { skip }, async () => {
  const offered = server.offered.length;
  const foreign = notice(109, 'for Hal of HR'), other = notice(108, 'for Rob of HR'), gone = notice(114, 'for Ian');
  for (const id of [foreign, other, gone]) await ended(id, 2);
  assert.equal(server.offered.length, offered);
  assert.match(mailOf(foreign)[4], /may not see the ticket/);
});

test('a confidential ticket is told to its team and its requester only', { skip }, async () => {
  owner('insert into ebb.request_type (request_type_id, department_id, request_type_name, ticket_kind, default_impact, default_urgency, is_confidential) overriding system value values (79, 1, $$Secret$$, $$request$$, 2, 2, true)');
  const opened = await desk.call('POST', '/api/v1/tickets', { as: 'rae', body: { subject: 'secret', service_id: 51, request_type_id: 79 } });
  assert.equal(opened.status, 201, opened.text);
  const id = opened.body.ticket_id;
  const outsider = notice(103, 'for Ned', id), member = notice(102, 'for Lee', id), requester = notice(107, 'for Rae', id);
  await ended(outsider, 2);
  await ended(member, 1);
  await ended(requester, 1);
  assert.equal(server.for('ned@test.example').length, 0);
});

test('an escalation says target and due time by the recipient\'s clock', { skip }, async () => {
  const due = '2027-01-04T10:00:00Z';
  owner(`insert into ebb.outbox (department_id, topic, payload, created_at, next_at) values (1, 'escalation',
    jsonb_build_object('ticket_id', ${ticket}, 'person_id', 102, 'target_code', 'resolve', 'due_at', '${due}'::timestamptz, 'offset_s', -600), now(), now())`);
  const subject = `EBB-${ticket}: resolve is due 2027-01-04 11:00 (Europe/Berlin)`;
  const mail = await until(() => server.for('lee@test.example').find((one) => header(one, 'Subject')[0] === subject), { seconds: 20, what: subject });
  assert.doesNotMatch(mail.data, /[Ss]alary/);
});

test('"not now" is tried again, "never" is not, and neither holds up others', { skip }, async () => {
  owner("update ebb.person set email = 'later@test.example' where person_id = 103; update ebb.person set email = 'refused@test.example' where person_id = 104; update ebb.person set email = 'full@test.example' where person_id = 105");
  const later = notice(103, 'x'), never = notice(104, 'x'), full = notice(105, 'x'), fine = notice(106, 'x');
  await server.mail('ada@test.example');
  await ended(never, 2);
  await ended(full, 2);
  await until(() => mailOf(later)[4], { what: 'the first try' });
  assert.match(mailOf(later)[4], /451/);
  assert.match(mailOf(never)[4], /550/);
  assert.match(mailOf(full)[4], /552/);
  assert.deepEqual(mailOf(later).slice(1, 4), ['f', 'f', '1']);
  assert.ok(Number(owner(`select extract(epoch from next_at - now()) from ebb.mail where outbox_id = ${later}`)) > 5, 'after a pause');
  owner("update ebb.person set email = 'ned@test.example' where person_id = 103");
  hurry();
  await server.mail('ned@test.example');
  await ended(fine, 1);
});

test('a mail nobody could deliver in time is given up, not sent late', { skip }, async () => {
  await configure({ smtp_url: '""' });
  const id = notice(101, 'stale');
  await until(() => mailOf(id), { what: 'the mail in the queue' });
  owner(`update ebb.mail set due_at = now() - interval '4 days' where outbox_id = ${id}`);
  const had = server.for('dana@test.example').length;
  await configure(plain());
  await ended(id, 2);
  assert.equal(server.for('dana@test.example').length, had);
});

test('TLS is demanded and its certificate checked', { skip }, async () => {
  const good = await startMailServer('--tls', ...certs.good), other = await startMailServer('--tls', ...certs.other), old = await startMailServer('--tls', ...certs.old);
  const bare = await startMailServer();
  const at = (where, more = {}) => configure({ smtp_url: `"smtp://127.0.0.1:${where.port}"`, mail_from: '"desk@desk.example"', ...more });
  const ca = { smtp_ca_file: `"${certs.ca}"` };
  const id = notice(101, 'over TLS');
  for (const [where, more, why] of [[bare, ca, /SSL|TLS/], [good, {}, /certificate|issuer/], [other, ca, /name|match/], [old, ca, /expired|certificate/]]) {
    await at(where, more);
    owner(`update ebb.mail set last_error = null where outbox_id = ${id}`);
    hurry();
    await until(() => mailOf(id)?.[4], { seconds: 20, what: 'the refusal' });
    assert.match(mailOf(id)[4], why);
    assert.equal(mailOf(id)[2], 'f', 'it comes again');
    assert.deepEqual(where.offered, []);
  }
  await at(good, ca);
  hurry();
  const mail = await good.mail('dana@test.example');
  assert.equal(mail.tls, true);
  for (const one of [good, other, old, bare]) one.stop();
});

test('a mail server may want a name and a pass-word, which go over TLS only', { skip }, async () => {
  const guarded = await startMailServer('--tls', ...certs.good, '--user', 'desk', 'pass word');
  const file = join(desk.paths.home, 'run/smtp.password');
  writeFileSync(file, 'pass word\n');
  const { uid, gid } = statSync(join(desk.paths.home, 'run'));
  chownSync(file, uid, gid);
  chmodSync(file, 0o644);
  const settings = { smtp_url: `"smtp://127.0.0.1:${guarded.port}"`, mail_from: '"desk@desk.example"', smtp_user: '"desk"', smtp_password_file: `"${file}"`, smtp_ca_file: `"${certs.ca}"` };
  await configure(settings);
  await until(() => desk.log().some((line) => /chmod 600/.test(line.msg)), { what: 'the complaint about the file' });
  chmodSync(file, 0o640);
  const id = notice(101, 'guarded');
  await configure(settings);
  const mail = await guarded.mail('dana@test.example');
  assert.equal(mail.user, 'desk');
  await ended(id, 1);
  assert.ok(!readFileSync(desk.paths.ebbdLog, 'utf8').includes('pass word'), 'no pass-word in the log');
  await configure({ ...settings, smtp_plain: 'true' }).catch(() => {});
  assert.ok(desk.log().some((line) => /reload refused/.test(line.msg)), 'a pass-word in clear is refused as a configuration');
  guarded.stop();
});

test('a mail server that says nothing holds up nobody but its mails', { skip }, async () => {
  const mute = await startMailServer('--mute');
  await configure({ ...plain(), smtp_url: `"smtp://127.0.0.1:${mute.port}"` });
  for (let n = 0; n < 6; n++) notice(101, 'into the void');
  await until(() => Number(owner('select count(*) from ebb.mail where attempts > 0 and done_at is null and given_up_at is null')) >= 4, { what: 'mails under way' });
  const { body } = await desk.call('POST', '/api/v1/tickets', { as: 'rae', body: { subject: 'meanwhile', service_id: 51 } });
  await until(() => owner(`select bool_and(done_at is not null) from ebb.outbox where ticket_id = ${body.ticket_id}`) === 't', { seconds: 15, what: 'the outbox going on' });
  assert.equal(Number(owner('select count(*) from ebb.mail where attempts > 0 and done_at is null and given_up_at is null')), 4, 'four at a time');
  mute.stop();
});
