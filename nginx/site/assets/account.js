// SPDX-License-Identifier: Apache-2.0
// The page "Your account": pass-phrase, and the parts that have files of their own.
import { call, noteCsrf } from './call.js';
import { find, say } from './dom.js';
import { offerToShow, onSubmit } from './form.js';
import { needSession } from './nav.js';
import { showSessions } from './sessions.js';
import { prepareTokens, showTokens } from './tokens.js';
import { prepareTotp } from './totp.js';

function preparePassword() {
  offerToShow(find('new_password'));
  onSubmit(find('password-form'), find('password-error'), async (given) => {
    const session = await call('POST', '/api/v1/session/password', given);
    noteCsrf(session.csrf_token); // the change has opened a new session
    find('password-form').reset();
    say(find('account-said'), 'Your pass-phrase is changed; your other sessions have ended.');
    await showSessions();
    find('password-title').scrollIntoView({ block: 'nearest' });
    find('password').focus();
  });
}

async function start() {
  const session = await needSession();
  if (!session) return;
  find('account-facts').textContent = `${session.person_name}, ${session.email}`;
  find('username').value = session.email;
  preparePassword();
  prepareTotp(session);
  prepareTokens(session);
  await Promise.all([showSessions(), showTokens()]);
}

start();
