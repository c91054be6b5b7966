// SPDX-License-Identifier: Apache-2.0
// A desk with a folder for plugins, and what an operator does with them. It must not know any plugin.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDesk, tree, until } from '../../lib/desk.mjs';

const here = dirname(fileURLToPath(import.meta.url));

// A plugin from one file in C beside this one; its name is the file's. flags: more for the compiler.
export function compile(desk, source, name = basename(source, '.c'), flags = []) {
  const file = join(desk.paths.home, 'built', `${name}.so`);
  mkdirSync(dirname(file), { recursive: true });
  execFileSync(process.env.CC || 'cc', ['-std=gnu11', '-O1', '-Wall', '-Werror', '-fPIC', '-shared', '-fvisibility=hidden',
    '-I', join(tree, 'include'), ...flags, '-o', file, join(here, source)]);
  return file;
}

export async function startPluginDesk(conf = {}) {
  const desk = await startDesk({ conf: { workers: 2, plugin_dir: 'plugins', plugin_owner: userInfo().username, ...conf } });
  mkdirSync(join(desk.paths.home, 'plugins'), { recursive: true });
  desk.must = (...args) => {
    const done = desk.ctl(['plugin', ...args], { env: { PGUSER: 'postgres', EBB_SQL: join(tree, 'sql') } });
    if (done.status !== 0) throw new Error(`ebbctl plugin ${args.join(' ')}: ${done.stdout}${done.stderr}`);
    return done.stdout;
  };
  desk.enable = (plugin, department, { mode = 'act' } = {}) => desk.must('enable', plugin, '--department', department, '--mode', mode);
  desk.disable = (plugin, department) => desk.must('disable', plugin, '--department', department);
  desk.lift = (plugin, department) => desk.must('lift', plugin, '--department', department);
  // The master's children of that name, as the kernel knows them.
  desk.processes = (comm) => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid)).filter((pid) => {
    try {
      const [, name, rest] = /^\d+ \((.*)\) (.*)$/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').trim());
      return name === comm && rest.split(' ')[0] !== 'Z' && Number(rest.split(' ')[1]) === desk.pids.ebbd;
    } catch { return false; }
  }).map(Number);
  desk.reload = () => process.kill(desk.pids.ebbd, 'SIGHUP');
  return desk;
}

// Compiles, installs, and waits until the generation that knows the plugin is at work.
export async function install(desk, source) {
  const before = desk.processes('ebbd-courier')[0];
  desk.must('install', compile(desk, source));
  await until(() => { const now = desk.processes('ebbd-courier'); return now.length === 1 && now[0] !== before; },
    { seconds: 20, what: 'the reload after the installation' });
}
