-- SPDX-License-Identifier: Apache-2.0
-- Escalations as BI tools read them.

create or replace view reporting_v1.escalations as
select e.escalation_id, e.ticket_id, e.department_id, e.target_code, e.cycle,
       round(e.offset_s::numeric / 3600, 2) as offset_business_hours,
       e.recipient, e.role_code, e.priority, e.team_id, e.assignee_id, e.accountable_person_id,
       cardinality(e.told_person_ids) as told_count,
       e.planned_at, e.fired_at,
       case when not e.is_history then round(extract(epoch from e.fired_at - e.planned_at), 3) end as delay_seconds,
       e.is_history
  from ebb.escalation e;
comment on view reporting_v1.escalations is 'escalation: each step of escalation that fired, and who held the ticket at that moment.';
comment on column reporting_v1.escalations.escalation_id is 'Key.';
comment on column reporting_v1.escalations.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.escalations.department_id is 'Department; joins dim_departments.';
comment on column reporting_v1.escalations.target_code is 'Target whose clock it belongs to.';
comment on column reporting_v1.escalations.cycle is 'Which clock of that target; joins sla_clocks with ticket and target.';
comment on column reporting_v1.escalations.offset_business_hours is 'Place of the step: working hours after the due instant, negative before it. Unit: hours.';
comment on column reporting_v1.escalations.recipient is 'Who is told: assignee, lead, accountable, team, role or person.';
comment on column reporting_v1.escalations.role_code is 'The role, for recipient role.';
comment on column reporting_v1.escalations.priority is 'Priority of the ticket then.';
comment on column reporting_v1.escalations.team_id is 'Team that held the ticket; joins dim_teams.';
comment on column reporting_v1.escalations.assignee_id is 'Who worked on it; joins dim_agents; NULL: nobody.';
comment on column reporting_v1.escalations.accountable_person_id is 'Who was accountable; joins dim_agents.';
comment on column reporting_v1.escalations.told_count is 'Persons that were told.';
comment on column reporting_v1.escalations.planned_at is 'Instant at which it was due to fire.';
comment on column reporting_v1.escalations.fired_at is 'Instant at which it fired.';
comment on column reporting_v1.escalations.delay_seconds is 'Seconds between the two; NULL for history. Unit: seconds.';
comment on column reporting_v1.escalations.is_history is 'True when its instant lay before the import that brought the ticket; nobody was told.';
grant select on reporting_v1.escalations to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
