// SPDX-License-Identifier: Apache-2.0
// What is not in the OpenAPI document does not exist: other methods, other paths, headers that claim to be somebody, settings that do.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { tree } from '../lib/desk.mjs';
import { Matrix, Session, shape } from './kit.mjs';
import { base, find, strangers } from './kit.actors.mjs';

let m;
let asked = 0;
before(async () => { m = await Matrix.start(); });
after(async () => {
  if (m) console.log(`# ${asked} requests beside the document`);
  await m?.stop();
});
const bearer = (name) => ({ authorization: `Bearer ${find(name).as}` });
const one = (method, where, ...rest) => { asked += 1; return m.raw(method, where, ...rest).catch((error) => ({ status: 0, text: error.message, headers: {} })); };
const raw = (...args) => { asked += 1; return m.raw(...args); };

test('the routes are the document, and the document the routes', () => {
  const folder = path.join(tree, 'core/http');
  const text = readdirSync(folder).filter((f) => /^routes(_\w+)?\.def$/.test(f)).map((f) => readFileSync(path.join(folder, f), 'utf8')).join('\n').replace(/\/\*[^]*?\*\//g, '');
  const names = Object.fromEntries([...text.matchAll(/^#define (\w+) (.*)$/gm)].map(([, name, value]) => [name, value]));
  const spell = (words) => [...words.matchAll(/"([^"]*)"|(\w+)/g)].map(([, literal, name]) => literal ?? spell(names[name])).join('');
  const routes = [...text.matchAll(/^ROUTE\((\w+),\s*(\w+),\s*([^,]+),\s*\w+,\s*\d+,\s*\w+,\s*\w+,\s*\w*\s*,\s*(\w+)/gm)].map(([, id, method, where, flags]) => ({ id, method, path: spell(where), hidden: flags === 'HIDDEN' }));
  assert.ok(routes.length > 60);
  const documented = m.operations.map((o) => `${o.method} ${o.path} ${o.id}`).sort();
  assert.deepEqual(routes.filter((r) => !r.hidden).map((r) => `${r.method} ${r.path} ${r.id}`).sort(), documented);
  assert.deepEqual(routes.filter((r) => r.hidden).map((r) => r.id).sort(), ['metrics', 'openapi'], 'these alone are not in it');
});

test('no other method does anything', async () => {
  const faults = [];
  const state = await m.session.ask('select matrix.state()');
  const o = m.objects[0];
  for (const [where, item] of Object.entries(m.doc.paths)) {
    const documented = Object.keys(item).filter((k) => k !== 'parameters').map((k) => k.toUpperCase());
    if (documented.includes('GET')) documented.push('HEAD');
    const url = where.replace(/\{(\w+)\}/g, (_, name) => o[name] ?? 8999999);
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'MKCOL', 'COPY', 'MOVE', 'LOCK', 'SEARCH', 'REPORT'].filter((x) => !documented.includes(x))) {
      const reply = await one(method, url, { ...bearer('m1zoe'), 'if-match': '"1"', ...(method === 'HEAD' ? {} : { 'content-type': 'application/json', 'content-length': '2' }) }, method === 'HEAD' ? undefined : '{}');
      if (![405, 501, ...(method === 'HEAD' || method === 'OPTIONS' ? [400] : [])].includes(reply.status)) faults.push(`${method} ${url}: ${reply.status} ${reply.text.slice(0, 200)}`);
      if (reply.status === 405 && reply.headers.allow && reply.headers.allow.split(', ').sort().join() !== documented.sort().join()) faults.push(`${method} ${url}: Allow says ${reply.headers.allow}, the document ${documented}`);
    }
  }
  assert.equal(await m.session.ask('select matrix.state()'), state);
  assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
});

test('no other path leads anywhere', async () => {
  const faults = [];
  const o = m.objects[0];
  const words = ['admin', 'debug', 'test', 'internal', 'users', 'export', 'import', 'bulk', 'search', 'config', 'settings', 'plugin_ask', 'plugin_hooks', 'ready', 'metrics', '.git', 'rpc', 'graphql', 'v2', 'ticket_list', 'api.enter'];
  const paths = words.flatMap((w) => [`/api/${w === 'ready' || w === 'metrics' ? `v1/${w}` : w}`, `/api/v1/${w}`, `/api/v1/tickets/${w}`, `/api/v1/tickets/${o.active}/${w}`]);
  paths.push('/api/v1/', '/api/v1', '/api/v2/tickets', '/api/v1/tickets/', `/api/v1/tickets/${o.active}/`, '/api/v1/tickets%2f1', '/api/v1/TICKETS', '/api/v1/tickets/1%00', '/api/v1/tickets/0', '/api/v1/tickets/-1',
    '/api/v1/tickets/1.0', '/api/v1/tickets/0x1', '/api/v1/tickets/+1', '/api/v1/tickets/٣', '/API/v1/tickets'.replace('٣', '3'), `/api/v1/./tickets/${o.active}/../../persons/${o.person_id}/nothing`);
  for (const where of paths.map((p) => encodeURI(p).replace(/%25/g, '%')))
    for (const name of ['m1zoe', 'm2rita']) {
      const reply = await raw('GET', where, bearer(name));
      if (![301, 308, 400, 404, 405].includes(reply.status)) faults.push(`GET ${where}: ${reply.status} ${reply.text.slice(0, 160)}`);
    }
  assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
});

// Headers by which other desks have been told who asks, what is asked, and from where.
const IDENTITY = ['X-Forwarded-User', 'X-Forwarded-Email', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Groups', 'X-Remote-User', 'Remote-User', 'REMOTE_USER', 'X-User', 'X-User-Id', 'X-Auth-Request-User', 'X-Auth-Request-Email',
  'X-Authenticated-User', 'X-WEBAUTH-USER', 'X-SSL-Client-S-DN', 'SSL_CLIENT_S_DN', 'EBB_USER', 'Ebb-User', 'Proxy-User', 'X-Original-User'];
const PLACE = ['X-Original-URL', 'X-Rewrite-URL', 'X-Original-URI', 'X-Forwarded-Uri', 'X-HTTP-Path-Override', 'Script-Name', 'Path-Info', 'Request-Uri'];
const METHOD = ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'];

test('nineteen headers that name somebody name nobody', async () => {
  const faults = [];
  const values = ['cnry1e8z.m1adam@test.example', String(base(1) + 8), find('m1adam').as, 'm1adam', 'CN=Adam'];
  for (const headers of [{}, bearer('m1rita'), bearer('m1dora')])
    for (const where of ['/api/v1/session', '/api/v1/tickets', '/api/v1/persons', '/api/v1/session/proxy', `/api/v1/tickets/${m.objects[0].confidential}`]) {
      const plain = await raw('GET', where, headers);
      for (const name of IDENTITY)
        for (const value of values) {
          const reply = await raw('GET', where, { ...headers, [name]: value });
          if (shape(reply) !== shape(plain)) faults.push(`${name}: ${value} on ${where}: ${reply.status} instead of ${plain.status}`);
          if (strangers(headers.authorization ? find('m1rita') : find('anonymous'), reply.text).length > 0) faults.push(`${name}: ${where} shows what is not theirs`);
        }
    }
  assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
});

test('headers that name another place or method lead nowhere else', async () => {
  const faults = [];
  const state = await m.session.ask('select matrix.state()');
  for (const headers of [{}, bearer('m1rita')]) {
    for (const name of PLACE)
      for (const [where, aim] of [['/api/health', `/api/v1/tickets/${m.objects[1].active}`], ['/api/v1/services', '/api/v1/audit']])
        if (shape(await raw('GET', where, { ...headers, [name]: aim })) !== shape(await raw('GET', where, headers))) faults.push(`${name}: ${aim} changes ${where}`);
    for (const name of METHOD)
      for (const method of ['DELETE', 'PATCH', 'POST', 'PUT']) {
        const where = '/api/v1/tickets';
        if (shape(await raw('GET', where, { ...headers, [name]: method })) !== shape(await raw('GET', where, headers))) faults.push(`${name}: ${method} changes a GET`);
        await raw('POST', `/api/v1/tickets/${m.objects[0].active}?_method=DELETE`, { ...headers, [name]: method, 'content-type': 'application/json', 'content-length': '2' }, '{}');
      }
    for (const [name, value] of [['X-Forwarded-For', '127.0.0.1'], ['X-Real-IP', '127.0.0.1'], ['Forwarded', 'for=127.0.0.1;host=localhost'], ['X-Forwarded-Host', 'evil.example'], ['X-Forwarded-Proto', 'https'], ['X-Ebb-Csrf', 'x']])
      if (shape(await raw('GET', '/api/v1/tickets', { ...headers, [name]: value })) !== shape(await raw('GET', '/api/v1/tickets', headers))) faults.push(`${name} changes a reply`);
  }
  // A token stands in its header and nowhere else.
  const token = find('m1adam').as;
  for (const [where, headers] of [[`/api/v1/session?access_token=${token}`, {}], [`/api/v1/session?token=${token}`, {}], ['/api/v1/session', { 'x-api-key': token }], ['/api/v1/session', { authorization: `Basic ${Buffer.from(`adam:${token}`).toString('base64')}` }],
    ['/api/v1/session', { authorization: `Token ${token}` }], ['/api/v1/session', { cookie: `token=${token}` }], ['/api/v1/session', { 'x-auth-token': token }]])
    if (![400, 401].includes((await raw('GET', where, headers)).status)) faults.push(`a token is taken from ${where} ${Object.keys(headers)}`);
  assert.equal(await m.session.ask('select matrix.state()'), state);
  assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
});

test('settings that the web’s log-ins may set show nothing and open nothing', async () => {
  const sessions = Object.fromEntries(['ebb_app', 'ebb_session'].map((role) => [role, new Session(m.desk.pghost, m.desk.database, role)]));
  const refused = (role, sql) => { asked += 1; return sessions[role].tries(sql); };
  const hash = m.desk.value('postgres', `select token_hash from ebb.token where person_id = ${base(1) + 8} and scopes is null limit 1`);
  const faults = [];
  const settings = ['ebb.token', 'ebb.person', 'ebb.person_id', 'ebb.user', 'ebb.department', 'ebb.departments', 'ebb.role', 'ebb.operator', 'ebb.suggested', 'ebb.plugin'];
  const values = [String(base(1) + 8), find('m1adam').as, '*', 'all', '{7100000}', `${hash}' or true --`, hash.toUpperCase(), '', 'f'.repeat(64)];
  for (const role of ['ebb_app', 'ebb_session']) {
    for (const name of settings)
      for (const value of values) {
        const got = await refused(role, `set "${name.replace('.', '"."')}" = '${value.replaceAll("'", "''")}'; select * from api.ticket_list('{"limit": 200}')`);
        if (got !== (role === 'ebb_app' ? 'ZE401' : '42501')) faults.push(`${role} with ${name} = ${value}: ${got.slice(0, 100)}`);
      }
    for (const other of ['postgres', 'ebb_owner', 'ebb_api', 'ebb_report', 'ebb_replay', 'ebb_clock', 'ebb_courier', 'ebb_ctl', 'ebb_bi', 'ebb_bi_text', 'bi_it'])
      for (const sql of [`set role ${other}`, `set session authorization ${other}`]) if (await refused(role, sql) !== '42501') faults.push(`${role}: ${sql} is taken`);
    for (const sql of ['select * from ebb.ticket', 'select * from ebb.token', 'select * from ebb.person', 'select * from reporting_v1.tickets', 'select * from fn.live_token', 'select * from fn.person_label', 'select fn.person()', "select fn.departments('postgres')",
      'select * from api.ticket', 'select * from api.person', "select ctl.doctor('{}')", 'create table public.x ()', 'create temp table x ()', "copy (select 1) to program 'true'", "select pg_read_file('/etc/passwd')", 'select * from pg_authid',
      "insert into ebb.token values ('x')", "select lo_import('/etc/passwd')", "update pg_settings set setting = 'on' where name = 'row_security'; select * from ebb.ticket", 'set row_security = off; select * from ebb.ticket', "set session_replication_role = 'replica'",
      'alter role ebb_app superuser', 'grant ebb_owner to ebb_app', 'do $x$ begin perform * from ebb.ticket; end $x$']) {
      const got = await refused(role, sql);
      if (!['42501', '42704', '42883', '42P01', '25006', '0A000'].includes(got)) faults.push(`${role}: ${sql}: ${got.slice(0, 100)}`);
    }
  }
  // Who opens sessions is the sign-in's log-in alone.
  const openers = m.desk.psql('postgres', `select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'api'::regnamespace and has_function_privilege('ebb_session', p.oid, 'execute') and not has_function_privilege('ebb_app', p.oid, 'execute')`).map(([f]) => f);
  assert.ok(openers.length > 0, 'the sign-in has functions of its own');
  for (const call of openers) {
    const types = call.slice(call.indexOf('(') + 1, -1).split(',').filter(Boolean);
    const got = await refused('ebb_app', `select ${call.slice(0, call.indexOf('('))}(${types.map((type) => `null::${type}`).join(', ')})`);
    if (got !== '42501') faults.push(`ebb_app may ${call}: ${got}`);
  }
  Object.values(sessions).forEach((session) => session.end());
  assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
});

test('every function of the API asks who is there', async () => {
  const open = [];
  const session = new Session(m.desk.pghost, m.desk.database, 'ebb_app');
  const known = ['enter', 'keep', 'ready', 'metrics', 'catalogue', 'plugin_hooks'];
  for (const [name, args] of m.desk.psql('postgres', `select p.proname, pg_get_function_identity_arguments(p.oid) from pg_proc p where p.pronamespace = 'api'::regnamespace and has_function_privilege('ebb_app', p.oid, 'execute') order by 1`)) {
    if (known.includes(name) || args !== 'p_args json') { if (!known.includes(name)) open.push(`${name}(${args}) takes something else`); continue; }
    asked += 1;
    const said = await session.tries(`select api.${name}('{"limit": 1, "ticket_id": ${m.objects[0].active}, "person_id": ${base(1) + 1}, "department_id": ${base(1)}, "if_match": 1}')`);
    if (!/^ZE(401|403)$/.test(said)) open.push(`${name}: ${said}`);
  }
  session.end();
  assert.deepEqual(open, []);
});
