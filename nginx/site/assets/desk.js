// SPDX-License-Identifier: Apache-2.0
// The card "This desk": what /api/health and /api/ready say, asked again while the page is in sight.
// It must not know the session.
import { call, Refused } from './call.js';
import { find } from './dom.js';

const every = 15000;
let mayAskReady = true;

function show(id, text, state) {
  const node = find(id);
  node.textContent = text;
  node.dataset.state = state ?? '';
}

async function health() {
  try {
    const said = await call('GET', '/api/health');
    show('desk-version', said.version ?? 'unknown');
    show('desk-health', 'alive', 'good');
  } catch (error) {
    show('desk-health', error instanceof Refused ? `answers ${error.status}` : 'does not answer', 'bad');
  }
}

// nginx lets the desk's own machine ask this and nobody else; a refusal is no fault, and is not asked again.
async function ready() {
  if (!mayAskReady) return;
  try {
    const said = await call('GET', '/api/ready');
    show('desk-ready', said.writable === false ? 'ready, read only' : 'ready', said.writable === false ? 'fair' : 'good');
    show('desk-schema', said.schema === undefined ? 'unknown' : `migration ${said.schema}`);
  } catch (error) {
    mayAskReady = !(error instanceof Refused && error.status === 403);
    show('desk-ready', mayAskReady ? 'not ready' : 'told to the desk’s own machine only', mayAskReady ? 'bad' : '');
    if (!mayAskReady) show('desk-schema', '–');
  }
}

async function round() {
  await Promise.all([health(), ready()]);
  find('desk-checked').textContent = `Asked at ${new Date().toLocaleTimeString()}.`;
}

export function watchDesk() {
  round();
  setInterval(() => { if (document.visibilityState === 'visible') round(); }, every);
}
