-- SPDX-License-Identifier: Apache-2.0
-- Dimensions: one row per thing that facts point to, each with a unique key.

create or replace view reporting_v1.dim_departments as
select d.department_id, d.department_code, d.department_name, d.is_active from ebb.department d;
comment on view reporting_v1.dim_departments is 'department: the unit whose data is kept apart.';
comment on column reporting_v1.dim_departments.department_id is 'Key.';
comment on column reporting_v1.dim_departments.department_code is 'Short code, as in commands; example: it.';
comment on column reporting_v1.dim_departments.department_name is 'Name.';
comment on column reporting_v1.dim_departments.is_active is 'False once it no longer takes tickets.';

create or replace view reporting_v1.dim_teams as
with recursive path (team_id, team_path, depth) as (
    select t.team_id, t.team_name, 1 from ebb.team t where t.parent_team_id is null
    union all
    select t.team_id, p.team_path || ' / ' || t.team_name, p.depth + 1 from ebb.team t join path p on p.team_id = t.parent_team_id where p.depth < 10
)
select t.team_id, t.team_name, t.department_id, d.department_name, t.parent_team_id, coalesce(p.team_path, t.team_name) as team_path,
       t.lead_person_id, t.source_name is not null as is_imported, t.is_active
  from ebb.team t
  left join fn.department_label d on d.department_id = t.department_id
  left join path p on p.team_id = t.team_id;
comment on view reporting_v1.dim_teams is 'team: who is accountable for tickets.';
comment on column reporting_v1.dim_teams.team_id is 'Key.';
comment on column reporting_v1.dim_teams.team_name is 'Name.';
comment on column reporting_v1.dim_teams.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.dim_teams.department_name is 'Name of the department.';
comment on column reporting_v1.dim_teams.parent_team_id is 'Team above; NULL at the top.';
comment on column reporting_v1.dim_teams.team_path is 'Names from the top; example: IT / Network.';
comment on column reporting_v1.dim_teams.lead_person_id is 'Team lead; joins dim_agents.';
comment on column reporting_v1.dim_teams.is_imported is 'True when the team is known from another desk''s log only.';
comment on column reporting_v1.dim_teams.is_active is 'False: takes no new work.';

create or replace view reporting_v1.dim_agents as
select p.person_id as agent_id,
       p.person_name as agent_name,
       p.department_id,
       (select min(m.team_id) from ebb.membership m where m.person_id = p.person_id and m.is_active) as team_id,
       (select min(l.team_name) from fn.team_label l where l.team_id = (select min(m.team_id) from ebb.membership m where m.person_id = p.person_id and m.is_active)) as team_name,
       (select count(*) from ebb.membership m where m.person_id = p.person_id and m.is_active) as team_count,
       p.time_zone_name,
       p.source_name is not null as is_imported,
       p.is_active
  from ebb.person p
 where p.person_id in (select m.person_id from ebb.membership m union all select r.person_id from ebb.person_role r
                       union all select t.lead_person_id from ebb.team t union all select v.accountable_person_id from ebb.service v
                       union all select s.assignee_id from ebb.ticket_span s where s.assignee_id is not null);
comment on view reporting_v1.dim_agents is 'person of the desk: everybody who is or was member of a team, has a role, is accountable for something, or has worked on a ticket.';
comment on column reporting_v1.dim_agents.agent_id is 'Key; assignee_id and accountable_person_id join it.';
comment on column reporting_v1.dim_agents.agent_name is 'Name.';
comment on column reporting_v1.dim_agents.department_id is 'Department of the person; joins dim_departments.';
comment on column reporting_v1.dim_agents.team_id is 'Team; of several the one with the lowest key; NULL for none.';
comment on column reporting_v1.dim_agents.team_name is 'Name of that team.';
comment on column reporting_v1.dim_agents.team_count is 'Teams the person works in.';
comment on column reporting_v1.dim_agents.time_zone_name is 'Time zone; example: Europe/Berlin.';
comment on column reporting_v1.dim_agents.is_imported is 'True when the person is known from another desk''s log only.';
comment on column reporting_v1.dim_agents.is_active is 'False: no log-in, no new work.';

