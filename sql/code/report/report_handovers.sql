-- SPDX-License-Identifier: Apache-2.0
-- Hand-overs: every change of team, one by one and by day. The first assignment of an imported ticket that came without a team
-- is none, just as in tickets.handoff_count. A hand-over belongs to the department that received it.

create or replace view reporting_v1.handovers as
select n.ticket_id,
       n.team_run - 1 - coalesce((select 1 from fn.span_link f where f.ticket_id = n.ticket_id and f.seq = 1 and f.is_team_assumed), 0) as hop_position,
       n.department_id,
       n.started_at as handed_at,
       timezone((select z.time_zone_name from fn.report_zone z), n.started_at)::date as handed_date,
       p.team_id as from_team_id,
       mf.team_name as from_team_name,
       n.team_id as to_team_id,
       mt.team_name as to_team_name,
       fn.hours((select min(x.started_at) from fn.span_link x where x.ticket_id = n.ticket_id and x.team_run = p.team_run), n.started_at) as held_hours_before,
       exists (select from fn.span_link x
                where x.ticket_id = n.ticket_id and x.team_run < n.team_run and x.team_id = n.team_id and x.is_team_assumed = n.is_team_assumed) as is_return,
       exists (select from fn.span_link x
                where x.ticket_id = n.ticket_id and x.team_run = n.team_run - 2 and x.team_id = n.team_id and x.is_team_assumed = n.is_team_assumed) as is_direct_return,
       (select fn.hours(max(x.ended_at), n.started_at) from fn.span_link x
         where x.ticket_id = n.ticket_id and x.team_run < n.team_run and x.team_id = n.team_id and x.is_team_assumed = n.is_team_assumed) as away_hours,
       n.team_run as team_stay_position,
       t.service_id,
       t.request_type_id,
       t.import_id
  from ebb.ticket_span n
  join fn.span_link p on p.ticket_id = n.ticket_id and p.seq = n.prev_seq
  join fn.ticket_label t on t.ticket_id = n.ticket_id
  left join fn.team_label mf on mf.team_id = p.team_id
  left join fn.team_label mt on mt.team_id = n.team_id
 where n.team_run > p.team_run and not (p.team_run = 1 and p.is_team_assumed);
comment on view reporting_v1.handovers is 'hand-over: one change of team of one ticket.';
comment on column reporting_v1.handovers.ticket_id is 'Ticket; joins tickets.';
comment on column reporting_v1.handovers.hop_position is 'Which hand-over of the ticket, from 1; with ticket_id the key. The highest of a ticket is its handoff_count.';
comment on column reporting_v1.handovers.department_id is 'Department that received it; joins dim_departments.';
comment on column reporting_v1.handovers.handed_at is 'When.';
comment on column reporting_v1.handovers.handed_date is 'Day of handed_at, in the time zone of contract_info.';
comment on column reporting_v1.handovers.from_team_id is 'Team that gave it; joins dim_teams.';
comment on column reporting_v1.handovers.from_team_name is 'Name of that team.';
comment on column reporting_v1.handovers.to_team_id is 'Team that received it; joins dim_teams.';
comment on column reporting_v1.handovers.to_team_name is 'Name of that team.';
comment on column reporting_v1.handovers.held_hours_before is 'How long the giver had held it, wall time. Unit: hours.';
comment on column reporting_v1.handovers.is_return is 'True when the receiver had already held this ticket.';
comment on column reporting_v1.handovers.is_direct_return is 'True when the receiver had held it just before the giver (A, B, A); other returns went round (A, B, C, A).';
comment on column reporting_v1.handovers.away_hours is 'For a return: hours since the receiver had given it away, wall time; NULL otherwise. Unit: hours.';
comment on column reporting_v1.handovers.team_stay_position is 'Which stay with a team begins, from 2.';
comment on column reporting_v1.handovers.service_id is 'Service of the ticket today; joins dim_services.';
comment on column reporting_v1.handovers.request_type_id is 'Request type of the ticket today; joins dim_request_types.';
comment on column reporting_v1.handovers.import_id is 'Import the ticket came from; NULL when it was opened here.';

create or replace view reporting_v1.handovers_daily as
select h.handed_date as date,
       h.department_id,
       h.from_team_id,
       h.from_team_name,
       h.to_team_id,
       h.to_team_name,
       count(*) as handover_count,
       count(*) filter (where h.is_return) as return_count,
       count(distinct h.ticket_id) as ticket_count,
       percentile_disc(0.5) within group (order by h.held_hours_before) as median_held_hours_before,
       h.import_id
  from reporting_v1.handovers h
 group by h.handed_date, h.department_id, h.from_team_id, h.from_team_name, h.to_team_id, h.to_team_name, h.import_id;
comment on view reporting_v1.handovers_daily is 'day x giving team x receiving team (x import): how often work moved between teams.';
comment on column reporting_v1.handovers_daily.date is 'Day of the hand-overs; joins dim_date.';
comment on column reporting_v1.handovers_daily.department_id is 'Department that received them; joins dim_departments.';
comment on column reporting_v1.handovers_daily.from_team_id is 'Team that gave; joins dim_teams.';
comment on column reporting_v1.handovers_daily.from_team_name is 'Name of that team.';
comment on column reporting_v1.handovers_daily.to_team_id is 'Team that received; joins dim_teams.';
comment on column reporting_v1.handovers_daily.to_team_name is 'Name of that team.';
comment on column reporting_v1.handovers_daily.handover_count is 'Hand-overs.';
comment on column reporting_v1.handovers_daily.return_count is 'Hand-overs to a team that had already held the ticket.';
comment on column reporting_v1.handovers_daily.ticket_count is 'Tickets handed over; a ticket may be handed over more than once a day.';
comment on column reporting_v1.handovers_daily.median_held_hours_before is 'Median time the giver had held them, wall time (nearest rank). Unit: hours.';
comment on column reporting_v1.handovers_daily.import_id is 'Import the tickets came from; NULL for those opened here.';
grant select on reporting_v1.handovers, reporting_v1.handovers_daily
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
