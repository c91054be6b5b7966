// SPDX-License-Identifier: Apache-2.0
// Asking for a new pass-phrase by mail. The desk tells everybody the same, and so does this page.
import { call } from './call.js';
import { el, find } from './dom.js';
import { onSubmit } from './form.js';

onSubmit(find('forgotten'), find('forgotten-error'), async ({ email }) => {
  const said = await call('POST', '/api/v1/session/reset', { email: email.trim() });
  find('forgotten').hidden = true;
  find('forgotten-done').replaceChildren(el('p', { class: 'good' }, said.sentence),
    el('p', null, 'Nothing there after some minutes? Look into the folder for unwanted mail, or ask an administrator for a link.'));
  find('forgotten-done').focus();
});
