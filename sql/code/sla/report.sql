-- SPDX-License-Identifier: Apache-2.0
-- Service-level clocks and targets for BI tools, the API and the page. What grows with time is taken at the start of the
-- transaction; the state is one expression, fn.sla_status. Computed columns that nobody asks for cost nothing.

create or replace view reporting_v1.sla_clocks as
select c.sla_clock_id,
       c.ticket_id,
       c.sla_target_id,
       c.target_kind,
       c.department_id,
       t.service_id,
       t.priority,
       (select s.team_id from fn.span_link s where s.ticket_id = c.ticket_id and s.seq = 1) as team_id_at_start,
       -- Whoever held it up to the stop; a change of hands in the same instant comes after.
       (select s.team_id from fn.span_link s where s.ticket_id = c.ticket_id and (s.started_at < c.stopped_at or c.stopped_at is null or s.seq = 1)
         order by s.seq desc limit 1) as team_id_at_end,
       c.started_at,
       c.due_at,
       c.stopped_at,
       fn.sla_status(now(), c.due_at, c.stopped_at, c.is_running, c.is_cancelled) as clock_status,
       round(e.elapsed_s / 3600, 2) as elapsed_business_hours,
       round(c.target_s::numeric / 3600, 2) as target_business_hours,
       round((c.target_s - e.elapsed_s) / 3600, 2) as remaining_business_hours,
       round((fn.work_between(c.calendar_version_id, c.started_at, coalesce(c.stopped_at, now())) - e.elapsed_s) / 3600, 2) as paused_business_hours,
       case fn.sla_status(now(), c.due_at, c.stopped_at, c.is_running, c.is_cancelled) when 'met' then true when 'breached' then false end as is_met,
       coalesce(c.due_at < coalesce(c.stopped_at, now()), false) as is_breached,
       case when c.due_at < coalesce(c.stopped_at, now()) then c.due_at end as breached_at,
       case when c.due_at < coalesce(c.stopped_at, now())
            then (select s.team_id from fn.span_link s where s.ticket_id = c.ticket_id and s.started_at < c.due_at order by s.seq desc limit 1) end as breach_owner_team_id,
       c.calendar_version_id,
       t.import_id,
       c.target_code,
       c.cycle,
       c.team_id,
       c.warn_at,
       g.sla_policy_version_id
  from ebb.sla_clock c
  left join ebb.sla_target g on g.sla_target_id = c.sla_target_id
  left join fn.ticket_label t on t.ticket_id = c.ticket_id
 -- The look-ups of fn.work_between, written out: as a function of its own it costs ten times as much for each clock. That the instant up to which
 -- a clock has counted lies on the compiled timeline was seen when it was computed; of the present that is looked at here.
 cross join lateral (select case when c.is_running
                                 then c.elapsed_s
                                      + coalesce((select case when now() <= w.ends_at or now() <= (select h.compiled_until from fn.calendar_horizon h where h.calendar_version_id = c.calendar_version_id)
                                                              then w.before_s + extract(epoch from least(now(), w.ends_at) - w.starts_at) end
                                                    from ebb.working_time w where w.calendar_version_id = c.calendar_version_id and w.starts_at <= now() order by w.starts_at desc limit 1),
                                                 fn.work_seconds(c.calendar_version_id, now()))
                                      - coalesce((select w.before_s + extract(epoch from least(c.elapsed_at, w.ends_at) - w.starts_at)
                                                    from ebb.working_time w where w.calendar_version_id = c.calendar_version_id and w.starts_at <= c.elapsed_at order by w.starts_at desc limit 1), 0)
                                 else c.elapsed_s end as elapsed_s
                     offset 0) e; -- a fence: computed once for the columns that use it
