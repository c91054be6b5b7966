// SPDX-License-Identifier: Apache-2.0
// People over HTTP: who makes and changes what, foreign ids that answer like none in every field, versions, being out at once, roles and
// their limits, a department from nothing to its first ticket; ebbctl beside it, and people out of CSV with rows that mean no good.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startDesk } from '../lib/desk.mjs';

let desk;
let folder;
// gil administers IT and hana HR, each nothing else; fay is an operator.
before(async () => {
  desk = await startDesk();
  folder = mkdtempSync(join(tmpdir(), 'ebb-people-'));
  desk.psql('ebb_owner', `insert into ebb.person_role (person_id, department_id, role_code) values (115, 1, 'admin'), (110, 2, 'admin');
    insert into ebb.operator (person_id, granted_at) values (111, now())`);
});
after(async () => {
  await desk?.stop();
  if (folder) rmSync(folder, { recursive: true });
});

const get = (who, path) => desk.call('GET', `/api/v1${path}`, { as: who });
const post = (who, path, body) => desk.call('POST', `/api/v1${path}`, { as: who, body });
const send = (who, method, path, body, version) => desk.call(method, `/api/v1${path}`, { as: who, body, headers: version === undefined ? {} : { 'if-match': `"${version}"` } });
const pointer = (reply) => reply.body.errors?.[0]?.pointer;
// What a refusal says, without the number of the request.
const said = (reply) => [reply.status, reply.body.detail, pointer(reply)];
const version = (kind, id) => Number(desk.value('ebb_owner', `select version from ebb.${kind} where ${kind}_id = ${id}`));
const change = (who, kind, path, id, body) => send(who, 'PATCH', `${path}/${id}`, body, version(kind, id));
const counts = () => desk.psql('ebb_owner', `select (select count(*) from ebb.person), (select count(*) from ebb.team), (select count(*) from ebb.membership), (select count(*) from ebb.service),
  (select sum(version) from ebb.person), (select sum(version) from ebb.team), (select sum(version) from ebb.service), (select count(*) from ebb.person_role), (select count(*) from ebb.shift), (select count(*) from ebb.absence),
  (select count(*) from ebb.audit where action !~ 'refus|denied|denial')`).flat();

test('who is not signed in, and who has not the right, makes nothing', async () => {
  const bodies = { '/persons': { person_name: 'Zoe' }, '/teams': { team_name: 'New', lead_person_id: 101 }, '/skills': { skill_name: 'New' },
    '/request-types': { request_type_name: 'New', ticket_kind: 'request' },
    '/services': { service_name: 'New', owner_team_id: 11, accountable_person_id: 105, default_request_type_id: 71, calendar_id: 81, sla_policy_id: 91 } };
  for (const [path, body] of Object.entries(bodies)) {
    assert.equal((await desk.call('POST', `/api/v1${path}`, { body: { department_id: 1, ...body } })).status, 401);
    for (const who of ['rae', 'dana', 'lee', 'amy', 'hana', 'fay', 'rob']) assert.equal((await post(who, path, { department_id: 1, ...body })).status, 403, `${who} ${path}`);
    assert.deepEqual(said(await post('gil', path, { department_id: 2, ...body })), said(await post('gil', path, { department_id: 4711, ...body })), path);
  }
  for (const who of ['gil', 'ada', 'rae']) assert.equal((await post(who, '/departments', { department_code: 'x', department_name: 'X', admin_person_id: 106 })).status, 403);
});

