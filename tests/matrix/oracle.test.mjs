// SPDX-License-Identifier: Apache-2.0
// What could be learned without seeing it: by filters, orders, words, cursors, counts, conditional requests and kept answers. Whoever
// may not see a thing gets the same whether it is there or not: so the world is changed behind their back, and they must not notice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Matrix, NOBODY, shape } from './kit.mjs';
import { base, find } from './kit.actors.mjs';
import { examples } from './kit.examples.mjs';

let m;
let oracles = 0;
before(async () => { m = await Matrix.start(); });
after(async () => {
  if (m) console.log(`# ${oracles} oracles asked: ${JSON.stringify(m.counts)}`);
  await m?.stop();
});

const op = (id) => m.operations.find((operation) => operation.id === id);
const same = (a, b, ids, faults, what) => {
  oracles += 1;
  if (shape(a, ...ids) !== shape(b, ...ids)) faults.push(`${a.what}: ${what}: ${shape(a, ...ids).slice(0, 260)} against ${shape(b, ...ids).slice(0, 260)}`);
};

test('words of what one may not see find as little as nonsense', async () => {
  const faults = [];
  const o = m.objects[0];
  // Whose words: the confidential ones for those of the department, all of department 2 for them and for strangers.
  const hidden = ['cnry1c3z', 'cnry1i3z', 'cnry1f5z', `EBB-${o.confidential}`, String(o.confidential), 'cnry2r1z', 'cnry2c3z', `EBB-${m.objects[1].active}`, 'cnry2e1z', 'Rita cnry2e1z', 'cnry2d901z'];
  for (const actor of ['m1rolf', 'm1adam', 'm1audra', 'm1annaread', 'm3anna'].map(find))
    for (const list of m.operations.filter((operation) => operation.isList && operation.query.some((p) => p.schema.type === 'string' && p.name !== 'cursor' && !p.schema.format)))
      for (const param of list.query.filter((p) => p.schema.type === 'string' && !p.schema.format && !p.schema.enum && p.name !== 'cursor')) {
        const one = { ids: Object.fromEntries(list.ids.map((name) => [name, o[name]])) };
        const nothing = await m.request(list, actor, { ...one, query: { [param.name]: 'qqqnonsense' } }, faults);
        for (const word of hidden) {
          if (actor.name === 'm1annaread' && (word.includes('cnry1') || word.includes(String(o.confidential)))) continue; // anna works in the team
          same(await m.request(list, actor, { ...one, query: { [param.name]: word } }, faults), nothing, [word, 'qqqnonsense'], faults, `${param.name}=${word}`);
        }
      }
  assert.deepEqual(faults.slice(0, 10), [], `${faults.length} faults`);
});

test('orders, states and pages hold nobody else’s rows', async () => {
  const faults = [];
  const list = op('ticket_list');
  for (const actor of ['m1rita', 'm1rolf', 'm1anna', 'm1bert', 'm1audra', 'm1mia', 'm1mianarrow', 'm2anna', 'm3adam'].map(find)) {
    const mine = new Set();
    let cursor;
    do {
      const reply = JSON.parse((await m.request(list, actor, { query: { limit: 200, cursor } }, faults)).text);
      for (const item of reply.items) mine.add(item.ticket_id);
      cursor = reply.next_cursor ?? undefined;
    } while (cursor);
    for (const sort of ['-opened_at', 'opened_at', 'due_at', '-last_event_at'])
      for (const state of sort === 'due_at' ? ['open', 'new', 'waiting'] : ['all', 'open', 'resolved', 'waiting', 'new,active']) {
        const seen = [];
        cursor = undefined;
        do {
          const reply = await m.request(list, actor, { query: { sort, state, limit: 4, cursor } }, faults);
          oracles += 1;
          const { items, next_cursor: next } = JSON.parse(reply.text);
          seen.push(...items.map((item) => item.ticket_id));
          if (next && items.length < 4) faults.push(`${reply.what}: a short page that goes on: something was left out of it`);
          if (!next && seen.length % 4 === 0 && seen.length > 0 && items.length === 0) faults.push(`${reply.what}: an empty page at the end`);
          cursor = next ?? undefined;
        } while (cursor);
        for (const id of seen) if (!mine.has(id)) faults.push(`${actor.name} ${sort} ${state}: ${id} is not in the plain list`);
        if (new Set(seen).size !== seen.length) faults.push(`${actor.name} ${sort} ${state}: a row twice`);
      }
  }
  assert.deepEqual(faults.slice(0, 10), [], `${faults.length} faults`);
});

