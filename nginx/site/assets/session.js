// SPDX-License-Identifier: Apache-2.0
// The session of this browser. The cookie itself is out of a script's reach (HttpOnly); what is kept here is only the
// note that there is one, so that a visitor who never signed in causes no refused request.
// It must not know what a page shows.
import { call, noteCsrf, Refused } from './call.js';

const note = 'ebb.signed-in';

export function noteSession(isSignedIn) {
  try {
    if (isSignedIn) localStorage.setItem(note, '1');
    else localStorage.removeItem(note);
  } catch { /* storage may be switched off: then the page asks for the log-in each time */ }
}

function isNoted() {
  try {
    return localStorage.getItem(note) !== null;
  } catch {
    return false;
  }
}

// The session, or null when there is none.
export async function readSession() {
  if (!isNoted()) return null;
  try {
    const session = await call('GET', '/api/v1/session');
    noteCsrf(session.csrf_token);
    return session;
  } catch (error) {
    if (error instanceof Refused && error.status === 401) {
      noteSession(false);
      return null;
    }
    throw error;
  }
}

// given: email and password; code, new_password and provider where they are asked for.
export async function openSession(given) {
  const opened = await call('POST', '/api/v1/session', given);
  noteSession(true);
  noteCsrf(opened.csrf_token);
  return opened;
}

export async function closeSession() {
  try {
    await call('DELETE', '/api/v1/session');
  } catch (error) {
    if (!(error instanceof Refused && error.status === 401)) throw error;
  }
  noteSession(false);
  noteCsrf(null);
}
