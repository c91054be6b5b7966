// SPDX-License-Identifier: Apache-2.0
// Every plugin of tests/plugin/hostile on a desk with another department beside it: what cannot be trusted is not installed; what
// can be installed costs its process and its call, and no ticket, no worker and nobody else's answer.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PluginDesk, tree, until } from './kit.mjs';

const folder = path.join(tree, 'tests/plugin/hostile');
const all = fs.readdirSync(folder).filter((file) => file.endsWith('.c')).map((file) => file.slice(0, -2)).sort();
// Not to be installed: what it says of itself, exports or needs cannot be, or it does not survive its trial.
const refused = ['crash_load', 'crash_start', 'fail_start', 'hang_start', 'liar_size', 'nothing', 'two_symbols', 'undefined', 'wrong_major', 'wrong_name', 'wrong_words', 'zero_size'];
// Do their work; the odd headers are in order.
const good = ['honest', 'new_header', 'old_header'];
// Whose process is lost each time, until nobody calls them.
const struck = ['closer', 'crash', 'deep', 'forger', 'gigabyte', 'glutton', 'hang', 'leaver'];

const limitMs = 250;
let desk;
let play;
let installed;
before(async () => {
  desk = await PluginDesk.start({ workers: 2, plugin_ask_ms: limitMs });
  play = await desk.install(desk.build(path.join(tree, 'tests/plugin/play/play.c')));
  await desk.enable(play, 2, { config: { secret: 'hr', urgency: 3 } });
  installed = new Map();
  for (const name of all) {
    const file = desk.build(path.join(folder, `${name}.c`), { warnings: false, libs: ['-lpthread', '-Wl,-z,lazy'] });
    const done = await desk.ctl(['plugin', 'install', file]);
    if (done.code === 0) installed.set(name, Number(desk.ask(`select plugin_id from ebb.plugin where plugin_name = '${name}'`)));
    else assert.match(done.stderr, /\w+ \w+/, `${name} is refused with a sentence`);
  }
  // The last of many reloads: one keeper knows them all.
  await until('all are verified', () => {
    const [keeper] = desk.keepers();
    const known = desk.log().filter((l) => l.pid === keeper && /is verified/.test(l.msg)).map((l) => l.plugin);
    return [...installed.keys()].every((name) => known.includes(name));
  }, 60000);
});
after(async () => { await desk?.stop(); });

const enable = (name, is) => desk.ask(`insert into ebb.plugin_department (plugin_id, department_id, is_enabled, mode, "position") values (${installed.get(name)}, 1, ${is}, 'act', 1)
  on conflict (plugin_id, department_id) do update set is_enabled = ${is}; select pg_notify('ebb_cache', 'plugin')`);
const isOut = (name) => desk.ask(`select quarantined_at is not null from ebb.plugin_department where plugin_id = ${installed.get(name)} and department_id = 1`) === 't';
const theirs = async () => {
  const { status, json, runs } = await desk.open('theirs', { as: 'rob', service: 54 });
  return { status, urgency: json?.urgency, outcome: runs[0]?.outcome, said: runs[0]?.actions };
};

test('what cannot be trusted is not installed', () => {
  assert.deepEqual(all.filter((name) => !installed.has(name)), refused);
});

for (const name of all.filter((one) => !refused.includes(one)))
  test(`${name}: tickets are opened in time, and HR notices nothing`, async () => {
    const before = await theirs();
    assert.equal(before.outcome, 'applied');
    enable(name, true);
    const said = [];
    const ask = async () => {
      const { status, runs } = await desk.open(`for ${name}`);
      assert.equal(status, 201);
      for (const run of runs) {
        said.push(run.error ?? run.outcome);
        assert.ok(run.duration_us < (limitMs + 1000) * 1000, `${run.duration_us} us of waiting`);
      }
      return isOut(name);
    };
    try {
      for (let n = 0; n < 6 && !await ask(); n++) assert.deepEqual(await theirs(), before);
      assert.ok(said.length > 0, 'it was asked');
      if (struck.includes(name)) await until('quarantine', ask, 30000);
      if (good.includes(name)) {
        assert.ok(!said.some((word) => ['gone', 'nonsense'].includes(word)), said.join(' '));
        assert.deepEqual(desk.incidents(installed.get(name)).filter((i) => i.kind !== 'hang'), []);
      }
    } finally {
      enable(name, false);
    }
    await until('nobody asks it', async () => (await desk.open('nobody')).runs.length === 0);
    assert.deepEqual(await theirs(), before);
  });

test('no process of the desk died of it, and HR had no incident', () => {
  assert.deepEqual(desk.log().filter((l) => l.process === 'master' && /died|hangs|killed/.test(l.msg)), []);
  assert.equal(desk.ask('select count(*) from ebb.plugin_incident where department_id = 2'), '0');
});