test('a person: made, read, changed, with a version and an audit', async () => {
  const made = await post('gil', '/persons', { department_id: 1, person_name: ' Zoe Zimt ', email: 'Zoe@Test.example', site_name: 'Leeds' });
  assert.deepEqual([made.status, made.headers.get('etag'), made.body.person_name, made.body.email], [201, '"1"', 'Zoe Zimt', 'zoe@test.example'], made.text);
  const path = new URL(made.headers.get('location'), desk.url).pathname.replace('/api/v1', '');
  for (const [who, status] of [['gil', 200], ['dana', 200], ['rae', 404], ['hana', 404]]) assert.equal((await get(who, path)).status, status, who);
  assert.equal((await send('gil', 'PATCH', path, { site_name: 'Hull' })).status, 428);
  assert.equal((await send('gil', 'PATCH', path, { site_name: 'Hull' }, 7)).status, 412);
  const changed = await send('gil', 'PATCH', path, { site_name: null, is_vip: true }, 1);
  assert.deepEqual([changed.status, changed.headers.get('etag'), changed.body.site_name, changed.body.is_vip], [200, '"2"', null, true], changed.text);
  assert.equal(pointer(await post('gil', '/persons', { department_id: 1, person_name: 'Z', email: 'zoe@test.example' })), '/email');
  for (const email of ['none', 'a@b@c', '<a@b>', 'a b@c', 'a@b,c@d']) assert.deepEqual([(await post('gil', '/persons', { department_id: 1, person_name: 'Z', email })).status, email], [422, email]);
  for (const body of [{ person_name: '' }, { person_name: '   ' }, { person_name: 'a\u0007' }, { time_zone_name: 'Moon' }, { password: 'x' }, { version: 9 }])
    assert.ok([400, 422].includes((await send('gil', 'PATCH', path, body, 2)).status), JSON.stringify(body));
  const rows = (await get('gil', '/audit?object_kind=person&limit=100')).body.items.filter((e) => e.object_ref === String(made.body.person_id));
  assert.deepEqual(rows.map((e) => [e.action, e.actor_name, e.before_values?.site_name ?? null]), [['person.change', 'Gil Gone', 'Leeds'], ['person.create', 'Gil Gone', null]]);
});

test('foreign ids answer like ids that do not exist, in every field, and nothing is stored', async () => {
  const before = counts();
  const v = { person: version('person', 101), team: version('team', 11), service: version('service', 51) };
  const cases = [ // method, path with {x}, body with {x}, a foreign id, version
    ['PATCH', '/persons/{x}', { site_name: 'x' }, 108], ['PATCH', '/teams/{x}', { team_name: 'x' }, 21], ['PATCH', '/services/{x}', { criticality: 1 }, 54],
    ['PATCH', '/request-types/{x}', { default_impact: 1 }, 73], ['GET', '/persons/{x}', undefined, 109], ['GET', '/teams/{x}', undefined, 21], ['GET', '/teams/{x}/members', undefined, 21],
    ['PUT', '/persons/{x}/roles', { department_id: 1, role_codes: ['agent'] }, 108], ['PUT', '/persons/101/roles', { department_id: '{x}', role_codes: ['agent'] }, 2, v.person],
    ['PUT', '/teams/{x}/members/101', {}, 21], ['PUT', '/teams/11/members/{x}', {}, 109, v.team], ['DELETE', '/teams/{x}/members/109', undefined, 21],
    ['PATCH', '/persons/101', { department_id: '{x}' }, 2, v.person], ['PATCH', '/persons/101', { calendar_id: '{x}' }, 83, v.person],
    ['PATCH', '/persons/105', { is_active: false, hand_over_to: '{x}' }, 110, version('person', 105)],
    ['PATCH', '/teams/11', { lead_person_id: '{x}' }, 110, v.team], ['PATCH', '/teams/11', { parent_team_id: '{x}' }, 21, v.team], ['POST', '/teams', { department_id: 1, team_name: 'N', lead_person_id: '{x}' }, 110],
    ['PATCH', '/services/51', { owner_team_id: '{x}' }, 21, v.service], ['PATCH', '/services/51', { accountable_person_id: '{x}' }, 110, v.service],
    ['PATCH', '/services/51', { default_request_type_id: '{x}' }, 73, v.service], ['PATCH', '/services/51', { calendar_id: '{x}' }, 83, v.service],
    ['PATCH', '/services/51', { sla_policy_id: '{x}' }, 93, v.service],
    ['POST', '/shifts', { team_id: '{x}', person_id: 101, starts_at: '2026-01-01T00:00:00Z', ends_at: '2026-01-01T08:00:00Z' }, 21],
    ['POST', '/shifts', { team_id: 11, person_id: '{x}', starts_at: '2026-01-01T00:00:00Z', ends_at: '2026-01-01T08:00:00Z' }, 109],
    ['POST', '/absences', { person_id: '{x}', starts_at: '2026-01-01T00:00:00Z', ends_at: '2026-01-02T00:00:00Z' }, 109],
    ['POST', '/absences', { starts_at: '2026-01-01T00:00:00Z', ends_at: '2026-01-02T00:00:00Z', deputy_person_id: '{x}' }, 109],
  ];
  for (const [method, path, body, foreign, ifMatch = 1] of cases) {
    const ask = (id) => send('gil', method, path.replace('{x}', id), body && JSON.parse(JSON.stringify(body).replace('"{x}"', id)), method === 'GET' || method === 'POST' ? undefined : ifMatch);
    const [there, nowhere] = [await ask(foreign), await ask(471147)];
    assert.ok([403, 404, 422].includes(there.status), `${method} ${path} ${JSON.stringify(body)}: ${there.status} ${there.text}`);
    assert.deepEqual(said(there), said(nowhere), `${method} ${path} ${JSON.stringify(body)}`);
  }
  const served = (id) => send('gil', 'PATCH', '/services/51', { served_department_ids: [1, id] }, v.service);
  assert.deepEqual(said(await served(2)).map((x) => String(x).replace(/\b2\b/, 'N')), said(await served(471147)).map((x) => String(x).replace('471147', 'N')));
  assert.deepEqual(counts(), before, 'no row more, no version higher');
});

