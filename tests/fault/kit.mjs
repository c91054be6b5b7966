// SPDX-License-Identifier: Apache-2.0
// What the fault tests share: a desk of their own, its processes as the kernel sees them, load that keeps a ledger.
// It must not know any fault. Nothing here sleeps for a fixed time: until() waits for a condition.
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { build, startDesk, tokens, tree, until as untilTrue } from '../lib/desk.mjs';

export { tree };
export const serviceId = 51; // of tests/lib/fixture.sql

// Never throws: { code, stdout, stderr }.
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    execFile(command, args, { encoding: 'utf8', maxBuffer: 1 << 24, ...options }, (error, stdout, stderr) =>
      resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr }));
  });
}

export const until = (what, check, ms = 15000) => untilTrue(check, { what, seconds: ms / 1000 });

// A part of the demo's shell functions, for what only the cluster's owner may do.
export const asShell = (script, ...args) =>
  run('bash', ['-c', `. core/demo/owner.sh; . core/demo/cluster.sh; ${script}`, 'fault', ...args], { cwd: tree });

export class Desk {
  // exclusive: a cluster of its own, for tests that restart PostgreSQL.
  static async start(conf = {}, { exclusive = false, nginx = {} } = {}) {
    if (exclusive) process.env.EBB_TESTS = path.join(process.env.EBB_TESTS ?? path.join(build, 'tests'), 'fault-cluster');
    const desk = new Desk();
    desk.base = await startDesk({ nginx, conf: { workers: 2, ...conf } });
    desk.exclusive = exclusive;
    desk.agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
    return desk;
  }

  async stop() {
    this.agent.destroy();
    await this.base.stop();
    if (this.exclusive) await run(path.join(tree, 'tests/lib/cluster.sh'), ['clean']);
  }

  get home() { return this.base.paths.home; }

  get url() { return this.base.url; }

  get database() { return this.base.database; }

  get pghost() { return this.base.pghost; }

  pid() { return Number(fs.readFileSync(`${this.home}/run/ebbd.pid`, 'utf8')); }

  get conf() { return `${this.home}/ebb.conf`; }

  // A parameter may stand in the file only once.
  setParam(name, value) {
    const rest = fs.readFileSync(this.conf, 'utf8').split('\n').filter((line) => !line.startsWith(`${name} `)).join('\n');
    fs.writeFileSync(this.conf, `${rest}\n${name} = ${value}\n`);
  }

  log() {
    return fs.readFileSync(`${this.home}/log/ebbd.log`, 'utf8').split('\n').filter(Boolean).map((line) => {
      try { return JSON.parse(line); } catch { return { level: 'raw', msg: line }; }
    });
  }

  async logged(what, condition, ms) {
    return until(`log: ${what}`, () => this.log().find(condition), ms);
  }

  // Processes below the master: [{pid, name}], read off /proc.
  processes(master = this.pid()) {
    const found = [];
    for (const pid of fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
      try {
        const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
        const close = stat.lastIndexOf(')');
        const [state, parent] = stat.slice(close + 2).split(' ');
        if (Number(parent) === master && state !== 'Z')
          found.push({ pid: Number(pid), name: stat.slice(stat.indexOf('(') + 1, close), state });
      } catch { /* it ended meanwhile */ }
    }
    return found;
  }

  pids(name) { return this.processes().filter((p) => p.name === `ebbd-${name}`).map((p) => p.pid); }

  ask(sql) { return this.base.value('postgres', sql); }

  // One request; never throws: a broken connection is status 0.
  request(method, where, { body, as = 'dana', headers = {}, agent = this.agent, timeout = 30000 } = {}) {
    return new Promise((resolve) => {
      const payload = body === undefined ? undefined : JSON.stringify(body);
      const req = http.request(this.url + where, {
        method, agent, timeout,
        headers: {
          ...(as ? { authorization: `Bearer ${tokens[as]}` } : {}),
          ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
          ...headers,
        },
      }, (res) => {
        const parts = [];
        res.on('data', (part) => parts.push(part));
        res.on('error', (error) => resolve({ status: 0, error, headers: {} }));
        res.on('end', () => {
          const text = Buffer.concat(parts).toString();
          let json;
          try { json = JSON.parse(text); } catch { json = undefined; }
          resolve({ status: res.statusCode, headers: res.headers, text, json });
        });
      });
      req.on('timeout', () => req.destroy(new Error('timeout')));
      req.on('error', (error) => resolve({ status: 0, error, headers: {} }));
      req.end(payload);
    });
  }

