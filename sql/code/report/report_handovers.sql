-- SPDX-License-Identifier: Apache-2.0
-- Hand-overs between named teams, one by one and by day. Time for which an imported log names no team is nobody's turn: a first
-- assignment is no hand-over, and A, none, A is one stay with A, just as in tickets.handoff_count and return_count. A hand-over
-- belongs to the department that received it. Everything but giver, receiver and instant is a scalar subselect: free unless asked for.

create or replace view reporting_v1.handovers as
select n.ticket_id,
       (select count(*)::int from (select x.team_id, lag(x.team_id) over (order by x.seq) as before_id from fn.span_link x
                                    where x.ticket_id = n.ticket_id and x.seq <= n.seq and not x.is_team_assumed) y where y.team_id <> y.before_id) as hop_position,
       n.department_id,
       n.started_at as handed_at,
       timezone((select z.time_zone_name from fn.report_zone z), n.started_at)::date as handed_date,
       b.team_id as from_team_id,
       mf.team_name as from_team_name,
       n.team_id as to_team_id,
       mt.team_name as to_team_name,
       (select fn.hours(min(x.started_at), n.started_at) from fn.span_link x
         where x.ticket_id = n.ticket_id and x.seq <= b.seq and not x.is_team_assumed
           and x.seq > coalesce((select max(y.seq) from fn.span_link y
                                  where y.ticket_id = n.ticket_id and y.seq < b.seq and not y.is_team_assumed and y.team_id <> b.team_id), 0)) as held_hours_before,
       exists (select from fn.span_link x where x.ticket_id = n.ticket_id and x.seq < n.seq and not x.is_team_assumed and x.team_id = n.team_id) as is_return,
       coalesce((select x.team_id from fn.span_link x where x.ticket_id = n.ticket_id and x.seq < b.seq and not x.is_team_assumed and x.team_id <> b.team_id
                  order by x.seq desc limit 1) = n.team_id, false) as is_direct_return,
       (select fn.hours(max(x.ended_at), n.started_at) from fn.span_link x
         where x.ticket_id = n.ticket_id and x.seq < n.seq and not x.is_team_assumed and x.team_id = n.team_id) as away_hours,
       n.team_run as team_stay_position,
       t.service_id,
       t.request_type_id,
       t.import_id
  from ebb.ticket_span n
  join fn.span_link p on p.ticket_id = n.ticket_id and p.seq = n.prev_seq
  join fn.ticket_label t on t.ticket_id = n.ticket_id
 cross join lateral (select x.team_id, x.seq from fn.span_link x
                      where x.ticket_id = n.ticket_id and x.seq < n.seq and not x.is_team_assumed order by x.seq desc limit 1) b
  left join fn.team_label mf on mf.team_id = b.team_id
  left join fn.team_label mt on mt.team_id = n.team_id
 where n.team_run > p.team_run and not n.is_team_assumed and b.team_id <> n.team_id;
comment on view reporting_v1.handovers is 'hand-over: one change of team of one ticket, from one named team to another.';
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