test('disabled is out at once: session and token; both stay ended when the person comes back', async () => {
  const signed = await desk.call('POST', '/api/v1/session', { body: { email: 'ned@test.example', password: 'fixture pass-phrase' }, headers: { origin: desk.url } });
  assert.equal(signed.status, 201, signed.text);
  const cookie = signed.headers.get('set-cookie').split(';')[0];
  const me = async () => [(await desk.call('GET', '/api/v1/session', { headers: { cookie } })).status, (await get('ned', '/session')).status];
  assert.deepEqual(await me(), [200, 200]);
  assert.equal((await change('gil', 'person', '/persons', 103, { is_active: false })).status, 200);
  assert.deepEqual(await me(), [401, 401]);
  assert.equal((await desk.call('POST', '/api/v1/session', { body: { email: 'ned@test.example', password: 'fixture pass-phrase' }, headers: { origin: desk.url } })).status, 401);
  assert.equal((await change('gil', 'person', '/persons', 103, { is_active: true })).status, 200);
  assert.deepEqual(await me(), [401, 401]);
});

test('open work is named, handed over with the person, and the figures of it come with the journal', async () => {
  const ticket = (await post('rae', '/tickets', { subject: 'Nothing works', service_id: 52 })).body;
  assert.equal((await post('nia', `/tickets/${ticket.ticket_id}/take`)).status, 200);
  const refused = await change('gil', 'person', '/persons', 104, { is_active: false });
  assert.deepEqual([refused.status, pointer(refused)], [409, '/is_active'], refused.text);
  assert.match(refused.body.detail, /Nia Lead works on 1 open ticket, answers for 1 open ticket, answers for the service Remote access and leads the team Network\./);
  const done = await change('gil', 'person', '/persons', 104, { is_active: false, hand_over_to: 101 });
  assert.equal(done.status, 200, done.text);
  const now = (await get('dana', `/tickets/${ticket.ticket_id}`)).body;
  assert.deepEqual([now.assignee_id, now.accountable_person_id], [101, 101]);
  assert.deepEqual([(await get('gil', '/teams/12')).body.lead_person_id, (await get('gil', '/services/52')).body.accountable_person_id], [101, 101]);
  assert.equal((await get('dana', `/tickets/${ticket.ticket_id}/history`)).body.items.at(-1).actor_id, 115);
});

test('roles: exactly these, none beyond the granting person, and the last administrator stays', async () => {
  const grant = (who, person, department, roles) => send(who, 'PUT', `/persons/${person}/roles`, { department_id: department, role_codes: roles }, version('person', person));
  const given = await grant('gil', 107, 1, ['agent', 'owner']);
  assert.deepEqual([given.status, given.body.roles.map((r) => r.role_code)], [200, ['agent', 'owner']], given.text);
  assert.equal((await get('rae', '/calendars')).status, 200, 'and holds at once');
  assert.equal((await grant('gil', 107, 1, [])).status, 200);
  assert.equal((await get('rae', '/calendars')).status, 403);
  assert.deepEqual([(await grant('gil', 107, 1, ['operator'])).status, (await grant('lee', 107, 1, ['agent'])).status, (await grant('gil', 107, 2, ['admin'])).status], [422, 403, 403]);
  assert.equal((await grant('gil', 106, 1, [])).status, 200, 'two administrators: one may go');
  assert.equal((await grant('gil', 115, 1, ['agent'])).status, 409, 'the last one stays');
  assert.equal((await grant('gil', 106, 1, ['admin'])).status, 200);
  // Each takes the other's office at the same instant: one of them stays.
  const race = await Promise.all([grant('gil', 106, 1, []), grant('ada', 115, 1, [])]);
  assert.ok(race.filter((r) => r.status === 200).length <= 1, race.map((r) => r.text).join());
  assert.ok(Number(desk.value('ebb_owner', "select count(*) from ebb.person_role where role_code = 'admin' and department_id = 1")) >= 1);
  desk.psql('ebb_owner', "insert into ebb.person_role (person_id, department_id, role_code) values (115, 1, 'admin'), (106, 1, 'admin') on conflict do nothing");
});

