// SPDX-License-Identifier: Apache-2.0
// A pass-phrase by a link from a mail. The secret stands behind the #, which no server and no referrer sees; it is taken out of the
// address at once, so that neither history nor a glance at the screen keeps it.
import { call, Refused } from './call.js';
import { el, find, say } from './dom.js';
import { offerToShow, onSubmit } from './form.js';

function takeToken() {
  const token = location.hash.slice(1);
  history.replaceState(null, '', location.pathname);
  if (/^ebb_[\w-]{43}$/.test(token)) find('token').value = token;
  return find('token').value !== '';
}

function refuse(text) {
  find('redeem').hidden = true;
  find('redeem-done').replaceChildren(el('p', { class: 'error' }, text), el('p', null, el('a', { href: '/forgotten/' }, 'Ask for a new link')));
}

onSubmit(find('redeem'), find('redeem-error'), async (given) => {
  try {
    const opened = await call('POST', '/api/v1/session/redeem', given);
    find('redeem').hidden = true;
    find('redeem').reset();
    find('token').value = '';
    find('redeem-done').replaceChildren(
      el('p', { class: 'good' }, `Your pass-phrase is set. All sessions you had have ended. Sign in as ${opened.email}.`),
      el('p', null, el('a', { class: 'button', href: '/' }, 'Sign in')));
  } catch (error) {
    if (!(error instanceof Refused && error.status === 403)) throw error;
    refuse(`${error.message}`);
  }
  find('redeem-done').focus();
});
offerToShow(find('new_password'));
if (!takeToken()) refuse('The address of this page is not the whole link. Open it from the mail once more, or copy all of it.');
else say(find('redeem-error'), '');
