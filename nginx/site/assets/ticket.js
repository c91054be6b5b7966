// SPDX-License-Identifier: Apache-2.0
// The ticket that a mail links to (/?ticket=4711), in a few lines. It must not know who is signed in.
import { call, Refused } from './call.js';
import { el, find, instant } from './dom.js';

const asked = () => /^\d{1,15}$/.exec(new URLSearchParams(location.search).get('ticket') ?? '')?.[0];

const row = (name, ...value) => el('div', null, el('dt', null, name), el('dd', null, ...value));

function card(ticket) {
  return [
    el('h3', { id: 'one-ticket-title' }, `${ticket.ticket_ref}: ${ticket.subject}`),
    el('dl', { class: 'facts' }, row('State', ticket.state), row('Priority', String(ticket.priority ?? '–')), row('Team', ticket.team_name ?? '–'),
      row('Works on it', ticket.assignee_name ?? 'nobody'), row('Answers for it', ticket.accountable_person_name ?? '–'),
      row('Opened', instant(ticket.opened_at)), row('Due', instant(ticket.due_at))),
  ];
}

export function forgetTicket() {
  find('one-ticket').replaceChildren();
  find('one-ticket').hidden = true;
}

export async function showTicket() {
  const id = asked();
  if (!id) return;
  let content;
  try {
    content = card(await call('GET', `/api/v1/tickets/${id}`));
  } catch (error) {
    if (!(error instanceof Refused && error.status === 404)) throw error;
    content = [el('h3', { id: 'one-ticket-title' }, 'There is no such ticket, or it is not yours to see.')];
  }
  find('one-ticket').replaceChildren(...content);
  find('one-ticket').hidden = false;
}