test('another’s cursor opens nothing, and a cursor to a hidden row is like one to nowhere', async () => {
  const faults = [];
  const list = op('ticket_list');
  // The instant of that row is the last of all, so that both stand behind every row that one may see.
  const [opened] = m.desk.psql('postgres', `select (extract(epoch from max(opened_at)) * 1000000)::bigint + 1 from ebb.ticket`);
  for (const actor of ['m1rita', 'm1bert', 'm1audra', 'm3anna'].map(find)) {
    const at = (id) => m.request(list, actor, { query: { cursor: `${opened[0]}.${id}` } }, faults);
    same(await at(m.objects[1].active), await at(NOBODY), [m.objects[1].active, NOBODY], faults, 'a cursor');
    const foreign = JSON.parse((await m.request(list, find('m2adam'), { query: { limit: 2 } }, faults)).text).next_cursor;
    const reply = await m.request(list, actor, { query: { cursor: foreign } }, faults);
    assert.equal(reply.status, 200);
    for (const broken of ['x', '1.2.3', '-1', "1'--", '99999999999999999999.1', 'never.', '٣.١'])
      if ((await m.request(list, actor, { query: { cursor: broken } }, faults)).status !== 400) faults.push(`cursor ${broken} is taken`);
  }
  assert.deepEqual(faults, []);
});

test('conditions on what one may not see tell nothing', async () => {
  const faults = [];
  for (const operation of m.operations.filter((o) => o.ids.length > 0 && examples[o.id] && !examples[o.id].anywhere && !examples[o.id].never)) {
    const example = examples[operation.id];
    const name = operation.ids.at(-1);
    if (['plugin_id', 'report_id'].includes(name)) continue;
    for (const actor of [find('m1anna'), find('m1adam'), find('m2rita')]) {
      const o = m.objects[actor.d === 2 ? 0 : 1];
      const ids = { ...Object.fromEntries(operation.ids.map((n) => [n, o[n]])), ...example.ids?.(o) };
      for (const headers of [{ 'if-none-match': '"1"' }, { 'if-none-match': '*' }, { 'if-match': '"1"' }, { 'if-match': '"999"' }, { 'if-match': '*' }]) {
        const one = { headers, body: example.body?.(o), query: example.query?.(o) };
        same(await m.request(operation, actor, { ...one, ids }, faults), await m.request(operation, actor, { ...one, ids: { ...ids, [name]: NOBODY } }, faults), [ids[name], NOBODY], faults, JSON.stringify(headers));
      }
    }
  }
  faults.push(...await m.changed());
  assert.deepEqual(faults.slice(0, 10), [], `${faults.length} faults`);
});

test('an Idempotency-Key of somebody else answers nothing of theirs', async () => {
  const faults = [];
  const open = op('ticket_open');
  const o = m.objects[0];
  const headers = { 'idempotency-key': 'the-same-for-everybody' };
  const body = { subject: 'One of mine', service_id: o.service_id, request_type_id: o.request_type_id };
  const first = await m.request(open, find('m1rita'), { body, headers }, faults);
  const second = await m.request(open, find('m1rolf'), { body, headers }, faults);
  assert.equal(first.status, 201, first.text);
  assert.equal(second.status, 201, second.text);
  assert.notEqual(JSON.parse(first.text).ticket_id, JSON.parse(second.text).ticket_id);
  assert.equal(second.headers['idempotent-replayed'], undefined);
  await m.undo();
  assert.deepEqual(faults, []);
});

function difference(a, b) {
  let i = 0;
  while (a[i] === b[i]) i += 1;
  return `${a.slice(Math.max(0, i - 120), i + 80)} became ${b.slice(Math.max(0, i - 120), i + 80)}`;
}