test('somebody above: address and access are not for the taking', async () => {
  const reply = await change('gil', 'person', '/persons', 106, { email: 'gil2@test.example' });
  assert.equal(reply.status, 403, reply.text);
  assert.equal((await change('gil', 'person', '/persons', 101, { email: 'dana2@test.example' })).status, 200);
  assert.equal((await change('gil', 'person', '/persons', 101, { email: 'dana@test.example' })).status, 200);
});

test('a team that keeps confidences is entered from within only', async () => {
  const type = await post('hana', '/request-types', { department_id: 2, request_type_name: 'Complaint', ticket_kind: 'request', is_confidential: true });
  assert.equal(type.status, 201, type.text);
  const lone = await post('ada', '/persons', { department_id: 2, person_name: 'Outside' });
  assert.equal((await post('rob', '/tickets', { subject: 'CANARY harassment', service_id: 54, request_type_id: type.body.request_type_id })).status, 201);
  assert.equal((await get('ada', '/tickets?q=CANARY')).body.items.length, 0, 'an administrator sees nothing of it');
  const join = (who, person) => send(who, 'PUT', `/teams/21/members/${person}`, {}, version('team', 21));
  assert.equal((await join('ada', 106)).status, 403);
  assert.equal((await change('ada', 'team', '/teams', 21, { lead_person_id: lone.body.person_id })).status, 403);
  assert.equal((await join('hana', 106)).status, 200, 'its lead may');
  assert.equal((await get('ada', '/tickets?q=CANARY')).body.items.length, 1);
  assert.equal((await send('hana', 'DELETE', '/teams/21/members/106', undefined, version('team', 21))).status, 204);
});

test('absences are one\'s own, shifts the lead\'s', async () => {
  const span = { starts_at: '2026-12-01T00:00:00Z', ends_at: '2026-12-05T00:00:00Z' };
  const mine = await post('dana', '/absences', { ...span, deputy_person_id: 103 });
  assert.deepEqual([mine.status, mine.body.person_id, mine.body.deputy_person_name], [201, 101, 'Ned Network'], mine.text);
  assert.equal((await post('dana', '/absences', span)).status, 409, 'not twice');
  assert.deepEqual(pointer(await post('dana', '/absences', { starts_at: span.ends_at, ends_at: span.starts_at })), '/ends_at');
  for (const [who, status] of [['sol', 403], ['lee', 201], ['hana', 422]]) assert.equal((await post(who, '/absences', { ...span, person_id: 102 })).status, status, who);
  assert.equal(desk.value('ebb_owner', "select fn.person_is_absent(101, '2026-12-02Z') || ' ' || fn.person_is_absent(101, '2026-12-05Z')"), 'true false');
  assert.equal((await send('sol', 'DELETE', `/absences/${mine.body.absence_id}`, undefined, 1)).status, 403);
  assert.equal((await send('dana', 'DELETE', `/absences/${mine.body.absence_id}`, undefined, 1)).status, 204);
  const shift = { team_id: 11, person_id: 101, starts_at: '2026-12-01T08:00:00Z', ends_at: '2026-12-01T16:00:00Z' };
  for (const [who, status] of [['dana', 403], ['sol', 403], ['amy', 403], ['lee', 201], ['gil', 409]]) assert.equal((await post(who, '/shifts', shift)).status, status, who);
  assert.equal((await get('hana', '/shifts')).body.items.length, 0);
  assert.equal((await get('dana', '/shifts?ends_after=2026-12-01T09:00:00Z')).body.items.length, 1);
});

