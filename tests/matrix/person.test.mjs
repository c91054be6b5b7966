// SPDX-License-Identifier: Apache-2.0
// A person who is disabled is out at once, one test for each way in; and a token never holds more than its person, nor than its scopes
// and departments say. Providers have tests of the same kind in tests/signin, which has real ones.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Matrix, shape } from './kit.mjs';
import { base, find } from './kit.actors.mjs';
import { examples } from './kit.examples.mjs';

let m;
let way; // what ian of department 1 holds, before he is disabled
before(async () => {
  m = await Matrix.start();
  way = await everyWayIn();
});
after(async () => {
  if (m) console.log(`# ${JSON.stringify(m.counts)}`);
  await m?.stop();
});

const IAN = base(1) + 11;
const EMAIL = 'cnry1e11z.m1ian@test.example';
const token = (word) => `ebb_${word.padEnd(43, '0')}`;
const send = (method, where, { as, body, headers = {} } = {}) => m.desk.call(method, `/api/v1${where}`, { as, body, headers });
const signIn = (email = EMAIL, password = 'fixture pass-phrase') => send('POST', '/session', { body: { email, password }, headers: { 'sec-fetch-site': 'same-origin' } });
const cookieOf = (reply) => ({ cookie: reply.headers.get('set-cookie').split(';')[0], 'sec-fetch-site': 'same-origin' });

async function everyWayIn() {
  const link = 'l'.repeat(43);
  const opened = await signIn();
  assert.equal(opened.status, 201, opened.text);
  const cookie = cookieOf(opened);
  const made = await send('POST', '/tokens', { as: token('m1ian'), body: { token_name: 'made before', days: 2 } });
  assert.equal(made.status, 201, made.text);
  m.desk.psql('postgres', `
    insert into ebb.invitation (token_hash, person_id, invitation_kind, email, is_mailed, created_at, expires_at)
      values ('${createHash('sha256').update(link).digest('hex')}', ${IAN}, 'reset', '${EMAIL}', true, now(), now() + interval '1 hour');
    do $$ begin if not exists (select from pg_roles where rolname = 'bi_ian') then create role bi_ian login in role ebb_bi_text; end if; end $$;
    insert into ebb.bi_role (role_name, department_id, person_id) values ('bi_ian', ${base(1)}, ${IAN})`);
  const before = { cookie, link, made: made.body.token, bi: Number(m.desk.value('bi_ian', 'select count(*) from reporting_v1.tickets')) };
  assert.equal((await send('GET', '/session', { headers: cookie })).status, 200);
  assert.equal((await send('GET', '/session', { as: before.made })).status, 200);
  assert.ok(before.bi > 0, 'the reader role reads');
  before.csrf = opened.body.csrf_token;
  const now = await send('GET', `/persons/${IAN}`, { as: token('m1adam') });
  const done = await send('PATCH', `/persons/${IAN}`, { as: token('m1adam'), headers: { 'if-match': now.headers.get('etag') }, body: { is_active: false, hand_over_to: base(1) + 3 } });
  assert.equal(done.status, 200, done.text);
  return before;
}

test('disabled: the session is dead', async () => {
  assert.equal((await send('GET', '/session', { headers: way.cookie })).status, 401);
  assert.equal((await send('POST', '/tickets', { headers: { ...way.cookie, 'x-ebb-csrf': way.csrf ?? '' }, body: { subject: 'Still here', service_id: base(1) + 601 } })).status, 401);
});
test('disabled: API tokens are dead, also those made by tokens', async () => {
  for (const as of [token('m1ian'), way.made]) for (const where of ['/session', '/tickets', '/tokens', '/persons']) assert.equal((await send('GET', where, { as })).status, 401, where);
});
test('disabled: signing in is refused like a wrong pass-phrase', async () => {
  const [right, wrong] = [await signIn(), await signIn(EMAIL, 'not the pass-phrase')];
  assert.equal(right.status, 401);
  assert.equal(right.body.detail, wrong.body.detail);
});
test('disabled: the open link to set a pass-phrase opens nothing', async () => {
  const reply = await send('POST', '/session/redeem', { body: { token: way.link, new_password: 'quite another phrase' }, headers: { 'sec-fetch-site': 'same-origin' } });
  const unknown = await send('POST', '/session/redeem', { body: { token: 'u'.repeat(43), new_password: 'quite another phrase' }, headers: { 'sec-fetch-site': 'same-origin' } });
  assert.ok(reply.status >= 400 && reply.status < 500, reply.text);
  assert.deepEqual([reply.status, reply.body.detail], [unknown.status, unknown.body.detail]);
});
test('disabled: a forgotten pass-phrase answers as ever and makes no link', async () => {
  const links = () => m.desk.value('postgres', `select count(*) from ebb.invitation where person_id = ${IAN} and ended_at is null and used_at is null`);
  const ask = (email) => send('POST', '/session/reset', { body: { email }, headers: { 'sec-fetch-site': 'same-origin' } });
  const [his, nobodys] = [await ask(EMAIL), await ask('nobody@test.example')];
  assert.deepEqual([his.status, his.body], [nobodys.status, nobodys.body]);
  assert.equal(links(), '0');
});
test('disabled: nobody invites them', async () => {
  const reply = await send('POST', `/persons/${IAN}/invite`, { as: token('m1adam') });
  assert.ok(reply.status >= 400, reply.text);
});
test('disabled: the reader role of a BI tool reads nothing', () => {
  for (const view of ['tickets', 'ticket_events', 'dim_person'].filter((v) => m.desk.value('postgres', `select to_regclass('reporting_v1.${v}')`))) assert.equal(m.desk.value('bi_ian', `select count(*) from reporting_v1.${view}`), '0', view);
});
test('disabled: no ticket is given to them, and they answer for none', async () => {
  const reply = await send('POST', `/tickets/${m.objects[0].active}/assign`, { as: token('m1leo'), body: { assignee_id: IAN } });
  assert.equal(reply.status, 422, reply.text);
  assert.equal(m.desk.value('postgres', `select count(*) from ebb.ticket where state < 4 and ${IAN} in (assignee_id, accountable_person_id)`), '0');
});
test('disabled: what was dead stays dead when they are enabled again, which those who may less may not', async () => {
  const now = await send('GET', `/persons/${IAN}`, { as: token('m1adam') });
  const done = await send('PATCH', `/persons/${IAN}`, { as: token('m1adam'), headers: { 'if-match': now.headers.get('etag') }, body: { is_active: true } });
  assert.equal(done.status, 403, 'he works in a team that keeps confidences');
  m.desk.psql('postgres', `update ebb.person set is_active = true where person_id = ${IAN}`);
  assert.equal((await send('GET', '/session', { headers: way.cookie })).status, 401);
  for (const as of [token('m1ian'), way.made]) assert.equal((await send('GET', '/session', { as })).status, 401);
  assert.ok((await send('POST', '/session/redeem', { body: { token: way.link, new_password: 'quite another phrase' }, headers: { 'sec-fetch-site': 'same-origin' } })).status >= 400);
});