create or replace view reporting_v1.dim_services as
select v.service_id, v.service_name, v.department_id, d.department_name, v.owner_team_id, m.team_name as owner_team_name, v.accountable_person_id,
       v.criticality as criticality_level, v.calendar_id, v.hop_budget as hop_budget_count, v.source_name is not null as is_imported, v.is_active
  from ebb.service v
  left join fn.department_label d on d.department_id = v.department_id
  left join fn.team_label m on m.team_id = v.owner_team_id;
comment on view reporting_v1.dim_services is 'service: what is offered, with its owner.';
comment on column reporting_v1.dim_services.service_id is 'Key.';
comment on column reporting_v1.dim_services.service_name is 'Name.';
comment on column reporting_v1.dim_services.department_id is 'Department that offers it; joins dim_departments.';
comment on column reporting_v1.dim_services.department_name is 'Name of the department.';
comment on column reporting_v1.dim_services.owner_team_id is 'Team in which its tickets begin; joins dim_teams.';
comment on column reporting_v1.dim_services.owner_team_name is 'Name of that team.';
comment on column reporting_v1.dim_services.accountable_person_id is 'Service owner; joins dim_agents.';
comment on column reporting_v1.dim_services.criticality_level is '1 vital to 4 minor.';
comment on column reporting_v1.dim_services.calendar_id is 'Calendar in which working time of its tickets counts.';
comment on column reporting_v1.dim_services.hop_budget_count is 'Hand-overs a ticket may have before the owner must decide.';
comment on column reporting_v1.dim_services.is_imported is 'True when the service is known from another desk''s log only.';
comment on column reporting_v1.dim_services.is_active is 'False: takes no new tickets.';

create or replace view reporting_v1.dim_request_types as
select q.request_type_id, q.request_type_name, q.ticket_kind, q.department_id, q.is_active from ebb.request_type q;
comment on view reporting_v1.dim_request_types is 'request type: a kind of demand.';
comment on column reporting_v1.dim_request_types.request_type_id is 'Key.';
comment on column reporting_v1.dim_request_types.request_type_name is 'Name.';
comment on column reporting_v1.dim_request_types.ticket_kind is 'Practice: incident, request, problem, change or task.';
comment on column reporting_v1.dim_request_types.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.dim_request_types.is_active is 'False: no new tickets.';

create or replace view reporting_v1.dim_statuses as
select c.state, c.status_id, c.status_name,
       case when c.status_id <= 3 then c.state else 'done' end as status_group,
       c.is_open, c.status_id >= 4 as is_clock_paused, c.status_id as sort_position
  from (select s.state_code as state, s.state as status_id, s.state_name as status_name, s.is_open from ebb.state s) c;
comment on view reporting_v1.dim_statuses is 'state of work: the seven there are.';
comment on column reporting_v1.dim_statuses.state is 'Key, as in tickets.state; example: waiting.';
comment on column reporting_v1.dim_statuses.status_id is 'Number of the state, along the life of a ticket.';
comment on column reporting_v1.dim_statuses.status_name is 'Name shown to people.';
comment on column reporting_v1.dim_statuses.status_group is 'new, active, waiting or done.';
comment on column reporting_v1.dim_statuses.is_open is 'True while somebody owes work.';
comment on column reporting_v1.dim_statuses.is_clock_paused is 'True when no service-level clock runs in it; while waiting that depends on the reason, see dim_clock_classes.';
comment on column reporting_v1.dim_statuses.sort_position is 'Order for charts.';

