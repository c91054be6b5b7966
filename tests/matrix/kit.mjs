// SPDX-License-Identifier: Apache-2.0
// What the matrix stands on: a desk with the world of kit.world.sql, watched; the operations of its OpenAPI document; one request and
// all that may be said of its reply. It must not know an operation.
import { spawn } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { PluginDesk } from '../plugin/kit.mjs';
import { tree } from '../lib/desk.mjs';
import { base, strangers } from './kit.actors.mjs';

export const NOBODY = 8999999; // an id that nothing has, as long as all others of the world

// A psql that stays: one statement after the other.
export class Session {
  constructor(pghost, database, role = 'postgres') {
    this.child = spawn('psql', ['-X', '-q', '-A', '-t', '-v', 'VERBOSITY=verbose', '-h', pghost, '-U', role, '-d', database], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.said = '';
    this.wrong = '';
    this.child.stdout.on('data', (part) => { this.said += part; this.look(); });
    this.child.stderr.on('data', (part) => { this.wrong += part; this.look(); });
  }

  look() {
    const end = this.said.indexOf('\u0001done\n');
    if (end < 0 || !this.waits || !this.wrong.includes('\u0001done\n')) return;
    const text = this.said.slice(0, end).replace(/\n$/, '');
    this.said = this.said.slice(end + 6);
    const { resolve, reject } = this.waits;
    this.waits = null;
    if (/ERROR/.test(this.wrong)) reject(new Error(this.wrong)); else resolve(text);
    this.wrong = '';
  }

  // The SQLSTATE of a refusal, or what it says.
  async tries(sql) {
    try { return await this.ask(sql); } catch (error) { return /ERROR: {2}([0-9A-Z]{5}):/.exec(error.message)?.[1] ?? error.message; }
  }

  ask(sql) {
    return new Promise((resolve, reject) => {
      this.waits = { resolve, reject };
      this.child.stdin.write(`${sql};\n\\warn '\u0001done'\n\\echo '\u0001done'\n`);
    });
  }

  end() { this.child.stdin.end(); }
}

const resolveRef = (doc, node) => (node?.$ref ? node.$ref.split('/').slice(1).reduce((n, key) => n[key], doc) : node);

// The operations of the document: { id, method, path, ids, query, needsMatch, body, isList }.
export function operations(doc) {
  const found = [];
  for (const [where, item] of Object.entries(doc.paths))
    for (const [method, operation] of Object.entries(item)) {
      if (method === 'parameters') continue;
      const params = (operation.parameters ?? []).map((p) => resolveRef(doc, p));
      const content = operation.requestBody?.content;
      const reply = Object.entries(operation.responses ?? {}).find(([status]) => /^2/.test(status))?.[1];
      const schema = resolveRef(doc, reply?.content?.['application/json']?.schema);
      found.push({
        id: operation.operationId, method: method.toUpperCase(), path: where, ids: [...where.matchAll(/\{(\w+)\}/g)].map((m) => m[1]),
        query: params.filter((p) => p.in === 'query'), needsMatch: params.some((p) => p.name === 'If-Match' && p.required),
        type: content && Object.keys(content)[0], body: content && resolveRef(doc, Object.values(content)[0].schema), isList: Boolean(schema?.properties?.items),
      });
    }
  return found;
}

export class Matrix {
  static async start({ nginx = {}, conf = {} } = {}) {
    const m = new Matrix();
    m.plugins = await PluginDesk.start({ workers: 2, session_workers: 1, clock_interval_ms: 60000, plugin_report_ms: 5000, plugin_ask_ms: 1000, ...conf }, { nginx });
    m.desk = m.plugins.base;
    m.desk.psql('postgres', `select setval('ebb.plugin_plugin_id_seq', 8800000), setval('ebb.plugin_report_report_id_seq', 8810000)`);
    const play = await m.plugins.install(m.plugins.build(path.join(tree, 'tests/plugin/play/play.c')));
    for (const file of ['kit.world.sql', 'kit.watch.sql']) m.desk.psql('postgres', `\\i '${path.join(tree, 'tests/matrix', file)}'`);
    m.report = Number(m.desk.value('postgres', `select report_id from ebb.plugin_report where plugin_id = ${play}`));
    m.plugin = play;
    m.session = new Session(m.desk.pghost, m.desk.database);
    await m.session.ask(`select matrix.plugin(d, ${play}, ${m.report}) from generate_series(1, 3) d; notify ebb_plugin`);
    await m.session.ask('select matrix.undo(); delete from matrix.change');
    m.agent = new http.Agent({ keepAlive: true, maxSockets: 8 });
    m.doc = (await m.desk.call('GET', '/api/openapi.json')).body;
    m.operations = operations(m.doc);
    m.objects = [1, 2, 3].map((d) => m.objectsOf(d));
    m.denied = [];
    m.counts = { requests: 0, succeeded: 0, refused: 0, compared: 0 };
    m.etags = new Map();
    return m;
  }

