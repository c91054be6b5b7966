// SPDX-License-Identifier: Apache-2.0
// What tests in JavaScript stand on: a desk of their own, or only a database, made by tests/lib/desk.sh and cluster.sh.
// Works under Node 18 and without any package. It must not know a route or a table.
//
//   import { startDesk } from '../lib/desk.mjs';
//   const desk = await startDesk({ nginx: { EBB_API_PER_SECOND: 5 }, conf: { workers: 1 } });
//   await desk.call('GET', '/api/v1/tickets', { as: 'dana' })     -> { status, headers, body, text }
//   desk.psql('ebb_api', 'select ...')                            -> [[...], ...], or throws with .sqlstate
//   desk.paths.ebbdLog, desk.pids.ebbd, desk.tokens.dana, desk.url, desk.database, desk.ctl(...)
//   await desk.stop();
import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const lib = dirname(fileURLToPath(import.meta.url));
export const tree = process.env.EBB_SRC || join(lib, '../..');
export const build = process.env.EBB_BUILD || join(tree, 'build');
// Real logs for comparison lie in a folder "shared" beside the checkout; empty where it is absent.
export const shared = process.env.EBB_SHARED || '';

const words = ['dana', 'lee', 'ned', 'nia', 'sol', 'ada', 'rae', 'rob', 'hal', 'hana', 'fay', 'finn', 'amy', 'gil', 'ian', 'old', 'lost'];
// The fixture's tokens (tests/lib/fixture.sql).
export const tokens = Object.fromEntries(words.map((word) => [word, `ebb_${word.padEnd(43, '0')}`]));

// Roles that cannot log in are taken on by the superuser at the start of the session.
const noLogin = ['ebb_owner', 'ebb_api', 'ebb_report', 'ebb_replay', 'ebb_bi', 'ebb_bi_text'];

function pairs(text) {
  return Object.fromEntries(text.trim().split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

class Database {
  constructor(pghost, database) {
    this.pghost = pghost;
    this.database = database;
    this.env = { ...process.env, PGHOST: pghost, PGDATABASE: database };
  }

  // One session; rows as arrays of text, null for NULL. An error throws, with .sqlstate, .detail and .hint.
  psql(role, sql) {
    const env = { ...this.env, PGUSER: noLogin.includes(role) ? 'postgres' : role };
    if (noLogin.includes(role)) env.PGOPTIONS = `-c role=${role}`;
    const settings = ['ON_ERROR_STOP=1', 'VERBOSITY=verbose'].flatMap((setting) => ['-v', setting]);
    const done = spawnSync('psql', ['-X', '-q', '-A', '-t', '-F', '\x1f', '-R', '\x1e', '-P', 'null=\x1a', ...settings, '-f', '-'], {
      env, input: sql, encoding: 'utf8', maxBuffer: 1 << 28,
    });
    if (done.status !== 0) {
      const error = new Error(`psql as ${role}: ${done.stderr || done.error}`);
      error.sqlstate = /ERROR: {2}([0-9A-Z]{5}):/.exec(done.stderr)?.[1];
      error.detail = /^DETAIL: {2}(.*)$/m.exec(done.stderr)?.[1];
      error.hint = /^HINT: {2}(.*)$/m.exec(done.stderr)?.[1];
      throw error;
    }
    const text = done.stdout.replace(/[\x1e\n]$/, '');
    return text === '' ? [] : text.split('\x1e').map((row) => row.split('\x1f').map((cell) => (cell === '\x1a' ? null : cell)));
  }

  value(role, sql) {
    return this.psql(role, sql)[0]?.[0];
  }

  // ebbctl against this database: { status, stdout, stderr }; never throws.
  ctl(args, { input = '', env = {} } = {}) {
    return spawnSync(join(build, 'core/ebbctl'), args, {
      env: { ...this.env, ...env }, input, encoding: 'utf8', maxBuffer: 1 << 28,
    });
  }
}

class Desk extends Database {
  constructor(started) {
    super(started.pghost, started.database);
    this.url = started.url;
    this.tokens = tokens;
    this.pids = { ebbd: Number(started.ebbd), nginx: Number(started.nginx) };
    this.paths = {
      home: started.home, conf: join(started.home, 'ebb.conf'), pgData: join(started.pghost, 'data'),
      log: join(started.home, 'log'), ebbdLog: join(started.home, 'log/ebbd.log'),
      socket: join(started.home, 'run/ebbd.sock'), sessionSocket: join(started.home, 'run/session.sock'),
    };
    this.env.EBB_CONF = this.paths.conf;
  }

  // as: a word of the fixture, or a whole token. A body that is no text goes as JSON.
  async call(method, path, { as, body, headers = {}, signal } = {}) {
    const sent = { ...headers };
    if (as) sent.authorization = `Bearer ${tokens[as] || as}`;
    if (body !== undefined && !Object.keys(sent).some((name) => name.toLowerCase() === 'content-type'))
      sent['content-type'] = 'application/json';
    const reply = await fetch(this.url + path, {
      method, headers: sent, signal, redirect: 'manual',
      body: body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
    const text = await reply.text();
    let parsed;
    if (/json/.test(reply.headers.get('content-type') || '')) parsed = JSON.parse(text);
    return { status: reply.status, headers: reply.headers, text, body: parsed };
  }

  // The daemon's log so far, one object a line.
  log() {
    return readFileSync(this.paths.ebbdLog, 'utf8').split('\n').filter(Boolean).map((line) => JSON.parse(line));
  }

  // Fails when a sanitizer has complained or a process does not end.
  async stop() {
    await run(join(lib, 'desk.sh'), ['stop', this.paths.home]);
  }
}

async function cluster() {
  const { stdout } = await run(join(lib, 'cluster.sh'), ['up']);
  return pairs(stdout);
}

export async function startDesk({ nginx = {}, conf = {} } = {}) {
  await cluster();
  const settings = [
    ...Object.entries(nginx).map(([name, value]) => `${name}=${value}`),
    ...Object.entries(conf).map(([name, value]) => `${name}=${typeof value === 'string' ? JSON.stringify(value) : value}`),
  ];
  const { stdout } = await run(join(lib, 'desk.sh'), ['start', ...settings], { env: { ...process.env, EBB_BUILD: build } });
  return new Desk(pairs(stdout));
}

// A clone of the template without a daemon.
export async function startDatabase(name = `node_${process.pid}`) {
  const { PGHOST } = await cluster();
  await run(join(lib, 'cluster.sh'), ['drop', name]);
  await run(join(lib, 'cluster.sh'), ['clone', name]);
  const database = new Database(PGHOST, name);
  database.stop = () => run(join(lib, 'cluster.sh'), ['drop', name]);
  return database;
}

// Polls until the function returns something true; no test sleeps for a fixed time.
export async function until(check, { seconds = 10, what = 'the condition' } = {}) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() > end) throw new Error(`${what} did not come true within ${seconds} s`);
    await new Promise((resolve) => { setTimeout(resolve, 20); });
  }
}