  get(where, options) { return this.request('GET', where, options); }

  post(where, body, options = {}) { return this.request('POST', where, { body, ...options }); }

  openTicket(subject, options) { return this.post('/api/v1/tickets', { subject, service_id: serviceId }, options); }

  // Holds a row lock that makes the next write on the ticket wait; release() lets it go.
  async hold(ticketId) {
    const child = spawn('psql', ['-X', '-q', '-A', '-t', '-h', this.pghost, '-U', 'postgres', '-d', this.database],
      { stdio: ['pipe', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (part) => { said += part; });
    child.stdin.write(`begin; select 'held' from ebb.ticket where ticket_id = ${Number(ticketId)} for update;\n`);
    await until('the row lock', () => said.includes('held'));
    return { release: () => new Promise((resolve) => { child.on('close', resolve); child.stdin.end('rollback;\n'); }) };
  }

  // The worker whose database session waits for a lock.
  async waitingWorker() {
    const text = await until('a worker that waits', () => this.ask(
      `select split_part(application_name, ' ', 3) from pg_stat_activity
        where datname = '${this.database}' and application_name like 'ebb worker %' and wait_event_type = 'Lock' limit 1`));
    return Number(text);
  }
}

// Load from n clients until stop(): each turns through the given calls. Counts by status, keeps what was not expected.
export function load(desk, clients, call) {
  const tally = { requests: 0, status: {}, bad: [] };
  let isOn = true;
  const loops = Array.from({ length: clients }, async (_, client) => {
    for (let i = 0; isOn; i++) {
      const reply = await call(client, i);
      tally.requests += 1;
      tally.status[reply.status] = (tally.status[reply.status] ?? 0) + 1;
      if (reply.status < 200 || reply.status > 299) tally.bad.push(reply);
    }
  });
  return {
    tally,
    async reached(n) { await until(`${n} requests`, () => tally.requests >= n, 60000); },
    async stop() { isOn = false; await Promise.all(loops); return tally; },
  };
}

// Writers that open tickets, each under a key of its own, and repeat what was not acknowledged until it is. What counts
// afterwards: every acknowledged subject stands in the database exactly once, and nothing else of this ledger does.
export function ledger(desk, writers) {
  const mark = `ledger ${randomUUID()}`;
  const acknowledged = new Map();
  const odd = [];
  let isOn = true;
  let failures = 0;
  const loops = Array.from({ length: writers }, async (_, writer) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; isOn; i++) {
      const subject = `${mark} ${writer}.${i}`;
      const key = randomUUID();
      let reply;
      do {
        reply = await desk.openTicket(subject, { agent, headers: { 'idempotency-key': key } });
        if (reply.status === 201) break;
        failures += 1;
        if (![0, 409, 502, 503, 504].includes(reply.status)) { odd.push(reply); break; }
      } while (true);
      if (reply.status === 201) acknowledged.set(subject, reply.json.ticket_id);
    }
    agent.destroy();
  });
  return {
    acknowledged, odd,
    failures: () => failures,
    async reached(n) { await until(`${n} acknowledged writes`, () => acknowledged.size >= n, 120000); },
    async stop() { isOn = false; await Promise.all(loops); },
    // {lost, doubled, phantom}: all must be empty.
    async audit() {
      const rows = JSON.parse(desk.ask(`select coalesce(json_agg(json_build_array(subject, n, id)), '[]') from
        (select subject, count(*) n, min(ticket_id) id from ebb.ticket where subject like '${mark}%' group by 1) x`));
      const stored = new Map(rows.map(([subject, n, id]) => [subject, { n, id }]));
      return {
        lost: [...acknowledged].filter(([s, id]) => stored.get(s)?.id !== id).map(([s]) => s),
        doubled: rows.filter(([, n]) => n !== 1).map(([s]) => s),
        phantom: [...stored.keys()].filter((s) => !acknowledged.has(s)),
      };
    },
  };
}
