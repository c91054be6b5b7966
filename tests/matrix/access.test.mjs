// SPDX-License-Identifier: Apache-2.0
// Every operation x everybody x objects of three departments, ordinary and confidential: who may, may; nobody sees a word that is not
// theirs; what one may not see answers exactly like what does not exist; who is refused has changed nothing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Matrix, NOBODY, shape } from './kit.mjs';
import { actors, actorsFor, find, people, seesHidden, zoe } from './kit.actors.mjs';
import { examples, may } from './kit.examples.mjs';

// EBB_MATRIX=word looks at some operations alone.
const only = new RegExp(process.env.EBB_MATRIX ?? '');
let m;
before(async () => { m = await Matrix.start(); });
after(async () => {
  if (m) console.log(`# ${m.operations.length} operations, ${actors.length} actors: ${JSON.stringify(m.counts)}`);
  await m?.stop();
});

// Objects of department d for an operation: [{ ids, body, query, hidden }], the ordinary one first.
function cases(operation, example, d) {
  const o = m.objects[d - 1];
  const named = (example.on ?? [null]).map((name) => (name === null ? o : { ...o, [operation.ids[0]]: o[name] }));
  return named.map((chosen, i) => ({
    d, hidden: Boolean(example.on?.[i].startsWith('confidential')), name: example.on?.[i], query: example.query?.(chosen) ?? {}, body: example.body?.(chosen),
    ids: { ...Object.fromEntries(operation.ids.map((name) => [name, chosen[name]])), ...example.ids?.(chosen) },
  }));
}

const where = (operation, ids) => operation.path.replace(/\{(\w+)\}/g, (_, name) => ids[name]);

async function headersFor(operation, example, one) {
  if (!operation.needsMatch) return {};
  return { 'if-match': await m.etag(where({ path: example.match ?? operation.path }, one.ids), [...people(one.d), zoe]) };
}

// As it answers where nothing is: the last id of the path, or the first reference that the query or the body makes.
function nowhere(operation, one) {
  const name = operation.ids.at(-1);
  if (name) return { ...one, ids: { ...one.ids, [name]: NOBODY }, was: one.ids[name] };
  return null;
}

async function ask(operation, example, actor, one, faults) {
  const headers = await headersFor(operation, example, one);
  const reply = await m.request(operation, actor, { ...one, headers }, faults);
  const allowed = may(example, actor, one.d, one.name, operation.method);
  if (reply.status < 400 && !allowed) faults.push(`${reply.what}: ${reply.status}, and it is not theirs to do`);
  if (reply.status >= 400 && allowed && !example.never) faults.push(`${reply.what}: ${reply.status} ${reply.text.slice(0, 300)}, and they may`);
  if (reply.status < 400) {
    one.succeeded = true;
    if (operation.method !== 'GET') await m.undo();
  }
  const other = reply.status >= 400 && !allowed && !example.never && nowhere(operation, one);
  // What the actor may see and yet not do is refused otherwise, rightly.
  const known = one.hidden ? seesHidden(actor, one.d, one.name) : actor.roles.includes(one.d) || actor.d === one.d || example.known?.(actor, one.d);
  const common = ['plugin_id', 'report_id'].includes(operation.ids.at(-1)) && actor.roles.length > 0;
  if (other && !known && !common) {
    const there = await m.request(operation, actor, { ...other, headers }, faults);
    m.counts.compared += 1;
    const [a, b] = [shape(reply, other.was), shape(there, NOBODY)];
    if (a !== b) faults.push(`${reply.what}: tells that it exists: ${a.slice(0, 300)} against ${b.slice(0, 300)}`);
  }
  return reply;
}

test('every operation has an example, and every example an operation', () => {
  const ids = m.operations.map((operation) => operation.id);
  assert.deepEqual(ids.filter((id) => !examples[id]), [], 'add them to tests/matrix/kit.examples.mjs');
  assert.deepEqual(Object.keys(examples).filter((id) => !ids.includes(id)), [], 'these are gone');
});

