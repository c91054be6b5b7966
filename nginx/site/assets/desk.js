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

function showReady(said) {
  const isWritable = said.database?.writable !== false;
  const reasons = said.reasons?.join('; ');
  show('desk-ready', said.ready ? 'ready' : reasons || 'not ready', said.ready ? 'good' : isWritable ? 'bad' : 'fair');
  show('desk-schema', said.database ? `migration ${said.database.schema}` : 'unknown');
}

// nginx lets the desk's own machine ask this and nobody else; a refusal is no fault, and is not asked again.
async function ready() {
  if (!mayAskReady) return;
  try {
    showReady(await call('GET', '/api/ready'));
  } catch (error) {
    mayAskReady = !(error instanceof Refused && error.status === 403);
    if (mayAskReady) showReady(error.body ?? {});
    else {
      show('desk-ready', 'told to the desk’s own machine only');
      show('desk-schema', '–');
    }
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
