// SPDX-License-Identifier: Apache-2.0
// One person, for those who manage them: roles, invitation, sessions, disabling. It must not know the list beyond `changed`.
import { call } from './call.js';
import { el, find, say } from './dom.js';
import { onClick, onSubmit } from './form.js';

const roles = { agent: 'works on tickets', lead: 'leads teams', owner: 'answers for services', admin: 'administers the department', auditor: 'reads, with the audit' };
let shown = null;
let context = { departments: new Map(), me: null, changed: () => null };

const path = (rest = '') => `/api/v1/persons/${shown.person_id}${rest}`;
const held = (id) => shown.roles.filter((role) => role.department_id === id);

function box(id, code) {
  const role = held(id).find((r) => r.role_code === code);
  const field = el('input', { type: 'checkbox', name: `role-${id}`, value: code });
  field.checked = Boolean(role);
  field.disabled = Boolean(role?.is_by_provider);
  return el('label', { class: 'check' }, field, ` ${code}: ${roles[code]}`, ...(role?.is_by_provider ? [el('em', null, ' by a group of their provider')] : []));
}

function places() {
  return [...context.departments].map(([id, name]) => el('div', { role: 'group', 'aria-label': `Roles in ${name}` }, el('p', { class: 'place' }, name), ...Object.keys(roles).map((code) => box(id, code))));
}

function fill() {
  find('person-name').textContent = shown.person_name;
  const teams = shown.teams.map((team) => team.team_name).join(', ');
  const department = context.departments.get(shown.department_id) ?? 'another department';
  find('person-facts').textContent = [shown.email ?? 'no address', department, shown.site_name, teams && `team ${teams}`, shown.is_active ? 'active' : 'disabled'].filter(Boolean).join(' · ');
  find('role-places').replaceChildren(...places());
  find('invite').hidden = !shown.is_active || !shown.email;
  find('hand-over').hidden = !shown.is_active;
  find('disable').hidden = shown.person_id === context.me;
  find('disable-title').textContent = shown.is_active ? 'Disable' : 'Enable';
  find('disable-hint').hidden = !shown.is_active;
  find('disable-button').textContent = shown.is_active ? 'Disable this person' : 'Enable this person';
  find('disable-button').classList.toggle('danger', shown.is_active);
}

async function offerColleagues() {
  const { items } = await call('GET', `/api/v1/persons?is_active=true&department_id=${shown.department_id}&limit=200`);
  const [none] = find('hand_over_to').options;
  find('hand_over_to').replaceChildren(none, ...items.filter((p) => p.person_id !== shown.person_id).map((p) => el('option', { value: p.person_id }, p.person_name)));
}

export async function showPerson(id) {
  shown = await call('GET', `/api/v1/persons/${id}`);
  say(find('person-error'), '');
  fill();
  await offerColleagues();
  find('person').hidden = false;
  find('person-name').focus();
}

function close() {
  const id = shown?.person_id;
  shown = null;
  find('person').hidden = true;
  (document.querySelector(`tr[data-person="${id}"] button`) ?? find('q')).focus();
}

async function said(text) {
  say(find('people-said'), text);
  await context.changed();
}

async function saveRoles() {
  for (const [id] of context.departments) {
    const wanted = [...document.querySelectorAll(`input[name=role-${id}]:checked`)].map((field) => field.value).sort();
    const has = held(id).map((role) => role.role_code).sort();
    if (wanted.join() !== has.join()) {
      await call('PUT', path('/roles'), { department_id: id, role_codes: wanted }, shown.version);
      shown = await call('GET', path());
    }
  }
  fill();
  await said(`The roles of ${shown.person_name} are saved.`);
  find('person-name').focus();
}

async function toggle({ hand_over_to: to }) {
  const isActive = !shown.is_active;
  await call('PATCH', path(), { is_active: isActive, ...(!isActive && to && { hand_over_to: Number(to) }) }, shown.version);
  shown = await call('GET', path());
  fill();
  await said(`${shown.person_name} is ${isActive ? 'active again' : 'disabled, and out everywhere'}.`);
  find('person-name').focus();
}

export function preparePerson(given) {
  context = given;
  find('person-close').addEventListener('click', close);
  find('person').addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
  onSubmit(find('roles'), find('person-error'), saveRoles);
  onSubmit(find('disable'), find('person-error'), toggle);
  onClick(find('invite'), find('person-error'), async () => {
    const { email } = await call('POST', path('/invite'));
    await said(`An invitation goes to ${email}. It works once and for an hour.`);
  });
  onClick(find('sign-out-all'), find('person-error'), async () => {
    await call('DELETE', path('/sessions'));
    await said(`All sessions and tokens of ${shown.person_name} have ended.`);
  });
}
