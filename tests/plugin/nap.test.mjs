// SPDX-License-Identifier: Apache-2.0
// A declared statement that takes its time: it costs a worker half a second once in a while, and no ticket.
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { PluginDesk, tree } from './kit.mjs';

let desk;
let play;
before(async () => {
  desk = await PluginDesk.start({ workers: 1, plugin_ask_ms: 1000 });
  play = await desk.install(desk.build(path.join(tree, 'tests/plugin/play/play.c'), { defines: { PLAY_NAP: '"200000000"' } }));
  await desk.enable(play, 1, { config: { secret: 'x' } });
  await desk.enable(play, 2, { config: { secret: 'x' } });
});
after(async () => { await desk?.stop(); });

const warnings = () => desk.log().filter((l) => l.process === 'worker' && /^plugins are not asked/.test(l.msg)).length;

test('a slow statement is given up, the ticket is opened, and that service is not asked again for a while', async () => {
  for (let i = 0; i < 5; i++) {
    const { status, runs } = await desk.open(`slow ${i}`);
    assert.equal(status, 201);
    assert.deepEqual(runs, []);
  }
  assert.equal(warnings(), 1, 'one worker waited once');
});

test('another service has a pause of its own', async () => {
  for (let i = 0; i < 3; i++) assert.equal((await desk.open(`theirs ${i}`, { as: 'rob', service: 54 })).status, 201);
  assert.equal(warnings(), 2);
});
