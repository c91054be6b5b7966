// SPDX-License-Identifier: Apache-2.0
// What the tests of plugins on a running desk share: a desk with a plugin folder of its own, plugins built from C, installed by
// ebbctl and configured by the API. It must not know any plugin.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, tree } from '../lib/desk.mjs';
import { Desk, asShell, load, run, until } from '../fault/kit.mjs';

export { asShell, build, load, run, tree, until };

// A module from C, as an author builds it. Below a folder that nobody else may write to, as ebbctl wants it.
export function compile(folder, source, { name = path.basename(source, '.c'), defines = {}, include = path.join(tree, 'include'), libs = [], warnings = true } = {}) {
  const made = path.join(fs.mkdtempSync(path.join(folder, 'so-')), `${name}.so`);
  fs.chmodSync(path.dirname(made), 0o755);
  const done = spawnSync(process.env.CC || 'cc', ['-shared', '-fPIC', '-fvisibility=hidden', '-O1', '-g', ...(warnings ? [] : ['-w']), '-I', include,
    ...Object.entries(defines).map(([key, value]) => `-D${key}=${value}`), '-o', made, source, ...libs], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${source}: ${done.stderr || done.error}`);
  return made;
}

export class PluginDesk extends Desk {
  static async start(conf = {}, { exclusive = false, nginx = {} } = {}) {
    // A checkout may lie in a folder that a group may write to, which no plugin may; /tmp is sticky.
    const folder = fs.mkdtempSync('/tmp/ebb-plugins-');
    fs.chmodSync(folder, 0o755);
    const base = await Desk.start({ plugin_dir: folder, plugin_owner: os.userInfo().username, ...conf }, { nginx, exclusive });
    const desk = Object.setPrototypeOf(base, PluginDesk.prototype);
    desk.folder = folder;
    return desk;
  }

  async stop() {
    await super.stop();
    if (!process.env.EBB_KEEP) fs.rmSync(this.folder, { recursive: true, force: true });
  }

  // { code, stdout, stderr }; does not hold up the load that a test keeps going meanwhile.
  ctl(args) {
    return run(path.join(build, 'core/ebbctl'), args, { env: { ...this.base.env, PGUSER: 'postgres', EBB_SQL: path.join(tree, 'sql') } });
  }

  reloads() {
    return this.log().filter((l) => l.process === 'master' && /^reload (done|refused)/.test(l.msg)).length;
  }

  // Installs or upgrades, and waits until the desk runs it.
  async install(file, ...options) {
    const before = this.reloads();
    const done = await this.ctl(['plugin', 'install', file, ...options]);
    if (done.code !== 0) throw new Error(`install ${file}: ${done.stdout}${done.stderr}`);
    await until(`the reload after ${path.basename(file)}`, () => this.reloads() > before);
    return Number(this.ask(`select plugin_id from ebb.plugin where plugin_name = '${path.basename(file, '.so')}'`));
  }

  build(source, options) { return compile(this.folder, source, options); }

  // PATCH as an administrator of all departments, at the version that is.
  async configure(pluginId, departmentId, body, { as = 'ada' } = {}) {
    const where = `/api/v1/plugins/${pluginId}/departments/${departmentId}`;
    const now = await this.get(where, { as });
    return this.request('PATCH', where, { as, body, headers: { 'if-match': now.headers.etag ?? '"1"' } });
  }

  async enable(pluginId, departmentId, more = {}) {
    const reply = await this.configure(pluginId, departmentId, { is_enabled: true, mode: 'act', ...more });
    if (reply.status !== 200) throw new Error(`enable: ${reply.status} ${reply.text}`);
    return reply.json;
  }

  // What plugins said about a ticket: [{ plugin, result, outcome, sentence, actions }], newest last.
  runs(ticketId) {
    return JSON.parse(this.ask(`select coalesce(json_agg(json_build_object('plugin', p.plugin_name, 'outcome', r.outcome, 'error', r.error_code, 'sentence', r.sentence,
      'duration_us', r.duration_us, 'actions', (select coalesce(json_agg(json_build_object('args', a.args, 'outcome', a.outcome, 'explanation', a.explanation)), '[]')
      from ebb.plugin_action a where a.plugin_run_id = r.plugin_run_id)) order by r.plugin_run_id), '[]')
      from ebb.plugin_run r join ebb.plugin p on p.plugin_id = r.plugin_id where r.ticket_id = ${Number(ticketId)}`));
  }

  incidents(pluginId) {
    return JSON.parse(this.ask(`select coalesce(json_agg(json_build_object('kind', incident_kind, 'department_id', department_id, 'sentence', sentence,
      'quarantined', quarantined, 'backtrace', backtrace) order by plugin_incident_id), '[]') from ebb.plugin_incident where plugin_id = ${Number(pluginId)}`));
  }

  // Opens a ticket in a department and says what the plugins made of it. service: 51 IT, 54 HR (tests/lib/fixture.sql).
  async open(subject, { as = 'dana', service = 51 } = {}) {
    const began = process.hrtime.bigint();
    const reply = await this.post('/api/v1/tickets', { subject, service_id: service }, { as });
    return { ...reply, ms: Number(process.hrtime.bigint() - began) / 1e6, runs: reply.status === 201 ? this.runs(reply.json.ticket_id) : [] };
  }

  // Processes of plugins: those whose first argument is "ebbd plugin <name>".
  hosts(name) {
    return fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n)).map(Number).filter((pid) => {
      try {
        const words = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0] === `ebbd plugin ${name}` && this.keepers().includes(parentOf(pid));
      } catch { return false; }
    });
  }

  keepers() { return this.pids('keeper'); }
}

export function parentOf(pid) {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
