// SPDX-License-Identifier: Apache-2.0
// One's own API tokens: list, make, revoke. A token's text is shown once and kept nowhere. It must not know the rest of the account.
import { call, sentence } from './call.js';
import { el, find, instant, say } from './dom.js';
import { onClick, onSubmit } from './form.js';

const names = new Map();

const may = (scopes) => (scopes === null ? 'all that you may' : ['read', ...scopes].join(', '));
const where = (ids) => (ids === null ? 'everywhere' : ids.map((id) => names.get(id) ?? `department ${id}`).join(', '));

function line(token) {
  const revoke = el('button', { type: 'button', class: 'quiet small' }, 'Revoke', el('span', { class: 'unseen' }, ` ${token.token_name}`));
  onClick(revoke, find('tokens-error'), async () => {
    await call('DELETE', `/api/v1/tokens/${token.token_id}`);
    await showTokens();
    say(find('account-said'), `The token "${token.token_name}" opens nothing any more.`);
    find('tokens-title').focus();
  });
  return el('tr', null, el('th', { scope: 'row' }, token.token_name), el('td', null, may(token.scopes)), el('td', null, where(token.department_ids)), el('td', null, instant(token.created_at)),
    el('td', null, token.last_used_at ? instant(token.last_used_at) : 'never'), el('td', null, instant(token.expires_at)), el('td', null, revoke));
}

export async function showTokens() {
  try {
    const { items } = await call('GET', '/api/v1/tokens?limit=200');
    const none = el('tr', null, el('td', { colspan: 7 }, 'You have no tokens.'));
    find('tokens').tBodies[0].replaceChildren(...(items.length ? items.map(line) : [none]));
  } catch (error) {
    say(find('tokens-error'), sentence(error));
  }
}

const checked = (name) => [...document.querySelectorAll(`input[name=${name}]:checked`)].map((box) => box.value);

function offerDepartments(session) {
  for (const { department_id: id, department_name: name } of session.roles) names.set(id, name);
  const boxes = [...names].map(([id, name]) => el('label', { class: 'check' }, el('input', { type: 'checkbox', name: 'department', value: id }), ` ${name}`));
  find('token-departments').append(...boxes);
  find('token-departments').hidden = names.size < 2;
}

export function prepareTokens(session) {
  offerDepartments(session);
  onSubmit(find('token-form'), find('token-error'), async ({ token_name: name, days }) => {
    const departments = checked('department').map(Number);
    const made = await call('POST', '/api/v1/tokens', {
      token_name: name, days: Number(days), scopes: checked('scope'), ...(departments.length && { department_ids: departments }),
    });
    find('token-form').reset();
    find('token-text').textContent = made.token;
    find('token-made').hidden = false;
    await showTokens();
    find('token-made').focus();
  });
  find('token-kept').addEventListener('click', () => {
    find('token-text').textContent = '';
    find('token-made').hidden = true;
    find('tokens-title').focus();
  });
}
