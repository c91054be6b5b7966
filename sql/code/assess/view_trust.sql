-- SPDX-License-Identifier: Apache-2.0
-- Question 4, does reporting say what happened. Queries as text, see rule.sql.

create or replace view fn.assess_query_trust (query_name, kind, title, note, columns, sql) as
values
    ('audit', 'figures', null::text, null::text, null::text[], $q$
with s as (
    select array(select t.ticket_id from {tickets} t order by md5(t.ticket_id::text) limit 300) as tickets
)
select cardinality(s.tickets) as projection_audited_count, (select count(distinct a.ticket_id) from ctl.ticket_audit(s.tickets) a) as projection_mismatch_count
  from s$q$),

    ('question_4', 'figures', null, null, null, $q$
with n as (
    select count(*) as tickets, count(*) filter (where t.first_owned_at is not null) as owned from {tickets} t), src as (
    select count(r.source_reassignment_count) as with_counter, count(*) filter (where r.source_reassignment_count <> r.handoff_count) as differs,
           count(r.source_reopen_count) as with_reopen_counter, count(*) filter (where r.source_reopen_count <> r.reopen_count) as reopen_differs
      from {tickets} t join reporting_v1.tickets r on r.ticket_id = t.ticket_id
), i as ( -- one microsecond later, so that what happened in the instant itself lies before it for width_bucket
    select array_agg({as_of} - x.n * ({as_of} - {from}) / 6 + interval '1 microsecond' order by x.n desc) as at from generate_series(0, 5) x (n)
), came as materialized (
    select width_bucket(f.happened_at, i.at) as bucket, sum(f.open_change) as change from {steps} f, i group by 1), lay as materialized (
    select width_bucket(s.started_at, i.at) as low, width_bucket(coalesce(s.ended_at, 'infinity'), i.at) as high, count(*) as spans from {spans} s, i where s.is_open group by 1, 2
), conserved as (
    select k.n, (select coalesce(sum(c.change), 0) from came c where c.bucket < k.n) as by_flow, (select coalesce(sum(l.spans), 0) from lay l where l.low < k.n and l.high >= k.n) as by_state
      from generate_series(1, 6) k (n)
), area as (
    select (select sum(f.open_change * date_part('epoch', {as_of} - f.happened_at)) from {steps} f) as by_flow_s,
           (select sum(date_part('epoch', least(coalesce(s.ended_at, {as_of}), {as_of}) - s.started_at)) from {spans} s where s.is_open) as by_spans_s
), forbidden as (
    select count(distinct v.ticket_id) as tickets, count(distinct v.ticket_id) filter (where v.to_id = 5) as closed_unresolved
      from (select s.ticket_id, lag(s.status_id) over (partition by s.ticket_id order by s.span_position) as from_id, s.status_id as to_id from {spans} s) v
     where v.from_id <> v.to_id and not exists (select from reporting_v1.dim_status_transitions d where d.from_status_id = v.from_id and d.to_status_id = v.to_id)
       and not (v.to_id = 5 and not exists (select from {spans} x where x.status_id = 4))
), bulk as (
    select x.ticket_id from (select e.ticket_id, count(*) over (partition by e.agent_id order by e.occurred_at range between interval '10 minutes' preceding and interval '10 minutes' following) as n
                               from reporting_v1.ticket_events e
                              where {import_id} is null and e.event_kind in ('resolved', 'closed', 'cancelled') and e.agent_id is not null and e.occurred_at between {stock_at} - interval '90 days' and {stock_at} and {where}) x
     where x.n >= 20
), gone as (
    select count(*) as n, count(*) filter (where s.first_owned_at is null and (select n.owned from n) > 0 or s.ticket_id in (select b.ticket_id from bulk b)) as administrative
      from {stock} s where s.is_output and s.done_at >= {stock_at} - interval '90 days' and s.done_at <= {stock_at}
), idle as (
    select count(*) as n, count(*) filter (where s.status_id = 2) as active, count(*) filter (where s.status_id = 2 and s.is_unowned) as active_unowned,
           count(*) filter (where (select max(e.occurred_at) from reporting_v1.ticket_events e where e.ticket_id = s.ticket_id and e.occurred_at <= {stock_at}) < {stock_at} - interval '14 days'
                                  and coalesce(r.waiting_until <= {stock_at}, true)) as stale
      from {stock} s join reporting_v1.tickets r on r.ticket_id = s.ticket_id where s.is_open
), debt as (
    select sum(date_part('epoch', least(coalesce(s.done_at, {stock_at}), {stock_at}) - greatest(s.opened_at, {stock_at} - interval '28 days'))) as passed_s,
           coalesce(sum(date_part('epoch', s.done_at - s.opened_at)) filter (where s.done_at >= {stock_at} - interval '28 days'), 0) as left_s
      from {stock} s where coalesce(s.done_at, 'infinity') >= {stock_at} - interval '28 days'
), missed as (
    select r.ticket_id, min(r.occurred_at) as known_at from reporting_v1.imported_rows r
     where r.import_id = {import_id} and not r.source_made_sla and r.occurred_at <= {as_of} group by r.ticket_id
), late as (
    select count(*) as missed, count(*) filter (where x.known_at >= t.done_at) as known_late from missed x join {tickets} t on t.ticket_id = x.ticket_id
)
select n.tickets as ticket_count,
       src.with_counter as with_source_counter_count, src.differs as source_counter_mismatch_count, round(src.differs::numeric / nullif(src.with_counter, 0), 4) as source_counter_mismatch_share,
       src.with_reopen_counter as with_source_reopen_count, src.reopen_differs as source_reopen_mismatch_count,
       (select count(*) from conserved c) as conservation_check_count, (select count(*) from conserved c where c.by_flow <> c.by_state) as conservation_mismatch_count,
       (select round((abs(a.by_flow_s - a.by_spans_s) / 3600)::numeric, 2) from area a) as open_hours_residual,
       forbidden.tickets as forbidden_transition_ticket_count, forbidden.closed_unresolved as closed_without_resolving_count, round(forbidden.tickets::numeric / nullif(n.tickets, 0), 4) as forbidden_transition_share,
       (select i.clamped_count from reporting_v1.imports i where i.import_id = {import_id}) as backward_time_count,
       gone.n as departed_count, gone.administrative as administrative_count, round(gone.administrative::numeric / nullif(gone.n, 0), 4) as administrative_share,
       idle.n as open_count, idle.stale as stale_count, round(idle.stale::numeric / nullif(idle.n, 0), 4) as stale_share,
       idle.active as active_count, idle.active_unowned as active_unowned_count, round(idle.active_unowned::numeric / nullif(idle.active, 0), 4) as active_unowned_share,
       (select round((1 - d.left_s / nullif(d.passed_s, 0))::numeric, 4) from debt d) as ageing_debt,
       nullif(late.missed, 0) as source_missed_count, case when late.missed > 0 then late.known_late end as source_missed_known_late_count,
       round(late.known_late::numeric / nullif(late.missed, 0), 4) as source_missed_known_late_share
  from n, src, forbidden, gone, idle, late$q$),

    ('question_4.tickets', 'tickets', null, null, null, $q$
with w as (
    select 1 as rank, t.ticket_id, abs(r.source_reassignment_count - r.handoff_count) as weight,
           format('the source counts %s reassignments, its own rows show %s', r.source_reassignment_count, r.handoff_count) as why
      from {tickets} t join reporting_v1.tickets r on r.ticket_id = t.ticket_id where r.source_reassignment_count <> r.handoff_count
    union all
    select 2, v.ticket_id, count(*), format('went from %s to %s', min(a.status_name), min(b.status_name))
      from (select s.ticket_id, lag(s.status_id) over (partition by s.ticket_id order by s.span_position) as from_id, s.status_id as to_id from {spans} s) v
      join reporting_v1.dim_statuses a on a.status_id = v.from_id
      join reporting_v1.dim_statuses b on b.status_id = v.to_id
     where v.from_id <> v.to_id and not exists (select from reporting_v1.dim_status_transitions d where d.from_status_id = v.from_id and d.to_status_id = v.to_id)
       and not (v.to_id = 5 and not exists (select from {spans} x where x.status_id = 4))
     group by v.ticket_id
    union all
    select 3, s.ticket_id, s.age_hours, format('open, and nothing happened to it for %s days', floor(date_part('epoch', {stock_at} - e.at) / 86400))
      from {stock} s cross join lateral (select max(x.occurred_at) as at from reporting_v1.ticket_events x where x.ticket_id = s.ticket_id and x.occurred_at <= {stock_at}) e
     where s.is_open and e.at < {stock_at} - interval '14 days'
), p as (
    select w.*, row_number() over (partition by w.rank order by w.weight desc, w.ticket_id) as place from w
)
select p.ticket_id, 'EBB-' || p.ticket_id as ticket_ref, t.source_ref, p.why
  from p join reporting_v1.tickets t on t.ticket_id = p.ticket_id where p.place <= 10 order by p.rank, p.place limit 20$q$),

    ('source_counters', 'section', 'The source''s own counters beside ours', 'Ours are rebuilt from the rows of the log. Each ticket stands in the first class that applies to it.',
     array['counter:', 'relation:', 'explanation:', 'tickets:tickets', 'difference:', 'example:'], $q$
with t as (
    select x.ticket_id, r.source_ref, r.source_reassignment_count as theirs, r.handoff_count as ours, r.source_reopen_count as their_reopen, r.reopen_count as our_reopen
      from {tickets} x join reporting_v1.tickets r on r.ticket_id = x.ticket_id
), e as (
    select c.ticket_id, c.event_position,
           max(c.new_value::int - coalesce(c.old_value::int, 0)) filter (where c.field_name = 'source_reassignment_count') as rise,
           coalesce(bool_or(c.field_name = 'team_id' and c.old_value is not null), false) as is_team_changed,
           coalesce(bool_or(c.field_name = 'is_team_assumed' and c.event_position > 1), false) as is_unnamed,
           coalesce(bool_or(c.field_name = 'assignee_id' and c.event_position > 1), false) as is_person_changed
      from reporting_v1.ticket_field_changes c
     where c.ticket_id in (select y.ticket_id from t y where y.theirs <> y.ours) and c.field_name in ('source_reassignment_count', 'team_id', 'is_team_assumed', 'assignee_id')
     group by c.ticket_id, c.event_position
), k as (
    select e.ticket_id, coalesce(bool_or(e.event_position = 1 and e.rise > 0), false) as began_above, coalesce(bool_or(e.rise > 0 and e.is_unnamed), false) as counted_unnamed,
           coalesce(bool_or(e.event_position > 1 and e.rise > 0 and not e.is_team_changed and not e.is_person_changed), false) as unseen,
           coalesce(bool_or(e.event_position > 1 and e.rise > 0 and not e.is_team_changed and e.is_person_changed), false) as person_only,
           coalesce(bool_or(e.rise is null and e.is_team_changed and not e.is_unnamed), false) as uncounted
      from e group by e.ticket_id
), r as (
    select 'reassignments' as counter, case when t.theirs = t.ours then 'equal' when t.theirs > t.ours then 'source higher' else 'source lower' end as relation,
           case when t.theirs = t.ours then 'every hand-over from one named team to another is counted, and no other'
                when k.began_above then 'the counter is above 0 in the first row: the log begins after the first hand-over'
                when k.counted_unnamed then 'the source also counts a change to or from no team'
                when k.unseen then 'the counter rose in a row that shows no other team: the ticket went away and came back between two rows'
                when k.person_only then 'the counter rose when the person changed within the team'
                when k.uncounted then 'the team changed and the counter did not rise' else 'no single row explains it' end as explanation,
           t.ticket_id, t.theirs - t.ours as difference, t.source_ref
      from t left join k on k.ticket_id = t.ticket_id where t.theirs is not null
    union all
    select 'reopenings', case when t.their_reopen = t.our_reopen then 'equal' when t.their_reopen > t.our_reopen then 'source higher' else 'source lower' end,
           case when t.their_reopen = t.our_reopen then 'every return from resolved or closed to work is counted, and no other'
                when t.their_reopen > t.our_reopen then 'the source counts a reopening that its rows do not show'
                else 'the rows show a return to work that the source does not count' end,
           t.ticket_id, t.their_reopen - t.our_reopen, t.source_ref
      from t where t.their_reopen is not null
)
select r.counter, r.relation, r.explanation, count(*) as ticket_count, sum(r.difference) as difference, min(r.source_ref) filter (where r.difference <> 0) as example
  from r group by r.counter, r.relation, r.explanation order by 1, 4 desc$q$);
comment on view fn.assess_query_trust is 'query: question 4, the audit of projections, the source''s counters.';

create or replace view fn.assess_query as
select array_position(array['population', 'question_1', 'question_1.tickets', 'question_2', 'question_2.tickets', 'question_3', 'question_3.tickets', 'question_4', 'audit', 'question_4.tickets',
                            'backlog', 'age_bands', 'unowned', 'waiting', 'handovers', 'handover_pairs', 'bounced_tickets', 'came_back', 'source_counters', 'flow', 'lead_time',
                            'issues', 'repeats', 'priorities'], q.query_name) as place, q.*
  from (select * from fn.assess_query_ownership union all select * from fn.assess_query_flow union all select * from fn.assess_query_demand union all select * from fn.assess_query_trust) q;
comment on view fn.assess_query is 'query: every figure, section and list of the assessment, in the order of the document, as text over reporting_v1.';