comment on view reporting_v1.sla_clocks is 'clock (ticket x target x cycle): how much of the working time granted for an answer and for a resolution is used, and how it ended or stands now.';
comment on column reporting_v1.sla_clocks.sla_clock_id is 'Key.';
comment on column reporting_v1.sla_clocks.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.sla_clocks.sla_target_id is 'Target that applies to the ticket''s present priority; joins dim_sla_targets.';
comment on column reporting_v1.sla_clocks.target_kind is 'response (first public answer of the desk), next_response, update, resolve, pickup or ownership (time with one team).';
comment on column reporting_v1.sla_clocks.department_id is 'Department of the ticket; joins dim_departments.';
comment on column reporting_v1.sla_clocks.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.sla_clocks.priority is 'Priority of the ticket today, 1 (highest) to 4; joins dim_priorities.';
comment on column reporting_v1.sla_clocks.team_id_at_start is 'Team that held the ticket when the clock started; joins dim_teams.';
comment on column reporting_v1.sla_clocks.team_id_at_end is 'Team that held it when the clock stopped, or holds it now; joins dim_teams.';
comment on column reporting_v1.sla_clocks.started_at is 'When the clock started: with the ticket, the stay with a team, or a message.';
comment on column reporting_v1.sla_clocks.due_at is 'Instant at which the granted working time is used up; NULL while paused before that, and when the clock stopped in time.';
comment on column reporting_v1.sla_clocks.stopped_at is 'When it stopped: first public answer, resolution that was not taken back, or end of the ticket; NULL while it goes on.';
comment on column reporting_v1.sla_clocks.clock_status is 'running, paused, met, breached or cancelled; breached from due_at on, stopped or not.';
comment on column reporting_v1.sla_clocks.elapsed_business_hours is 'Working time used, up to the stop or to now. Unit: working hours; example: 3.25.';
comment on column reporting_v1.sla_clocks.target_business_hours is 'Working time granted. Unit: working hours.';
comment on column reporting_v1.sla_clocks.remaining_business_hours is 'Working time left; negative when more than granted was used. Unit: working hours.';
comment on column reporting_v1.sla_clocks.paused_business_hours is 'Working time in which the clock stood still (waiting for the requester, resolved and reopened). Unit: working hours.';
comment on column reporting_v1.sla_clocks.is_met is 'True when it stopped in time, false when it is broken; NULL while undecided, and when cancelled.';
comment on column reporting_v1.sla_clocks.is_breached is 'True when due_at had passed before it stopped, or has passed now; also for a ticket that was cancelled after that.';
comment on column reporting_v1.sla_clocks.breached_at is 'When it broke: due_at of a broken clock, else NULL.';
comment on column reporting_v1.sla_clocks.breach_owner_team_id is 'Team that held the ticket when it broke; joins dim_teams; NULL when it did not.';
comment on column reporting_v1.sla_clocks.calendar_version_id is 'Calendar version by which it is measured.';
comment on column reporting_v1.sla_clocks.import_id is 'Import the ticket came from; joins imports; NULL when it was opened here.';
comment on column reporting_v1.sla_clocks.target_code is 'Name of the target within its policy; that of its kind unless the policy says otherwise.';
comment on column reporting_v1.sla_clocks.cycle is 'Running number, from 1: of the stay with a team, or of the message that started it.';
comment on column reporting_v1.sla_clocks.team_id is 'Team whose stay it measures, for targets of ownership; joins dim_teams.';
comment on column reporting_v1.sla_clocks.warn_at is 'Instant at which it warns; NULL while paused before that, and without a warning.';
comment on column reporting_v1.sla_clocks.sla_policy_version_id is 'Policy version that grants it.';

create or replace view reporting_v1.dim_sla_targets as
select g.sla_target_id,
       p.sla_policy_name || ', version ' || v.version as sla_name,
       g.target_kind,
       round(g.target_s::numeric / 3600, 2) as target_business_hours,
       g.priority,
       fn.priority_name(g.priority) as priority_name,
       g.department_id,
       p.sla_policy_id,
       v.version as policy_version,
       v.valid_from,
       g.target_code,
       g.starts_on,
       array_to_string(g.stops_on, ', ') as stops_on,
       array_to_string(g.runs_in, ', ') as runs_in,
       round(g.warning_s::numeric / 3600, 2) as warning_business_hours,
       v.position,
       v.condition,
       v.sla_policy_version_id
  from ebb.sla_target g
  join ebb.sla_policy_version v on v.sla_policy_version_id = g.sla_policy_version_id
  join ebb.sla_policy p on p.sla_policy_id = v.sla_policy_id;
comment on view reporting_v1.dim_sla_targets is 'target: working time that a version of a policy grants, by kind and priority. The calendar is the service''s: dim_services.calendar_id.';
comment on column reporting_v1.dim_sla_targets.sla_target_id is 'Key.';
comment on column reporting_v1.dim_sla_targets.sla_name is 'Policy and its version; example: Standard, version 1.';
comment on column reporting_v1.dim_sla_targets.target_kind is 'response, next_response, update, resolve, pickup or ownership.';
comment on column reporting_v1.dim_sla_targets.target_business_hours is 'Working time granted. Unit: working hours.';
comment on column reporting_v1.dim_sla_targets.priority is 'Priority it holds for, 1 (highest) to 4; joins dim_priorities.';
comment on column reporting_v1.dim_sla_targets.priority_name is 'Name of the priority; example: High.';
comment on column reporting_v1.dim_sla_targets.department_id is 'Department that keeps the policy; joins dim_departments.';
comment on column reporting_v1.dim_sla_targets.sla_policy_id is 'Policy; all of its versions have the same.';
comment on column reporting_v1.dim_sla_targets.policy_version is 'Version of the policy, from 1.';
comment on column reporting_v1.dim_sla_targets.valid_from is 'Tickets opened from this instant on are measured by that version.';
comment on column reporting_v1.dim_sla_targets.target_code is 'Name of the target within its policy.';
comment on column reporting_v1.dim_sla_targets.starts_on is 'What starts its clocks: opened, team, assigned, answer or question.';
comment on column reporting_v1.dim_sla_targets.stops_on is 'What stops them besides the end of the work: answer, team, assigned; separated by commas.';
comment on column reporting_v1.dim_sla_targets.runs_in is 'Clock classes in which they run, separated by commas; they pause in all others.';
comment on column reporting_v1.dim_sla_targets.warning_business_hours is 'How long before the due instant they warn; NULL: they do not. Unit: working hours.';
comment on column reporting_v1.dim_sla_targets.position is 'Place of the policy''s condition in the department''s order; NULL without a condition.';
comment on column reporting_v1.dim_sla_targets.condition is 'SQL/JSON path that chooses the policy; NULL: services name it.';
comment on column reporting_v1.dim_sla_targets.sla_policy_version_id is 'Policy version.';
grant select on reporting_v1.sla_clocks, reporting_v1.dim_sla_targets to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
