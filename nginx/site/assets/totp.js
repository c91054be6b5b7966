// SPDX-License-Identifier: Apache-2.0
// One-time codes: set up with a picture or by typing, switched on by the first code, recovery codes shown once, switched off.
// It must not know the rest of the account.
import { call } from './call.js';
import { el, find, say } from './dom.js';
import { onSubmit } from './form.js';
import { encode } from './uqr.js';

const svg = 'http://www.w3.org/2000/svg';

// The picture is drawn here: the secret goes to nobody who would draw it for us.
function picture(text) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 });
  const path = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  const node = document.createElementNS(svg, 'svg');
  const dots = document.createElementNS(svg, 'path');
  node.setAttribute('viewBox', `0 0 ${size} ${size}`);
  node.setAttribute('role', 'img');
  node.setAttribute('aria-label', 'Picture of the secret for an authenticator; the secret stands below as text');
  dots.setAttribute('d', path);
  node.append(dots);
  return node;
}

function show(isOn) {
  find('totp-state').textContent = isOn ? 'Signing in takes a code from your authenticator besides the pass-phrase.'
    : 'A code from an authenticator on your phone keeps others out who have got hold of your pass-phrase.';
  find('totp-begin').hidden = isOn;
  find('totp-remove').hidden = !isOn;
  find('totp-confirm').hidden = true;
}

function forget() {
  find('totp-picture').replaceChildren();
  find('totp-secret').textContent = '';
  for (const name of ['totp-begin', 'totp-confirm', 'totp-remove']) find(name).reset();
}

export function prepareTotp(session) {
  const error = find('totp-error');
  show(session.has_totp);
  onSubmit(find('totp-begin'), error, async (given) => {
    const { secret, uri } = await call('POST', '/api/v1/session/totp', given);
    find('totp-secret').textContent = secret.replace(/(.{4})(?=.)/g, '$1 ');
    find('totp-picture').replaceChildren(picture(uri));
    find('totp-begin').hidden = true;
    find('totp-confirm').hidden = false;
    find('totp-code').focus();
  });
  onSubmit(find('totp-confirm'), error, async (given) => {
    const { recovery_codes: codes } = await call('POST', '/api/v1/session/totp/confirm', given);
    forget();
    show(true);
    find('totp-remove').hidden = true;
    find('recovery-codes').replaceChildren(...codes.map((code) => el('li', null, el('code', null, code))));
    find('totp-recovery').hidden = false;
    find('totp-recovery').focus();
  });
  find('recovery-done').addEventListener('click', () => {
    find('recovery-codes').replaceChildren();
    find('totp-recovery').hidden = true;
    find('totp-remove').hidden = false;
    find('totp-title').focus();
  });
  onSubmit(find('totp-remove'), error, async (given) => {
    await call('POST', '/api/v1/session/totp/remove', given);
    forget();
    show(false);
    say(find('account-said'), 'One-time codes are switched off.');
    find('totp-title').focus();
  });
}
