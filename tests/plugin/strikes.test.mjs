// SPDX-License-Identifier: Apache-2.0
// Whatever a plugin does to its process, the ticket is opened, nobody else's answers change, the culprit is known, and the third
// time in ten minutes puts it in quarantine, for that department or everywhere, until somebody lifts that.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PluginDesk, tree, until } from './kit.mjs';

const source = path.join(tree, 'tests/plugin/play/play.c');
let desk;
let play;
before(async () => {
  desk = await PluginDesk.start({ workers: 2, plugin_ask_ms: 300 });
  play = await desk.install(desk.build(source));
  await desk.enable(play, 1, { config: { secret: 'it' } });
  await desk.enable(play, 2, { config: { secret: 'hr', urgency: 3 } });
});
after(async () => { await desk?.stop(); });

const theirs = async () => {
  const { status, json, runs } = await desk.open('theirs', { as: 'rob', service: 54 });
  return { status, urgency: json?.urgency, outcome: runs[0]?.outcome, said: runs[0]?.actions[0]?.explanation };
};
const isOut = (department) => desk.ask(`select quarantined_at is not null from ebb.plugin_department where plugin_id = ${play} and department_id = ${department}`) === 't';
const lift = (body = {}) => desk.post(`/api/v1/plugins/${play}/lift`, body, { as: 'ada' });

// What comes of it, and how the log and the incident call it.
const deeds = [
  ['crash now', 'gone', 'crash', /SIGSEGV/],
  ['hang now', 'late', 'hang', /time was over/],
  ['leave now', 'gone', 'crash', /left|ended/],
  ['eat now', 'gone|late', 'memory|hang', /memory|time was over/],
  ['babble now', 'nonsense|gone', 'nonsense', /./],
];

for (const [subject, error, kind, sentence] of deeds)
  test(`${subject}: tickets are opened, HR's answers stay, three strikes are a quarantine for IT alone`, async () => {
    const before = await theirs();
    assert.equal(before.outcome, 'applied', JSON.stringify(before));
    const known = desk.incidents(play).length;
    const seen = new Set();
    await until(`${subject}: quarantine`, async () => {
      const { status, runs, ms } = await desk.open(subject);
      assert.equal(status, 201);
      assert.ok(ms < 2500, `${ms} ms`);
      for (const run of runs) {
        assert.equal(run.outcome, 'failed', JSON.stringify(run));
        seen.add(run.error);
      }
      assert.deepEqual(await theirs(), before);
      return isOut(1);
    }, 30000);
    assert.ok([...seen].some((word) => error.split('|').includes(word)), `${[...seen]}`);
    const incidents = desk.incidents(play).slice(known);
    assert.ok(incidents.length === 3 || incidents.length === 4, JSON.stringify(incidents)); // one may have been on its way
    for (const incident of incidents) {
      assert.match(incident.kind, new RegExp(`^(${kind})$`), JSON.stringify(incident));
      assert.match(incident.sentence, sentence);
      assert.equal(incident.department_id, 1);
    }
    assert.equal(incidents[2].quarantined, 'department');
    assert.ok(desk.log().some((l) => l.process === 'keeper' && l.plugin === 'play' && l.level === 'error' && l.msg.includes('department 1')));
    await until('nobody asks it', async () => (await desk.open(subject)).runs.length === 0);
    assert.deepEqual(await theirs(), before);
    const lifted = await lift({ department_id: 1 });
    assert.equal(lifted.status, 200, lifted.text);
    await until('it is asked again', async () => (await desk.open('well')).runs[0]?.outcome === 'applied', 40000);
  });

test('the backtrace of a crash names the function', () => {
  const crash = desk.incidents(play).find((i) => i.kind === 'crash' && /SIGSEGV/.test(i.sentence));
  assert.match(crash.backtrace, /categorise|misbehave|play/, crash.backtrace);
});

test('what crashes when it starts is an incident, too, and is not started over and over', async () => {
  const began = Date.now();
  const known = desk.incidents(play).length;
  desk.ask(`update ebb.plugin_department set config = config || '{"on_start": "crash now"}', config_version = config_version + 1 where plugin_id = ${play} and department_id = 1;
    select pg_notify('ebb_cache', 'plugin')`);
  await until('quarantine', async () => { assert.equal((await desk.open('well')).status, 201); return isOut(1); }, 40000);
  const incidents = desk.incidents(play).slice(known);
  // A process that was on its way when the third died may still be the fourth; nobody starts a fifth.
  assert.ok(incidents.length === 3 || incidents.length === 4, JSON.stringify(incidents));
  assert.equal(incidents[2].quarantined, 'department', JSON.stringify(incidents));
  assert.ok(incidents.every((i) => i.kind === 'start'), JSON.stringify(incidents));
  assert.ok(Date.now() - began >= 100, 'there is a pause between one death and the next start');
  desk.ask(`update ebb.plugin_department set config = config - 'on_start', config_version = config_version + 1 where plugin_id = ${play} and department_id = 1`);
  assert.equal((await lift({ department_id: 1 })).status, 200);
  await until('it is asked again', async () => (await desk.open('well')).runs[0]?.outcome === 'applied', 40000);
});

test('installed with --quarantine=everywhere, three strikes in one department end it in all', async () => {
  await desk.install(desk.build(source), '--quarantine=everywhere');
  await until('quarantine', async () => {
    assert.equal((await desk.open('crash now')).status, 201);
    return desk.ask(`select quarantined_at is not null from ebb.plugin where plugin_id = ${play}`) === 't';
  }, 40000);
  await until('nobody asks it', async () => (await theirs()).outcome === undefined);
  assert.equal((await lift()).status, 200);
  await until('HR has it again', async () => (await theirs()).outcome === 'applied');
});

test('figures of incidents and of results', async () => {
  const { text } = await desk.get('/api/metrics');
  for (const kind of ['crash', 'hang', 'nonsense', 'start']) assert.match(text, new RegExp(`^ebb_plugin_incidents_total\\{kind="${kind}"\\} [1-9]`, 'm'));
  assert.match(text, /^ebb_plugin_calls_total\{plugin="play",kind="categorise",result="late"\} [1-9]/m);
  assert.equal(desk.log().filter((l) => l.process === 'master' && /died|killed/.test(l.msg)).length, 0, 'no process of the desk died');
});