test('a department from nothing to its first ticket; whom a service serves is agreed by both sides', async () => {
  assert.equal((await post('fay', '/departments', { department_code: 'legal', department_name: 'Legal' })).status, 422, 'somebody administers it');
  const made = await post('fay', '/departments', { department_code: 'legal', department_name: 'Legal', admin_person_id: 108 });
  assert.equal(made.status, 201, made.text);
  const department_id = made.body.department_id;
  assert.equal((await get('fay', '/departments')).body.items.length, 4, 'an operator sees all departments');
  assert.equal((await get('fay', `/persons?department_id=${department_id}`)).body.items.length, 0, 'and nobody in them');
  const week = [1, 2, 3, 4, 5].map((day) => ({ day, from: '08:00', to: '16:00' }));
  const calendar = await post('rob', '/calendars', { department_id, calendar_name: 'Office', time_zone_name: 'UTC', weekly: week });
  const policy = await post('rob', '/sla/policies', { department_id, sla_policy_name: 'Standard', targets: [{ target_kind: 'resolve', target_s: 7200 }] });
  const lead = await post('rob', '/persons', { department_id, person_name: 'Lena Legal' });
  const team = await post('rob', '/teams', { department_id, team_name: 'Contracts', lead_person_id: lead.body.person_id });
  const type = await post('rob', '/request-types', { department_id, request_type_name: 'Question', ticket_kind: 'request' });
  const service = await post('rob', '/services', { department_id, service_name: 'Contract review', owner_team_id: team.body.team_id, accountable_person_id: lead.body.person_id,
    default_request_type_id: type.body.request_type_id, calendar_id: calendar.body.calendar_id, sla_policy_id: policy.body.sla_policy_id });
  assert.equal(service.status, 201, service.text);
  assert.deepEqual(service.body.served_department_ids, [department_id]);
  const { service_id } = service.body;
  assert.equal((await post('rob', '/tickets', { subject: 'Please read', service_id })).status, 201);
  assert.equal((await post('hal', '/tickets', { subject: 'Please read', service_id })).status, 422, 'HR is not served');
  const serve = (who) => send(who, 'PATCH', `/services/${service_id}`, { served_department_ids: [department_id, 2] }, version('service', service_id));
  assert.equal((await serve('rob')).status, 422, 'one side alone does not say so');
  desk.psql('ebb_owner', `insert into ebb.person_role (person_id, department_id, role_code) values (110, ${department_id}, 'admin')`);
  assert.equal((await serve('hana')).status, 200, 'who configures both does');
  assert.equal((await post('hal', '/tickets', { subject: 'Please read', service_id })).status, 201);
  const seen = (await get('rob', '/persons/109')).body;
  assert.deepEqual([seen.person_name, seen.email, seen.time_zone_name, seen.roles], ['Hal Agent', 'hal@test.example', null, []], 'of those served, name and address');
  assert.equal((await change('rob', 'person', '/persons', 109, { site_name: 'x' })).status, 404);
});

test('operators: no department of theirs to read, the last one stays', async () => {
  assert.equal((await get('gil', '/operators')).status, 403);
  assert.deepEqual((await get('fay', '/operators')).body.items.map((o) => o.person_id), [111]);
  assert.equal((await send('fay', 'DELETE', '/operators/111')).status, 409);
  assert.equal((await post('fay', '/operators', { person_id: 113 })).status, 201);
  assert.equal((await get('amy', '/departments')).body.items.length, 4);
  assert.equal((await send('fay', 'PUT', '/persons/111/roles', { department_id: 2, role_codes: ['admin'] }, version('person', 111))).status, 403, 'nobody appoints themselves');
  assert.equal((await send('amy', 'DELETE', '/operators/111')).status, 204);
});

