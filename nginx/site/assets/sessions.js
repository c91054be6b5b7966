// SPDX-License-Identifier: Apache-2.0
// The table of one's own sessions. It must not know the rest of the account.
import { call, sentence } from './call.js';
import { el, find, instant, say } from './dom.js';
import { onClick } from './form.js';

// "Firefox on Linux" is enough to know it by; the whole text is under it.
function program(text) {
  const name = /(Firefox|Edg|OPR|Chrome|Safari|curl|python)[a-z-]*\/?/i.exec(text ?? '')?.[1] ?? 'unknown';
  const system = /(Windows|Android|iPhone|iPad|Mac OS X|Linux)/.exec(text ?? '')?.[1];
  return el('span', { title: text }, [{ Edg: 'Edge', OPR: 'Opera' }[name] ?? name, system].filter(Boolean).join(' on '));
}

function line(session) {
  const end = el('button', { type: 'button', class: 'quiet small' }, 'End', el('span', { class: 'unseen' }, ` session ${session.token_id}`));
  onClick(end, find('sessions-error'), async () => {
    await call('DELETE', `/api/v1/sessions/${session.token_id}`);
    await showSessions();
    say(find('account-said'), 'The session has ended.');
    find('sessions-title').focus();
  });
  return el('tr', null, el('th', { scope: 'row' }, program(session.user_agent)), el('td', null, session.network ?? '–'), el('td', null, instant(session.created_at)),
    el('td', null, instant(session.last_used_at)), el('td', null, instant(session.expires_at)),
    el('td', null, session.is_presented ? el('em', null, 'this one') : end));
}

export async function showSessions() {
  try {
    const { items } = await call('GET', '/api/v1/sessions?limit=200');
    find('sessions').tBodies[0].replaceChildren(...items.map(line));
  } catch (error) {
    say(find('sessions-error'), sentence(error));
  }
}
