// SPDX-License-Identifier: Apache-2.0
// One example for every operation: whom it is for, on which object, with which body. An operation without one fails the matrix by
// name: no route comes in unseen.
//   who      kinds of people (kit.actors.mjs) who may, in a department they belong to (requesters) or have a role in (all others)
//   scope    what a token of theirs must hold besides reading: write, configure or audit; any: one that changes; whole: all of them
//   also     kinds who may in every department;  served, offered: department 3 serves department 1
//   known    (actor, d) => who may see the object though it is not theirs to change, and may be told so
//   on       names of the world's objects (kit.world.sql) that stand for the path's ticket_id or transfer_id: an ordinary one, a
//            confidential one, and for the latter who may: inTeam 
//   match    path whose ETag goes as If-Match, where it is not the operation's own
//   ids      (o) => further ids of the path;  body (o) => body;  query (o) => query
//   before, after   (o) => SQL that prepares the object and tidies up
//   anywhere true: it is of no department, so a department is not asked about;  never: why nobody in this world may
// It must not know who sees what.
export const desk = ['agent', 'outsider', 'lead', 'outlead', 'owner', 'admin', 'double', 'everywhere'];
export const reader = [...desk, 'auditor'];
export const admin = ['admin', 'everywhere'];
const asker = ['requester'];
export const signedIn = ['requester', 'requester2', ...reader, 'operator'];
const inTeam = ['agent', 'lead'];
// The desk of department 3 serves the people of 1, and so finds them.
const servedToo = (a, d) => d === 1 && a.roles.includes(3);
const answerers = ['outsider', 'outlead', 'owner', 'admin', 'everywhere'];
const later = (days = 0) => new Date(Date.now() + (40 + days) * 86400e3).toISOString();
const TEAM = '/api/v1/teams/{team_id}';
const PERSON = '/api/v1/persons/{person_id}';
const weekly = [1, 2, 3, 4, 5].map((day) => ({ day, from: '08:00', to: '16:00' }));
const targets = [1, 2, 3, 4].map((priority) => ({ target_kind: 'resolve', target_s: { [priority]: 36000 * priority } }));

const states = ['active', 'confidential', 'waiting', 'confidential_waiting', 'resolved', 'offered'];
const read = { who: [...reader, ...asker], on: ['active', 'confidential'], hidden: [...inTeam, ...asker] };
const act = (on, more = {}) => ({ who: desk, scope: 'write', on: [on, `confidential_${on}`.replace('_active', '')], hidden: inTeam, ...more });

