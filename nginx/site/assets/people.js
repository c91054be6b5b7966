// SPDX-License-Identifier: Apache-2.0
// The page "People": search, list, add. One person is person.js's.
import { call, sentence } from './call.js';
import { el, find, say } from './dom.js';
import { onClick, onSubmit } from './form.js';
import { managed, needSession } from './nav.js';
import { preparePerson, showPerson } from './person.js';

const departments = new Map();
let next = null;

const query = (cursor) => {
  const given = [...new FormData(find('search'))].filter(([, value]) => value !== '').map(([name, value]) => [name, value.trim()]);
  return new URLSearchParams([...given, ['limit', '50'], ...(cursor ? [['cursor', cursor]] : [])]);
};

function line(person) {
  const open = el('button', { type: 'button', class: 'link' }, person.person_name);
  onClick(open, find('people-error'), () => showPerson(person.person_id));
  return el('tr', { 'data-person': person.person_id }, el('th', { scope: 'row' }, open), el('td', null, person.email ?? '–'),
    el('td', null, departments.get(person.department_id) ?? 'another one'), el('td', null, person.site_name ?? '–'), el('td', null, person.is_active ? 'active' : 'disabled'));
}

async function load(cursor) {
  const { items, next_cursor: more } = await call('GET', `/api/v1/persons?${query(cursor)}`);
  const body = find('people').tBodies[0];
  if (!cursor) body.replaceChildren();
  body.append(...items.map(line));
  next = more;
  find('more').hidden = !more;
  const count = body.rows.length;
  find('people-count').textContent = `${count} ${count === 1 ? 'person' : 'people'}${more ? ' and more' : ''}`;
}

async function reload() {
  try {
    say(find('people-error'), '');
    await load(null);
  } catch (error) {
    say(find('people-error'), sentence(error));
  }
}

function offerDepartments(roles) {
  for (const { department_id: id, department_name: name } of roles) departments.set(id, name);
  const options = () => [...departments].map(([id, name]) => el('option', { value: id }, name));
  find('add_department').append(...options());
  find('department_id').append(...(departments.size > 1 ? [el('option', { value: '' }, 'all')] : []), ...options());
}

function prepareAdd() {
  onSubmit(find('add'), find('add-error'), async (given) => {
    const person = await call('POST', '/api/v1/persons', { ...given, department_id: Number(given.department_id) });
    const isInvited = find('add_invite').checked && person.email;
    if (isInvited) await call('POST', `/api/v1/persons/${person.person_id}/invite`);
    find('add').reset();
    say(find('people-said'), `${person.person_name} is added${isInvited ? `; an invitation goes to ${person.email}` : ''}.`);
    await reload();
    await showPerson(person.person_id);
  });
}

async function start() {
  const session = await needSession();
  if (!session) return;
  if (managed(session).length === 0) {
    find('signed-in').hidden = true;
    find('not-yours').hidden = false;
    return;
  }
  offerDepartments(managed(session));
  preparePerson({ departments, me: session.person_id, changed: reload });
  prepareAdd();
  onSubmit(find('search'), find('people-error'), () => load(null));
  onClick(find('more'), find('people-error'), () => load(next));
  await reload();
}

start();
