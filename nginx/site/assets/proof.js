// SPDX-License-Identifier: Apache-2.0
// What the signed-in person sees: a few counts and the newest tickets, as proof that the way through nginx, ebbd and
// PostgreSQL is open. It must not know how one signs in.
import { call } from './call.js';
import { el, find, instant } from './dom.js';

const most = 200;

const figures = (me) => [
  ['open', 'open tickets you may see', 'state=open'],
  ['unowned', 'of them nobody works on', 'state=open&unassigned=true'],
  ['mine', 'on your desk', `state=open&assignee_id=${me}`],
  ['answer', 'you answer for', `state=open&accountable_person_id=${me}`],
];

// A list tells how many it holds only up to a page: past that the honest figure is "more than".
async function figure(name, label, query) {
  const list = await call('GET', `/api/v1/tickets?${query}&limit=${most}`);
  const count = list.items.length;
  const shown = list.next_cursor ? el('b', { 'data-figure': name }, el('span', { class: 'hush' }, 'more than '), String(count))
    : el('b', { 'data-figure': name }, String(count));
  return el('li', null, shown, ` ${label}`);
}

function due(ticket) {
  if (!ticket.is_overdue) return [instant(ticket.due_at)];
  return [instant(ticket.due_at), ' ', el('span', { class: 'late' }, 'overdue')];
}

function line(ticket) {
  const ref = el('a', { href: `/api/v1/tickets/${ticket.ticket_id}` }, ticket.ticket_ref);
  const state = el('span', { class: 'state', 'data-state': ticket.state }, ticket.state);
  return el('tr', null,
    el('th', { scope: 'row' }, ref), el('td', { class: 'subject' }, ticket.subject), el('td', null, state), el('td', null, String(ticket.priority ?? '–')),
    el('td', null, ticket.team_name ?? '–'), el('td', null, ticket.assignee_name ?? el('em', null, 'nobody')),
    el('td', null, ticket.accountable_person_name ?? '–'), el('td', null, instant(ticket.opened_at)), el('td', null, ...due(ticket)));
}

export async function showProof(me) {
  const [newest, ...counts] = await Promise.all([
    call('GET', '/api/v1/tickets?limit=10'), ...figures(me).map((f) => figure(...f)),
  ]);
  find('figures').replaceChildren(...counts);
  const rows = newest.items.map(line);
  const none = el('tr', null, el('td', { colspan: 9 }, 'There is no ticket that you may see.'));
  find('tickets').tBodies[0].replaceChildren(...(rows.length ? rows : [none]));
}

export function forgetProof() {
  find('figures').replaceChildren();
  find('tickets').tBodies[0].replaceChildren();
}
