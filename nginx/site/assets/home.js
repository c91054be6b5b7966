// SPDX-License-Identifier: Apache-2.0
// The page "This desk": puts the card, the log-in and the proof together.
import { sentence } from './call.js';
import { watchDesk } from './desk.js';
import { find, say } from './dom.js';
import { forgetProof, showProof } from './proof.js';
import { closeSession, openSession, readSession } from './session.js';

function showSignedOut() {
  forgetProof();
  find('signed-in').hidden = true;
  find('signed-out').hidden = false;
}

// "agent in Information Technology, Finance · team Network"; whoever works for no department is a requester.
function facts(session) {
  const roles = new Map();
  for (const { role_code: role, department_name: place } of session.roles) roles.set(role, [...(roles.get(role) ?? []), place]);
  const work = [...roles].map(([role, places]) => `${role} in ${places.join(', ')}`);
  const teams = session.teams.map((t) => t.team_name).join(', ');
  return [session.email, work.join('; ') || 'requester', teams && `team ${teams}`].filter(Boolean).join(' · ');
}

async function showSignedIn(session) {
  find('person-title').textContent = session.person_name;
  say(find('person-facts'), facts(session));
  find('signed-out').hidden = true;
  find('signed-in').hidden = false;
  say(find('signed-in-error'), '');
  try {
    await showProof(session.person_id);
  } catch (error) {
    say(find('signed-in-error'), sentence(error));
  }
}

async function signIn(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector('button[type=submit]');
  if (button.getAttribute('aria-disabled') === 'true') return;
  const blank = ['email', 'password'].map(find).find((field) => field.value.trim() === '');
  if (blank) {
    say(find('sign-in-error'), `${form.querySelector(`label[for=${blank.id}]`).textContent} is missing.`);
    blank.focus();
    return;
  }
  button.setAttribute('aria-disabled', 'true');
  say(find('sign-in-error'), '');
  try {
    const session = await openSession(find('email').value.trim(), find('password').value);
    form.reset();
    await showSignedIn(session);
    find('person-title').focus();
  } catch (error) {
    say(find('sign-in-error'), sentence(error));
    find('sign-in-error').focus();
  } finally {
    button.removeAttribute('aria-disabled');
  }
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
  find('sign-in').addEventListener('submit', signIn);
  find('sign-out').addEventListener('click', signOut);
  offerDemoPersons();
  watchDesk();
  try {
    const session = await readSession();
    if (session) await showSignedIn(session);
    else showSignedOut();
  } catch (error) {
    showSignedOut();
    say(find('sign-in-error'), sentence(error));
  }
}

start();
