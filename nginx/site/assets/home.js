// SPDX-License-Identifier: Apache-2.0
// The page "This desk": puts the card, the log-in and the proof together.
import { sentence } from './call.js';
import { watchDesk } from './desk.js';
import { find, say } from './dom.js';
import { showNav } from './nav.js';
import { forgetProof, showProof } from './proof.js';
import { closeSession, readSession } from './session.js';
import { nextPage, prepareSignIn } from './signin.js';
import { forgetTicket, showTicket } from './ticket.js';

function showSignedOut() {
  forgetProof();
  forgetTicket();
  showNav(null);
  find('signed-in').hidden = true;
  find('signed-out').hidden = false;
}

// "agent in Information Technology, Finance · team Network"; whoever works for no department is a requester.
function facts(session) {
  const roles = new Map();
  for (const { role_code: role, department_name: place } of session.roles) roles.set(role, [...(roles.get(role) ?? []), place]);
  const work = [...roles].map(([role, places]) => `${role} in ${places.join(', ')}`);
  if (session.is_operator) work.push('operator of the desk');
  const teams = session.teams.map((t) => t.team_name).join(', ');
  return [session.email, work.join('; ') || 'requester', teams && `team ${teams}`].filter(Boolean).join(' · ');
}

async function showSignedIn(session) {
  find('person-title').textContent = session.person_name;
  say(find('person-facts'), facts(session));
  showNav(session);
  find('signed-out').hidden = true;
  find('signed-in').hidden = false;
  say(find('signed-in-error'), '');
  try {
    await Promise.all([showTicket(), showProof(session.person_id)]);
  } catch (error) {
    say(find('signed-in-error'), sentence(error));
  }
}

async function arrive(session) {
  if (nextPage()) {
    location.assign(nextPage());
    return;
  }
  await showSignedIn(session);
  find('person-title').focus();
}

async function signOut() {
  try {
    await closeSession();
    showSignedOut();
    find('email').focus();
  } catch (error) {
    say(find('signed-in-error'), sentence(error));
  }
}

// The demo listens on loopback only, so nobody else is shown its persons.
function offerDemoPersons() {
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);
  find('demo-persons').hidden = !isLoopback;
  find('demo-persons').addEventListener('click', (event) => {
    const email = event.target.dataset?.email;
    if (!email) return;
    find('email').value = email;
    find('password').focus();
  });
}

async function start() {
  prepareSignIn(arrive);
  find('sign-out').addEventListener('click', signOut);
  offerDemoPersons();
  watchDesk();
  try {
    const session = await readSession();
    if (session && nextPage()) location.replace(nextPage());
    else if (session) await showSignedIn(session);
    else showSignedOut();
  } catch (error) {
    showSignedOut();
    say(find('sign-in-error'), sentence(error));
  }
}

start();
