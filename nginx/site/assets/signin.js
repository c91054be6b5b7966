// SPDX-License-Identifier: Apache-2.0
// The card "Sign in": address and pass-phrase, then what the desk asks for beyond them (a one-time code, a new pass-phrase in the
// place of one that somebody else has set), and the ways in by other accounts. It must not know what comes after.
import { call, Refused } from './call.js';
import { el, find, say } from './dom.js';
import { offerToShow, onSubmit } from './form.js';
import { noteSession, openSession } from './session.js';

// What a way in by another account came back with (core/auth/vouch.c).
const reasons = {
  unknown: 'You are signed in there, and nobody here is known by that account. Ask your administrator.',
  refused: 'The sign-in was broken off there, or its answer could not be believed. Nothing has changed here.',
  expired: 'That took too long. Begin again.',
  unavailable: 'The service that you sign in with does not answer. Try again in a moment, or sign in here.',
};

const step = (name) => find(`step-${name}`);
const stepOf = { '/code': 'code', '/new_password': 'new' };

function reveal(error) {
  const asked = error instanceof Refused && error.status === 403 ? error.errors.map((e) => stepOf[e.pointer]).filter(Boolean) : [];
  for (const name of asked) step(name).hidden = false;
  return asked.length ? step(asked[0]).querySelector('input') : null;
}

export function hideSteps() {
  for (const name of Object.values(stepOf)) step(name).hidden = true;
}

function offer(provider) {
  if (!provider.begin_url) return null;
  return el('li', null, el('a', { class: 'button', href: provider.begin_url }, `Sign in with ${provider.provider_name}`));
}

// A directory takes the same two fields: which one is meant is a choice in the form.
function offerDirectories(directories) {
  if (directories.length === 0) return;
  find('provider').append(...directories.map((p) => el('option', { value: p.provider_code }, p.provider_name)));
  find('which-account').hidden = false;
}

async function offerProviders() {
  try {
    const { items } = await call('GET', '/api/v1/session/providers');
    offerDirectories(items.filter((p) => !p.begin_url));
    const ways = items.map(offer).filter(Boolean);
    find('providers').replaceChildren(...ways);
    find('other-ways').hidden = ways.length === 0;
  } catch { /* the form above is a way in by itself */ }
}

// Where somebody came from who had to sign in first; only our own pages.
export function nextPage() {
  const next = new URLSearchParams(location.search).get('next');
  return ['/account/', '/people/'].includes(next) ? next : null;
}

function readReturn() {
  const params = new URLSearchParams(location.search);
  if (params.get('session') === 'opened') noteSession(true);
  if (params.get('session') === 'refused') say(find('sign-in-error'), reasons[params.get('reason')] ?? 'You could not be signed in that way.');
  if (params.has('session')) history.replaceState(null, '', location.pathname);
}

// done(session) once there is one.
export function prepareSignIn(done) {
  readReturn();
  offerToShow(find('new_password'));
  onSubmit(find('sign-in'), find('sign-in-error'), async (given) => {
    // A hidden field keeps what was typed for somebody else.
    for (const [pointer, name] of Object.entries(stepOf)) if (step(name).hidden) delete given[pointer.slice(1)];
    const session = await openSession({ ...given, email: given.email.trim() });
    find('sign-in').reset();
    hideSteps();
    await done(session);
  }, { reveal });
  offerProviders();
}
