// SPDX-License-Identifier: Apache-2.0
// Every field of a body or a query that names something else: the id of another department, of what is confidential, and of what does
// not exist are refused in the same words, and nothing of it is stored. Found in the OpenAPI document and in the examples' own bodies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Matrix, NOBODY, shape } from './kit.mjs';
import { base, find, operator, people, zoe } from './kit.actors.mjs';
import { examples } from './kit.examples.mjs';

const only = new RegExp(process.env.EBB_MATRIX ?? '');
let m;
let fields = 0;
before(async () => { m = await Matrix.start(); });
after(async () => {
  if (m) console.log(`# ${fields} reference fields: ${JSON.stringify(m.counts)}`);
  await m?.stop();
});

// Which world's object a field names: by its name without what it is to the thing it stands in.
function kindOf(name) {
  if (/^(served_)?department_ids?$/.test(name)) return 'department_id';
  if (/(person|requester|assignee|actor|hand_over_to)(_id)?s?$/.test(name.replace(/_ids?$/, ''))) return 'person_id';
  if (/team_ids?$/.test(name)) return 'team_id';
  if (/request_type_ids?$/.test(name)) return 'request_type_id';
  const plain = name.replace(/_ids$/, '_id');
  return plain in m.objects[0] ? plain : null;
}

// Global things are nobody's secret.
const common = ['plugin_id', 'report_id', 'token_id'];
const isReference = (name) => /_ids?$|^hand_over_to$/.test(name) && !common.includes(name);

// Every place in a value where a reference stands: [[path, kind]].
function places(value, at = []) {
  if (Array.isArray(value)) return value.flatMap((v, i) => places(v, [...at, i]));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, v]) => {
    if (isReference(key)) return [[[...at, key], key]];
    return places(v, [...at, key]);
  });
}

function put(value, at, id) {
  const copy = structuredClone(value ?? {});
  const last = at.slice(0, -1).reduce((node, key) => node[key], copy);
  last[at.at(-1)] = /_ids$/.test(at.at(-1)) ? [id] : id;
  return copy;
}

// Who may do it on objects of department 1, by the example.
const doers = (example) => ['everywhere', 'admin', 'lead', 'agent', 'outlead', 'requester', 'operator'].filter((k) => (example.who === 'anyone' ? [] : example.who).includes(k) && k !== 'everywhere')
  .map((kind) => [...people(1), operator].find((a) => a.kind === kind)).slice(0, 2);

async function compare(operation, example, actor, one, say, kind, name, faults) {
  const etag = operation.needsMatch ? { 'if-match': await m.etag((example.match ?? operation.path).replace(/\{(\w+)\}/g, (_, n) => one.ids[n]), [...people(1), zoe]) } : {};
  const replies = [];
  const ids = [NOBODY, m.objects[1][kind]];
  // What department 3 offers to department 1 is seen there; its other team is not.
  if (operation.method !== 'GET') ids.push(m.objects[2][kind]); else if (kind === 'team_id') ids.push(base(3) + 102);
  if (kind === 'ticket_id' && !['agent', 'lead', 'requester'].includes(actor.kind)) ids.push(m.objects[0].confidential);
  for (const id of ids) replies.push({ id, reply: await m.request(operation, actor, { ...one, ...say(id), headers: etag }, faults) });
  fields += 1;
  for (const { id, reply } of replies) {
    m.counts.compared += 1;
    if (shape(reply, id) !== shape(replies[0].reply, NOBODY))
      faults.push(`${reply.what}: ${name} = ${id}: ${shape(reply, id).slice(0, 330)} against ${shape(replies[0].reply, NOBODY).slice(0, 330)}`);
    if (reply.status < 400 && !['GET', 'DELETE'].includes(operation.method)) faults.push(`${reply.what}: ${name} = ${id} is taken: ${reply.status}`);
  }
  if (replies.some(({ reply }) => reply.status < 400) && operation.method !== 'GET') await m.undo();
}

test('foreign ids in bodies', async (t) => {
  for (const operation of m.operations.filter((o) => o.body && examples[o.id]?.body && !examples[o.id].never && only.test(o.id))) {
    const example = examples[operation.id];
    const o = { ...m.objects[0], ...(example.on ? { [operation.ids[0]]: m.objects[0][example.on[0]] } : {}) };
    const one = { ids: { ...Object.fromEntries(operation.ids.map((name) => [name, o[name]])), ...example.ids?.(o) } };
    const body = example.body(o);
    const named = places(body);
    for (const name of Object.keys(operation.body.properties ?? {})) if (isReference(name) && !named.some(([at]) => at.length === 1 && at[0] === name)) named.push([[name], name]);
    if (named.length === 0) continue;
    await t.test(operation.id, async () => {
      const faults = [];
      if (example.before) await m.session.ask(example.before(o));
      for (const [at, name] of named) {
        const kind = kindOf(name);
        if (kind === null) { faults.push(`${operation.id}: nobody knows what ${name} names; teach kindOf()`); continue; }
        for (const actor of doers(example)) {
          if (actor.kind === 'operator' && kind === 'person_id') continue; // an operator names anybody
          await compare(operation, example, actor, one, (id) => ({ body: put(body, at, id) }), kind, at.join('.'), faults);
        }
      }
      faults.push(...await m.changed());
      if (example.after) await m.session.ask(example.after(o));
      assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
    });
  }
});

test('foreign ids in queries and in further ids of a path', async (t) => {
  for (const operation of m.operations.filter((o) => examples[o.id] && !examples[o.id].never && only.test(o.id))) {
    const example = examples[operation.id];
    const o = { ...m.objects[0], ...(example.on ? { [operation.ids[0]]: m.objects[0][example.on[0]] } : {}) };
    const one = { ids: { ...Object.fromEntries(operation.ids.map((name) => [name, o[name]])), ...example.ids?.(o) }, query: example.query?.(o) ?? {}, body: example.body?.(o) };
    const queries = operation.query.map((p) => p.name).filter(isReference);
    const further = operation.ids.slice(0, operation.ids.length > 1 ? undefined : 0).filter((name) => !common.includes(name));
    if (queries.length + further.length === 0) continue;
    await t.test(operation.id, async () => {
      const faults = [];
      const actors = [...doers(example), find('m1rita'), find('m1bert'), find('m1annaread')];
      for (const name of queries) for (const actor of actors) await compare(operation, example, actor, one, (id) => ({ query: { ...one.query, [name]: id } }), kindOf(name), name, faults);
      for (const name of further) for (const actor of actors) await compare(operation, example, actor, one, (id) => ({ ids: { ...one.ids, [name]: id } }), kindOf(name), name, faults);
      faults.push(...await m.changed());
      assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
    });
  }
});

test('nothing of it is stored', async () => {
  const left = await m.session.ask(`select coalesce(string_agg(distinct relation || ' ' || op, ', '), '') from matrix.change c where c.login like 'ebb\\_%' and c.relation not in ('token', 'outbox') and c.relation !~ '^audit'`);
  assert.equal(left, '');
});