test('a token sees nothing that its person does not', async () => {
  const faults = [];
  const pairs = [['m1annaread', 'm1anna'], ['m1adamread', 'm1adam'], ['m1adamwrite', 'm1adam'], ['m1adamconf', 'm1adam'], ['m1adamaudit', 'm1adam'], ['m1mianarrow', 'm1mia']];
  const rows = (reply) => (reply.status === 200 ? JSON.parse(reply.text).items : []).map((item) => JSON.stringify({ ...item, age_hours: 0, is_presented: null, last_used_at: null }));
  for (const operation of m.operations.filter((o) => o.method === 'GET' && examples[o.id] && examples[o.id].who !== 'anyone' && !['ticket_sla', 'session_get', 'audit_list', 'report_ask', 'person_export'].includes(o.id)))
    for (const d of [1, 2]) {
      const example = examples[operation.id];
      const o = m.objects[d - 1];
      const one = { ids: { ...Object.fromEntries(operation.ids.map((n) => [n, o[n]])), ...example.ids?.(o) }, query: { ...(operation.isList ? { limit: 200 } : {}), ...example.query?.(o) } };
      for (const [narrow, whole] of pairs) {
        const [a, b] = [await m.request(operation, find(narrow), one, faults), await m.request(operation, find(whole), one, faults)];
        if (a.status < 400 && b.status >= 400) faults.push(`${a.what}: ${a.status}, its person ${b.status}`);
        if (operation.isList) {
          const his = new Set(rows(b));
          for (const row of rows(a)) if (!his.has(row)) faults.push(`${a.what}: ${row.slice(0, 160)} is not among its person's`);
        } else if (a.status === 200 && operation.id !== 'person_get' && shape(a) !== shape(b)) faults.push(`${a.what}: another answer than its person's`);
      }
    }
  assert.deepEqual(faults.slice(0, 10), [], `${faults.length} faults`);
});

test('a token makes no token that holds more', async () => {
  const refused = async (name, body) => {
    const reply = await send('POST', '/tokens', { as: token(name), body: { token_name: 'more', days: 1, ...body } });
    assert.ok([403, 422].includes(reply.status), `${name} ${JSON.stringify(body)}: ${reply.status} ${reply.text}`);
  };
  for (const scopes of [['configure'], ['audit'], ['write', 'audit']]) await refused('m1adamwrite', { scopes });
  for (const scopes of [['write'], ['audit']]) await refused('m1adamconf', { scopes });
  await refused('m1adamread', { scopes: [] });
  await refused('m1adamaudit', { scopes: ['write'] });
  await refused('m1mianarrow', { department_ids: [base(2)] });
  await refused('m1mianarrow', { department_ids: [base(1), base(2)] });
  for (const department of [base(2), base(3), 8999999]) await refused('m1anna', { department_ids: [department] });
  for (const [name, scopes] of [['m1adamwrite', ['write']], ['m1adamconf', ['configure']]]) {
    const made = await send('POST', '/tokens', { as: token(name), body: { token_name: 'as much', days: 1 } });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(made.body.scopes, scopes, 'not said is not more');
  }
  const narrow = await send('POST', '/tokens', { as: token('m1mianarrow'), body: { token_name: 'as narrow', days: 1 } });
  assert.deepEqual(narrow.body.department_ids, [base(1)]);
});

test('a right that is taken away is gone from every token at once', async () => {
  const adam = base(1) + 8;
  assert.equal((await send('GET', '/plugins', { as: token('m1adam') })).status, 200);
  const session = cookieOf(await signIn('cnry1e8z.m1adam@test.example'));
  m.desk.psql('postgres', `delete from ebb.person_role where person_id = ${adam}`);
  for (const name of ['m1adam', 'm1adamread', 'm1adamwrite', 'm1adamconf', 'm1adamaudit']) {
    assert.equal((await send('GET', '/plugins', { as: token(name) })).status, 403, name);
    assert.deepEqual((await send('GET', '/tickets', { as: token(name) })).body.items, [], name);
  }
  assert.equal((await send('GET', '/plugins', { headers: session })).status, 403);
});
