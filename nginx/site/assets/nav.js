// SPDX-License-Identifier: Apache-2.0
// What the bar shows to whom, and what a page shows to somebody who is not signed in. It must not know what a page does.
import { sentence } from './call.js';
import { find, say } from './dom.js';
import { readSession } from './session.js';

// Who manages people somewhere; the desk itself decides each time, this only spares others a page of refusals.
export const managed = (session) => session.roles.filter((role) => role.role_code === 'admin');

export function showNav(session) {
  for (const node of document.querySelectorAll('[data-for=person]')) node.hidden = !session;
  for (const node of document.querySelectorAll('[data-for=manager]')) node.hidden = !session || managed(session).length === 0;
}

// For pages that need a session: shows #signed-in and gives the session, or shows #signed-out and gives null.
export async function needSession() {
  let session = null;
  try {
    session = await readSession();
  } catch (error) {
    say(find('page-error'), sentence(error));
  }
  showNav(session);
  find('signed-in').hidden = !session;
  find('signed-out').hidden = Boolean(session);
  return session;
}