export const examples = {
  // Tickets
  ticket_list: { who: signedIn, anywhere: true },
  ticket_get: { ...read, on: states },
  comment_list: { ...read, on: states },
  ticket_history: { ...read, on: states },
  ticket_sla: read,
  transfer_list: read,
  automation_list: read,
  ticket_open: { who: signedIn, scope: 'write', body: (o) => ({ subject: 'A new one', service_id: o.service_id, request_type_id: o.request_type_id, requester_id: undefined }) },
  ticket_change: act('active', { body: (o) => ({ subject: 'Another subject', service_id: o.b + 602, request_type_id: o.request_type_id }) }),
  comment_add: act('active', { who: [...desk, ...asker], hidden: [...inTeam, ...asker], body: () => ({ body: 'A word' }) }),
  ticket_take: act('new', { who: inTeam }),
  ticket_assign: act('active', { who: ['agent', 'lead', 'outlead', 'admin', 'everywhere'], body: (o) => ({ assignee_id: o.b + 5 }) }),
  ticket_wait: act('active', { body: () => ({ waiting_reason: 'supplier', waiting_until: later(), note: 'Until then' }) }),
  ticket_resume: act('waiting'),
  ticket_resolve: act('active', { body: () => ({ resolution: 'Done' }) }),
  ticket_reopen: act('resolved', { who: [...desk, ...asker], hidden: [...inTeam, ...asker], body: () => ({ reason: 'Not so' }) }),
  ticket_close: act('resolved', { who: [...desk, ...asker], hidden: [...inTeam, ...asker] }),
  ticket_cancel: act('active', { who: [...desk, ...asker], hidden: [...inTeam, ...asker], body: () => ({ reason: 'No need' }) }),
  transfer_offer: act('active', { body: (o) => ({ to_team_id: o.b + 102, reason: 'Theirs' }) }),
  transfer_accept: { who: answerers, scope: 'write', on: ['transfer', 'confidential_transfer'], hidden: ['outsider', 'outlead'] },
  transfer_return: { who: answerers, scope: 'write', on: ['transfer', 'confidential_transfer'], hidden: ['outsider', 'outlead'], body: () => ({ reason: 'Not ours' }) },

  // People, teams, and what is offered
  department_list: { who: signedIn, anywhere: true },
  team_list: { who: signedIn, anywhere: true },
  person_list: { who: signedIn, anywhere: true },
  service_list: { who: signedIn, anywhere: true },
  request_type_list: { who: signedIn, anywhere: true },
  department_create: { who: ['operator'], scope: 'configure', anywhere: true, body: (o) => ({ department_code: 'brandnew', department_name: 'A new one', admin_person_id: o.b + 8 }) },
  department_get: { who: reader, also: ['operator'] },
  department_change: { who: ['operator'], scope: 'configure', anywhere: true, body: () => ({ department_name: 'Another name' }) },
  operator_list: { who: ['operator'], scope: 'configure', anywhere: true },
  operator_grant: { who: ['operator'], scope: 'configure', anywhere: true, body: (o) => ({ person_id: o.b + 8 }) },
  operator_take: { who: ['operator'], scope: 'configure', anywhere: true, ids: () => ({ person_id: 7100011 }),
    before: () => 'insert into ebb.operator (person_id, granted_at) values (7100011, now())', after: () => 'delete from ebb.operator where person_id = 7100011' },
  team_get: { who: reader },
  team_create: { who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id, team_name: 'A new team', lead_person_id: o.b + 3, parent_team_id: o.team_id }) },
  // Team A keeps confidences: who leads it or comes into it is not the administrators' to say.
  team_change: { who: admin, scope: 'configure', ids: (o) => ({ team_id: o.b + 102 }), body: (o) => ({ team_name: 'Another name', lead_person_id: o.b + 4, parent_team_id: o.team_id }) },
  membership_list: { who: reader },
  membership_set: { who: [...admin, 'outlead'], scope: 'configure', match: TEAM, ids: (o) => ({ team_id: o.b + 102, person_id: o.b + 3 }), body: () => ({ membership_role: 'deputy' }) },
  membership_remove: { who: [...admin, 'outlead'], scope: 'configure', match: TEAM, ids: (o) => ({ team_id: o.b + 102, person_id: o.b + 12 - 8 }) },
  person_get: { who: reader, served: true, known: servedToo },
  person_invite: { who: admin, scope: 'whole', known: servedToo },
  person_export: { who: [...admin, 'requester'], scope: 'configure', known: servedToo, ids: (o) => ({ person_id: o.b + 1 }) },
  person_erase: { who: admin, scope: 'configure', known: servedToo, match: PERSON, ids: (o) => ({ person_id: o.b + 11 }), body: () => ({ reason: 'As asked for' }) },
  retention_rule_list: { who: reader, anywhere: true },
  retention_rule_get: { who: reader },
  retention_rule_add: { who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id, retention_kind: 'token', keep_days: 100 }) },
  retention_rule_change: { who: admin, scope: 'configure', body: () => ({ keep_days: 4000 }) },
  person_create: { who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id, person_name: 'Nora New', email: 'nora@test.example', calendar_id: o.calendar_id }) },
  person_change: { who: admin, scope: 'configure', body: (o) => ({ site_name: 'Elsewhere', calendar_id: o.calendar_id, is_active: false, hand_over_to: o.b + 6 }) },
  person_roles_set: { who: admin, scope: 'whole', known: (a, d) => servedToo(a, d) || a.operator, match: PERSON, body: (o) => ({ department_id: o.department_id, role_codes: ['agent', 'lead'] }) },
  person_skill_set: { who: [...admin, 'lead'], scope: 'configure', match: PERSON, ids: (o) => ({ person_id: o.b + 3, skill_id: o.b + 902 }), body: () => ({ skill_level: 3 }) },
  person_skill_remove: { who: [...admin, 'lead'], scope: 'configure', match: PERSON, ids: (o) => ({ person_id: o.b + 3 }) },
  skill_list: { who: reader, anywhere: true },
  skill_get: { who: reader },
  skill_create: { who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id, skill_name: 'A new skill' }) },
  skill_change: { who: admin, scope: 'configure', body: () => ({ skill_name: 'Another name' }) },
  shift_list: { who: signedIn, anywhere: true },
  shift_get: { who: reader },
  shift_create: { who: [...admin, 'lead'], scope: 'configure', body: (o) => ({ team_id: o.team_id, person_id: o.b + 3, starts_at: later(), ends_at: later(1), note: 'Early' }) },
  shift_change: { who: [...admin, 'lead'], scope: 'configure', body: () => ({ note: 'Late' }) },
  shift_remove: { who: [...admin, 'lead'], scope: 'configure' },
  absence_list: { who: signedIn, anywhere: true },
  absence_get: { who: reader },
  absence_create: { who: [...admin, 'lead', 'agent'], scope: 'configure', body: (o) => ({ person_id: o.b + 3, starts_at: later(), ends_at: later(1), deputy_person_id: o.b + 5 }) },
  absence_change: { who: [...admin, 'lead', 'agent'], scope: 'configure', body: (o) => ({ deputy_person_id: o.b + 11 }) },
  absence_remove: { who: [...admin, 'lead', 'agent'], scope: 'configure' },
  service_get: { who: signedIn },
  service_create: {
    who: admin, scope: 'configure',
    body: (o) => ({ department_id: o.department_id, service_name: 'A new service', owner_team_id: o.team_id, accountable_person_id: o.b + 7, default_request_type_id: o.request_type_id, calendar_id: o.calendar_id,
      sla_policy_id: o.sla_policy_id, served_department_ids: [o.department_id] }),
  },
  service_change: {
    who: admin, scope: 'configure',
    body: (o) => ({ service_name: 'Another name', owner_team_id: o.b + 102, accountable_person_id: o.b + 8, default_request_type_id: o.request_type_id, calendar_id: o.calendar_id, sla_policy_id: o.sla_policy_id,
      served_department_ids: [o.department_id] }),
  },
  request_type_get: { who: signedIn, offered: true },
  request_type_create: { who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id, request_type_name: 'A new type', ticket_kind: 'task', is_confidential: true }) },
  request_type_change: { who: admin, scope: 'configure', body: () => ({ request_type_name: 'Another name', is_confidential: false }) },

  // One's own session
  session_open: { who: 'anyone', anywhere: true, body: (o) => ({ email: `cnry${o.d}e1z.m${o.d}rita@test.example`, password: 'fixture pass-phrase' }) },
  session_get: { who: signedIn, anywhere: true },
  session_close: { who: signedIn, scope: 'any', anywhere: true },
  session_list: { who: signedIn, anywhere: true },
  session_end: { who: signedIn, anywhere: true, never: 'these are bearers of API tokens; person.test.mjs ends sessions', ids: () => ({ token_id: 8999998 }) },
  session_password: { who: signedIn, anywhere: true, never: 'it takes a session, not a token; person.test.mjs has one', body: () => ({ password: 'fixture pass-phrase', new_password: 'quite another phrase' }) },
  session_totp: { who: signedIn, anywhere: true, never: 'it takes a session, not a token', body: () => ({ password: 'fixture pass-phrase' }) },
  session_totp_confirm: { who: signedIn, anywhere: true, never: 'nobody has begun to set it up', body: () => ({ code: '123456' }) },
  session_totp_remove: { who: signedIn, anywhere: true, never: 'nobody uses codes here', body: () => ({ password: 'fixture pass-phrase', code: '123456' }) },
  token_list: { who: signedIn, anywhere: true },
  token_create: { who: signedIn, anywhere: true, scope: 'any', body: () => ({ token_name: 'A new one', days: 3, scopes: [] }) },
  token_revoke: { who: signedIn, anywhere: true, never: 'one revokes only one’s own; person.test.mjs does', ids: () => ({ token_id: 8999998 }) },
  person_sign_out: { who: admin, also: ['operator'], scope: 'configure' },
  session_reset: { who: 'anyone', anywhere: true, body: (o) => ({ email: `cnry${o.d}e2z.m${o.d}rolf@test.example` }) },
  session_redeem: { who: 'anyone', anywhere: true, never: 'nobody has been sent a link; person.test.mjs has one', body: () => ({ token: 'x'.repeat(43), new_password: 'quite another phrase' }) },
  session_providers: { who: 'anyone', anywhere: true },
  session_proxy: { who: 'anyone', anywhere: true, never: 'no proxy is trusted here' },
  session_oidc_begin: { who: 'anyone', anywhere: true, never: 'there is no provider here' },
  session_oidc_callback: { who: 'anyone', anywhere: true, never: 'there is no provider here', query: () => ({ state: 'x', code: 'y' }) },

  // Service levels
  calendar_list: { who: reader, anywhere: true },
  calendar_get: { who: reader },
  calendar_create: { who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id, calendar_name: 'A new calendar', time_zone_name: 'UTC', weekly }) },
  calendar_change: { who: admin, scope: 'configure', body: () => ({ note: 'Another note', holidays: ['2030-01-01'] }) },
  sla_policy_list: { who: reader, anywhere: true },
  sla_policy_get: { who: reader },
  sla_policy_create: {
    who: admin, scope: 'configure',
    body: (o) => ({ department_id: o.department_id, sla_policy_name: 'A new policy', targets, escalations: [{ target_code: 'resolve', offset_s: 60, recipient: 'person', person_id: o.b + 3 }] }),
  },
  sla_policy_change: { who: admin, scope: 'configure', body: (o) => ({ note: 'Another note', escalations: [{ target_code: 'resolve', offset_s: 60, recipient: 'person', person_id: o.b + 3 }] }) },
  rehearsal_list: { who: reader, anywhere: true },
  rehearsal_get: { who: reader },
  rehearsal_change_list: { who: reader },
  rehearsal_begin: {
    who: admin, scope: 'configure',
    body: (o) => ({ department_id: o.department_id, months: 1, calendar: { calendar_id: o.calendar_id, time_zone_name: 'Europe/Berlin' }, policy: { sla_policy_id: o.sla_policy_id, targets } }),
  },

  // Plugins and their reports
  plugin_list: { who: admin, scope: 'configure', anywhere: true },
  plugin_get: { who: admin, scope: 'configure', anywhere: true },
  plugin_remove: { who: ['everywhere'], scope: 'configure', anywhere: true },
  plugin_incidents: { who: admin, scope: 'configure', anywhere: true },
  plugin_quarantine: { who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id, reason: 'It misbehaves' }) },
  plugin_lift: {
    who: admin, scope: 'configure', body: (o) => ({ department_id: o.department_id }),
    before: (o) => `update ebb.plugin_department set quarantined_at = now(), quarantine_reason = 'For now' where department_id = ${o.department_id}`,
    after: (o) => `update ebb.plugin_department set quarantined_at = null, quarantine_reason = null where department_id = ${o.department_id}`,
  },
  plugin_department_list: { who: admin, scope: 'configure', anywhere: true },
  plugin_department_get: { who: admin, scope: 'configure' },
  plugin_configure: { who: admin, scope: 'configure', body: () => ({ position: 7, config: { urgency: '2' } }) },
  report_list: { who: reader, anywhere: true },
  report_ask: { who: reader, query: (o) => ({ department_id: o.department_id, format: 'json' }) },
  report_document_list: { who: reader, anywhere: true },
  report_document_get: { who: reader },
  report_schedule_list: { who: reader, anywhere: true },
  report_schedule_get: { who: reader },
  report_schedule_add: { who: admin, scope: 'configure', body: (o) => ({ report_id: o.report_id, department_id: o.department_id, at_time: '06:30', weekday: 2, params: { days: '7' } }) },
  report_schedule_change: { who: admin, scope: 'configure', body: () => ({ at_time: '06:45' }) },
  report_schedule_remove: { who: admin, scope: 'configure' },

  // The audit
  audit_list: { who: ['admin', 'auditor', 'everywhere', 'operator'], scope: 'audit', anywhere: true },

  // The process
  health: { who: 'anyone', anywhere: true },
  ready: { who: 'anyone', anywhere: true },
};

// Tickets that are rolf's, not rita's.
const rolfs = ['new', 'offered', 'waiting', 'confidential_new'];

// Whether this actor may: by the example, in that department, on the world's object of that name.
export function may(example, a, d, name, method) {
  if (example.who === 'anyone') return true;
  if (a.kind === 'anonymous' || a.dead) return false;
  const kinds = (name?.startsWith('confidential') ? example.hidden : example.who).map((kind) => (kind === 'requester' && rolfs.includes(name) ? 'requester2' : kind));
  const also = example.also?.includes(a.kind) || (example.offered && a.d === 1 && d === 3) || (example.served && servedToo(a, d));
  if (!also && !kinds.includes(a.kind)) return false;
  if (!example.anywhere && !also) {
    const here = a.roles.includes(d) || (a.roles.length === 0 && a.d === d);
    if (!here) return false;
  }
  if (a.scopes === null || (method === 'GET' && !example.scope)) return true;
  if (example.scope === 'any') return a.scopes.some((s) => s === 'write' || s === 'configure');
  return a.scopes.includes(example.scope);
}