test('ebbctl does the same by the same rules', () => {
  const ctl = (...args) => { const r = desk.ctl(args, { env: { PGUSER: 'ebb_ctl' } }); return [r.status, r.stdout + r.stderr]; };
  assert.match(ctl('person', 'list', '--department', 'it')[1], /Dana Agent +it +dana@test\.example/);
  assert.deepEqual(ctl('person', 'change', 'sol@test.example', '--active', 'no')[0], 65);
  assert.match(ctl('person', 'change', 'sol@test.example', '--active', 'no')[1], /Sol Owner answers for the service E-mail/);
  assert.match(ctl('person', 'change', 'sol@test.example', '--active', 'no', '--hand-over-to', 'dana@test.example', '--dry-run')[1], /would change person 105/);
  assert.equal(desk.value('ebb_owner', 'select is_active from ebb.person where person_id = 105'), 't');
  assert.match(ctl('service', 'change', 'E-mail', '--serves', 'it,hr', '--criticality', '1')[1], /Changed service 51/);
  assert.match(ctl('service', 'show', 'E-mail')[1], /serves +it, hr\n/);
  assert.match(ctl('service', 'change', 'E-mail', '--team', 'People Team')[1], /There is no team "People Team" in it\. There are: 11 "Service Desk"/);
  assert.match(ctl('person', 'role', 'rae@test.example', '--department', 'it', '--grant', 'agent')[1], /Changed the roles of person 107/);
  assert.match(ctl('team', 'member', 'Network', 'rae@test.example', '--as', 'deputy')[1], /Changed the teams/);
  const shown = JSON.parse(ctl('person', 'show', 'rae@test.example', '--json')[1]);
  assert.deepEqual([shown.roles, shown.teams], [['agent in it'], ['Network (deputy)']]);
  assert.equal(ctl('team', 'create', 'x\xff', '--lead', 'dana@test.example')[0], 65);
  assert.equal(ctl('person', 'change', 'dana@test.example', '--if-version', '999', '--site', 'x')[0], 65);
  assert.equal(desk.value('ebb_owner', "select count(*) from ebb.audit where actor_kind = 'operator' and action = 'service.change'"), '1');
});

test('people out of CSV: hostile rows are refused one by one, a second run changes nothing', () => {
  const file = join(folder, 'people.csv');
  const rows = ['Name,email,Site,Reference,active,team,zone', 'Ann One,ann@test.example,Leeds,E1,yes,Network,Europe/London', '"Bob, Two",BOB@test.example,,E2,,,', '"=cmd|\'/c calc\'!A1",eve@test.example,,E3,,,',
    'Dup,ANN@test.example,,E9,,,', 'Dup,d@test.example,,E2,,,', 'No Key,,,,,,', 'Hal,hal@test.example,,E7,,,', 'Moon,moon@test.example,,E8,,,Moon', ',none@test.example,,E10,,,', 'Flag,flag@test.example,,E11,perhaps,,',
    'Team,team@test.example,,E12,,Nowhere,', 'Mail,not-an-address,,E13,,,', '"two\nlines",lines@test.example,,E14,,,', 'Tab\there,tab@test.example,,E15,,,', 'Sql\'); drop table ebb.person; --,sql@test.example,,E16,,,',
    `${'x'.repeat(300)},long@test.example,,E17,,,`, 'a,b,c,d,e,f,g,h,i', 'Sol,sol@test.example,,E18,no,,'];
  writeFileSync(file, Buffer.concat([Buffer.from(rows.join('\r\n') + '\r\n'), Buffer.from('Bytes \xff,bytes@test.example,,E19,,,\r\n', 'latin1'), Buffer.from('Nul \0,nul@test.example,,E20,,,\r\n')]));
  const run = (...more) => { const r = desk.ctl(['person', 'import', file, '--department', 'it', '--json', ...more], { env: { PGUSER: 'ebb_ctl' } }); return [r.status, JSON.parse(r.stdout), r.stderr]; };
  const people = () => desk.value('ebb_owner', 'select count(*) || \' \' || sum(version) from ebb.person');
  const before = people();
  const [, trial] = run('--dry-run');
  assert.deepEqual([trial.created_count, trial.refused_count, people()], [4, 16, before], 'a trial writes nothing');
  const [status, done] = run('--refused', join(folder, 'refused.csv'));
  assert.deepEqual([status, done.created_count, done.refused_count], [65, 4, 16], JSON.stringify(done));
  assert.deepEqual(done.refused.map((r) => r.line).sort((a, b) => a - b), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 19, 20, 21, 22]);
  assert.match(done.refused.find((r) => r.line === 20).reason, /Sol answers for/, 'nobody is disabled with open work by a list either');
  assert.equal(readFileSync(join(folder, 'refused.csv'), 'utf8').trim().split('\r\n').length, 17);
  const after = people();
  const [, again] = run();
  assert.deepEqual([again.created_count, again.changed_count, again.unchanged_count, people()], [0, 0, 4, after], 'a second run changes nothing');
  assert.deepEqual(desk.psql('ebb_owner', "select p.person_name, p.source_ref, m.team_id from ebb.person p left join ebb.membership m using (person_id) where p.email = 'ann@test.example'"), [['Ann One', 'E1', '12']]);
  assert.equal(desk.value('ebb_owner', "select count(*) from ebb.person_role r join ebb.person p using (person_id) where p.source_name = 'people.csv'"), '0', 'a list grants no role');
});