test('each operation, by everybody, on objects of three departments', async (t) => {
  const state = await m.session.ask('select matrix.state()');
  for (const operation of m.operations) {
    const example = examples[operation.id];
    if (!example || !only.test(operation.id)) continue;
    await t.test(operation.id, async () => {
      const faults = [];
      let succeeded = 0;
      for (const d of example.anywhere ? [1] : [1, 2, 3])
        for (const one of cases(operation, example, d)) {
          if (example.before) await m.session.ask(example.before(m.objects[d - 1]));
          for (const actor of actorsFor(d)) {
            const reply = await ask(operation, example, actor, one, faults);
            if (reply.status < 400) succeeded += 1;
          }
          if (example.after) await m.session.ask(example.after(m.objects[d - 1]));
        }
      faults.push(...await m.changed());
      if (!example.never && succeeded === 0) faults.push('nobody may: the example is not one');
      assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
    });
  }
  await m.undo();
  assert.equal(await m.session.ask('select matrix.state()'), state, 'the world is as it was');
});

test('every list as CSV, whole, and in pages', async () => {
  const faults = [];
  for (const operation of m.operations.filter((o) => o.isList && examples[o.id] && only.test(o.id)))
    for (const d of examples[operation.id].anywhere ? [1] : [1, 2, 3])
      for (const one of cases(operation, examples[operation.id], d))
        await Promise.all(actorsFor(d).map(async (actor) => {
          const limited = { ...one, query: { ...one.query, limit: 200 } };
          await m.request(operation, actor, { ...limited, headers: { accept: 'text/csv' } }, faults);
          let cursor;
          for (let page = 0; page < 4; page++) {
            const reply = await m.request(operation, actor, { ...one, query: { ...one.query, limit: 3, cursor } }, faults);
            cursor = reply.status === 200 ? JSON.parse(reply.text).next_cursor ?? undefined : undefined;
            if (cursor === undefined) break;
          }
        }));
  faults.push(...await m.changed());
  assert.deepEqual(faults.slice(0, 12), [], `${faults.length} faults`);
});

test('who is signed in by cookie sees what they see by token', async () => {
  const faults = [];
  const opened = await m.desk.call('POST', '/api/v1/session', { body: { email: 'cnry1e3z.m1anna@test.example', password: 'fixture pass-phrase' }, headers: { 'sec-fetch-site': 'same-origin' } });
  assert.equal(opened.status, 201, opened.text);
  const cookie = { cookie: opened.headers.get('set-cookie').split(';')[0], 'sec-fetch-site': 'same-origin' };
  const byToken = find('m1anna');
  const byCookie = { ...byToken, name: 'm1anna by cookie', as: undefined, cookie };
  for (const operation of m.operations.filter((o) => o.method === 'GET' && examples[o.id] && only.test(o.id) && !['session_get', 'metrics', 'ready', 'report_ask'].includes(o.id) && !/^session|^token|ticket_sla/.test(o.id)))
    for (const d of [1, 2])
      for (const one of cases(operation, examples[operation.id], d)) {
        const [a, b] = [await m.request(operation, byToken, one, faults), await m.request(operation, byCookie, one, faults)];
        if (shape(a) !== shape(b)) faults.push(`${b.what}: ${shape(b).slice(0, 200)} against ${shape(a).slice(0, 200)}`);
      }
  await m.undo();
  assert.deepEqual(faults.slice(0, 12), []);
});

test('the log tells no SQL fault, no token, and nobody’s words', () => {
  const lines = m.desk.log();
  assert.deepEqual(lines.filter((line) => /^(42|XX|22|23)/.test(line.sqlstate ?? '') || line.status >= 500).slice(0, 5), []);
  const text = JSON.stringify(lines);
  assert.deepEqual([...new Set(text.match(/cnry[123][a-z]\d+z/g) ?? [])], []);
  for (const actor of actors) assert.ok(!actor.as || !text.includes(actor.as), `the token of ${actor.name}`);
});