create or replace view reporting_v1.dim_clock_classes as
select k.clock_class, k.clock_class_name, k.is_age, k.runs_response as is_response_clock_running, k.runs_resolve as is_resolve_clock_running,
       array_position(array['untriaged', 'queued', 'worked', 'waiting_requester', 'waiting_supplier', 'waiting_approval', 'waiting_scheduled', 'transfer', 'resolved', 'closed'],
                      k.clock_class) as sort_position
  from ebb.clock_class k;
comment on view reporting_v1.dim_clock_classes is 'clock class: the classes into which every second of a ticket falls.';
comment on column reporting_v1.dim_clock_classes.clock_class is 'Key, as in ticket_spans.clock_class.';
comment on column reporting_v1.dim_clock_classes.clock_class_name is 'Name shown to people.';
comment on column reporting_v1.dim_clock_classes.is_age is 'True when the time is part of the age.';
comment on column reporting_v1.dim_clock_classes.is_response_clock_running is 'True when the response clock runs in it.';
comment on column reporting_v1.dim_clock_classes.is_resolve_clock_running is 'True when the resolve clock runs in it.';
comment on column reporting_v1.dim_clock_classes.sort_position is 'Order for charts.';

create or replace view reporting_v1.dim_status_transitions as
select a.state_code as from_state, b.state_code as to_state, t.from_state as from_status_id, t.to_state as to_status_id
  from ebb.state_transition t
  join ebb.state a on a.state = t.from_state
  join ebb.state b on b.state = t.to_state;
comment on view reporting_v1.dim_status_transitions is 'allowed change of state: every other one is refused here; an imported log may contain others.';
comment on column reporting_v1.dim_status_transitions.from_state is 'State before; joins dim_statuses.';
comment on column reporting_v1.dim_status_transitions.to_state is 'State after; joins dim_statuses.';
comment on column reporting_v1.dim_status_transitions.from_status_id is 'Number of the state before.';
comment on column reporting_v1.dim_status_transitions.to_status_id is 'Number of the state after.';

create or replace view reporting_v1.dim_priorities as
select p.priority, fn.priority_name(p.priority) as priority_name, p.priority as sort_position
  from (values (1::smallint), (2::smallint), (3::smallint), (4::smallint)) p (priority);
comment on view reporting_v1.dim_priorities is 'priority: 1 (highest) to 4.';
comment on column reporting_v1.dim_priorities.priority is 'Key.';
comment on column reporting_v1.dim_priorities.priority_name is 'Name.';
comment on column reporting_v1.dim_priorities.sort_position is 'Order for charts.';

create or replace view reporting_v1.dim_requesters as
select p.person_id as requester_id, p.department_id, p.organisation_unit_name, p.site_name, p.is_vip, p.source_name is not null as is_imported, p.is_active,
       p.source_name is null or p.source_ref <> 'Requester not named' as is_named
  from ebb.person p;
comment on view reporting_v1.dim_requesters is 'person who may ask: a pseudonym, without name or address.';
comment on column reporting_v1.dim_requesters.requester_id is 'Key, a pseudonym.';
comment on column reporting_v1.dim_requesters.department_id is 'Department of the person; joins dim_departments.';
comment on column reporting_v1.dim_requesters.organisation_unit_name is 'Part of the organisation the person works for.';
comment on column reporting_v1.dim_requesters.site_name is 'Where the person works.';
comment on column reporting_v1.dim_requesters.is_vip is 'Marked for attention.';
comment on column reporting_v1.dim_requesters.is_imported is 'True when the person is known from another desk''s log only.';
comment on column reporting_v1.dim_requesters.is_active is 'False: no new tickets.';
comment on column reporting_v1.dim_requesters.is_named is 'False for the stand-in of all requesters whom an imported log does not name.';
grant select on reporting_v1.dim_departments, reporting_v1.dim_teams, reporting_v1.dim_agents, reporting_v1.dim_services, reporting_v1.dim_request_types, reporting_v1.dim_statuses, reporting_v1.dim_clock_classes, reporting_v1.dim_status_transitions, reporting_v1.dim_priorities, reporting_v1.dim_requesters
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