// Everything that reads, by those from whom something is hidden.
async function readings(names) {
  const faults = [];
  const seen = new Map();
  for (const name of names)
    for (const operation of m.operations.filter((o) => o.method === 'GET' && examples[o.id] && examples[o.id].who !== 'anyone' && !['report_ask', 'plugin_list', 'ticket_sla', 'audit_list', 'session_get', 'session_list', 'token_list'].includes(o.id))) {
      const example = examples[operation.id];
      for (const d of [1, 2, 3]) {
        const o = m.objects[d - 1];
        const ids = { ...Object.fromEntries(operation.ids.map((n) => [n, o[n]])), ...example.ids?.(o) };
        for (const query of [{ ...example.query?.(o) }, operation.isList ? { limit: 5 } : null, ...(operation.id === 'ticket_list' ? [{ sort: 'due_at' }, { team_id: base(1) + 101 }, { team_id: base(1) + 101, state: 'open' }, { q: 'Subject' }, { limit: 3, sort: 'opened_at' }] : [])].filter(Boolean)) {
          const reply = await m.request(operation, find(name), { ids, query }, faults);
          seen.set(`${name} ${operation.id} ${d} ${JSON.stringify(query)}`, shape(reply).replace(/\\"(last_used_at|made_at)\\": ?(null|\\"[^"]*\\")/g, ''));
        }
        if (example.anywhere) break;
      }
    }
  assert.deepEqual(faults.slice(0, 6), []);
  return seen;
}

// What a role of a BI tool counts, view by view.
function counted(role) {
  const views = m.desk.psql('postgres', `select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname like 'reporting\\_v%' and c.relkind in ('v', 'r', 'm') and has_table_privilege('${role}', c.oid, 'select') and has_schema_privilege('${role}', n.oid, 'usage') order by 1`).map(([v]) => v);
  const counts = views.map((v) => `select '${v}', count(*), coalesce(string_agg(substring(r.x from 'cnry[0-9][a-z][0-9]+z'), ',' order by 1), '') from (select to_jsonb(v)::text as x from ${v} v) r`);
  return m.desk.psql('postgres', `set session authorization ${role}; ${counts.join(' union all ')}`);
}

test('what is hidden may come and go, and nobody notices from whom it is hidden', async () => {
  const watchers = ['m1bert', 'm1rolf', 'm1audra', 'm1olga', 'm1adam', 'm3audra'];
  m.desk.psql('postgres', `do $$ begin if not exists (select from pg_roles where rolname = 'bi_matrix') then create role bi_matrix login in role ebb_bi_text; end if; end $$;
    insert into ebb.bi_role (role_name, department_id) values ('bi_matrix', ${base(1)});`);
  const [was, counts] = [await readings(watchers), counted('bi_matrix')];
  const opens = op('ticket_open');
  for (let i = 0; i < 3; i++) {
    const reply = await m.request(opens, find('m1rita'), { body: { subject: 'Once more in confidence', service_id: base(1) + 601, request_type_id: base(1) + 402, impact: 1, urgency: 1 } });
    assert.equal(reply.status, 201, reply.text);
    const { ticket_id: id } = JSON.parse(reply.text);
    await m.request(op('ticket_take'), find('m1anna'), { ids: { ticket_id: id } });
    await m.request(op('comment_add'), find('m1anna'), { ids: { ticket_id: id }, body: { body: 'Hush', is_internal: true } });
    if (i === 1) await m.request(op('ticket_resolve'), find('m1leo'), { ids: { ticket_id: id }, body: { resolution: 'Quietly' } });
    if (i === 2) await m.request(op('ticket_cancel'), find('m1anna'), { ids: { ticket_id: m.objects[0].confidential }, body: { reason: 'Enough' } });
  }
  for (const d of [2])
    for (const body of [{ subject: 'One more there', service_id: base(d) + 601 }, { subject: 'And another', service_id: base(d) + 602, impact: 1, urgency: 1 }])
      assert.equal((await m.request(opens, find(`m${d}anna`), { body })).status, 201);
  const faults = [];
  const is = await readings(watchers);
  for (const [key, value] of was) {
    oracles += 1;
    if (is.get(key) !== value) faults.push(`${key}: ${difference(value, is.get(key))}`);
  }
  const now = counted('bi_matrix');
  counts.forEach((row, i) => {
    oracles += 1;
    if (JSON.stringify(row) !== JSON.stringify(now[i])) faults.push(`bi_matrix ${row[0]}: ${row[1]} rows became ${now[i][1]}: ${row[2].slice(0, 100)} / ${now[i][2].slice(0, 100)}`);
  });
  for (const [view, , words] of now) for (const word of words.split(',')) if (/^cnry([23]|1[cifqx])/.test(word)) faults.push(`bi_matrix: ${view} shows ${word}`);
  await m.undo();
  assert.deepEqual(faults.slice(0, 10), [], `${faults.length} faults`);
});