  // What stands for {..._id} in a path or a body of department d, by name.
  objectsOf(d) {
    const b = base(d);
    const named = Object.fromEntries(this.desk.psql('postgres', `select name, id from matrix.object where d = ${d}`).map(([name, id]) => [name, Number(id)]));
    return {
      ...named, d, b, department_id: b, ticket_id: named.active, transfer_id: named.transfer, person_id: b + 4, team_id: b + 101, service_id: b + 601, request_type_id: b + 401,
      calendar_id: b + 201, sla_policy_id: b + 301, sla_rehearsal_id: b + 801, report_schedule_id: b + 701, report_document_id: b + 711, skill_id: b + 901, shift_id: b + 911, absence_id: b + 921, retention_rule_id: b + 931, plugin_id: this.plugin, report_id: this.report,
    };
  }

  async stop() {
    this.session?.end();
    this.agent?.destroy();
    await this.plugins?.stop();
  }

  raw(method, where, headers, body) {
    return new Promise((resolve, reject) => {
      const req = http.request(this.desk.url + where, { method, agent: this.agent, headers, timeout: 30000 }, (res) => {
        const parts = [];
        res.on('data', (part) => parts.push(part));
        res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, text: Buffer.concat(parts).toString() }));
      });
      req.on('timeout', () => req.destroy(new Error(`${method} ${where}: no answer`)));
      req.on('error', reject);
      req.end(body);
    });
  }

  // One request of an actor; what is wrong with its reply whatever it is goes to faults.
  async request(operation, actor, { ids = {}, query = {}, body, headers = {} }, faults = []) {
    let where = operation.path.replace(/\{(\w+)\}/g, (_, name) => ids[name]);
    const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined)).toString();
    if (words) where += `?${words}`;
    const sent = { ...headers };
    if (actor.as) sent.authorization = `Bearer ${actor.as}`;
    if (actor.cookie && !sent.cookie) Object.assign(sent, actor.cookie);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    if (payload !== undefined) Object.assign(sent, { 'content-type': operation.type ?? 'application/json', 'content-length': Buffer.byteLength(payload) });
    const reply = await this.raw(operation.method, where, sent, payload);
    reply.what = `${actor.name} ${operation.method} ${where}`;
    this.counts.requests += 1;
    const all = `${JSON.stringify(reply.headers)}\n${reply.text}`;
    for (const word of strangers(actor, all)) if (!payload?.includes(word) && !where.includes(word)) faults.push(`${reply.what}: ${reply.status} shows ${word}`);
    if (reply.status >= 500) faults.push(`${reply.what}: ${reply.status} ${reply.text.slice(0, 300)}`);
    if (reply.status >= 400) {
      this.counts.refused += 1;
      this.denied.push({ id: reply.headers['x-request-id'], what: reply.what });
    } else this.counts.succeeded += 1;
    return reply;
  }

  // Takes back what has been changed, so that the next asks in the same world.
  async undo() {
    for (let tries = 0; ; tries++) {
      try { return await this.session.ask('select matrix.undo()'); } catch (error) { if (tries === 3 || !/deadlock/.test(error.message)) throw error; }
    }
  }

  // What refused requests have changed all the same, since the last look.
  async changed() {
    const ids = this.denied.map((r) => r.id).filter(Boolean);
    const lines = ids.length === 0 ? '' : await this.session.ask(`select matrix.changed('{${ids.join(',')}}')`);
    const byId = new Map(this.denied.map((r) => [r.id, r.what]));
    this.denied = [];
    return lines.split('\n').filter(Boolean).map((line) => `${byId.get(line.split(' ')[0])}: refused, and yet ${line.slice(33)}`);
  }

  // The version of an object, as one who may see it reads it.
  async etag(where, insiders) {
    if (!this.etags.has(where)) {
      let etag = '"1"';
      for (const actor of insiders) {
        const reply = await this.raw('GET', where, { authorization: `Bearer ${actor.as}` });
        if (reply.status === 200 && reply.headers.etag) { etag = reply.headers.etag; break; }
      }
      this.etags.set(where, etag);
    }
    return this.etags.get(where);
  }
}

// What two replies are compared by: all but the request's own number, the time, and the ids that were asked for.
export function shape(reply, ...ids) {
  let text = reply.text.replace(/"instance":"[0-9a-f]*"/g, '"instance":""').replace(/"age_hours":[0-9.]+/g, '"age_hours":0');
  for (const id of ids) text = text.replaceAll(String(id), 'ID');
  const headers = Object.fromEntries(Object.entries(reply.headers).filter(([name]) => ['content-type', 'etag', 'link', 'allow', 'location', 'www-authenticate', 'retry-after', 'set-cookie', 'content-disposition'].includes(name))
    .map(([name, value]) => [name, ids.reduce((t, id) => String(t).replaceAll(String(id), 'ID'), value)]));
  return JSON.stringify({ status: reply.status, headers, text });
}

