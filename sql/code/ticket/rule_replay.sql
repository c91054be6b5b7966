-- SPDX-License-Identifier: Apache-2.0
-- The journal read back: facts at each event, spans, and the row a ticket must be. Import, sample data, repair and audit
-- all use these; the triggers keep the same incrementally.

do $$
begin
    if to_regprocedure('fn.jsonb_fold(jsonb)') is null then
        create aggregate fn.jsonb_fold(jsonb) (sfunc = pg_catalog.jsonb_concat, stype = jsonb, initcond = '{}');
    end if;
end $$;
comment on aggregate fn.jsonb_fold(jsonb) is 'Objects merged in order; a later value replaces an earlier one.';
grant execute on function fn.jsonb_fold(jsonb) to ebb_replay, ebb_report;

create or replace function fn.ticket_fold(p_tickets bigint[])
returns table (ticket_id bigint, seq int, occurred_at timestamptz, is_last boolean, facts jsonb)
language sql stable
as $$
    select e.ticket_id, e.seq, e.occurred_at, e.seq = max(e.seq) over (partition by e.ticket_id),
           fn.jsonb_fold(n.news) over (partition by e.ticket_id order by e.seq)
      from ebb.ticket_event e
     cross join lateral (select coalesce(jsonb_object_agg(c.key, c.value -> 1), '{}') as news
                           from jsonb_each(e.changes) c where c.key not in ('subject', 'description', 'target_kind')) n
     where e.ticket_id = any (p_tickets)
$$;
comment on function fn.ticket_fold(bigint[]) is 'ticket x event: every journaled field as it was after the event (without subject and description, which no rule needs).';
grant execute on function fn.ticket_fold(bigint[]) to ebb_replay;

create or replace function fn.ticket_spans(p_tickets bigint[])
returns table (ticket_id bigint, seq int, department_id int, started_at timestamptz, ended_at timestamptz, state smallint, clock_class text,
               team_id int, assignee_id int, accountable_person_id int, is_team_assumed boolean, team_run int, owner_run int, state_run int)
language sql stable
as $$
    with f as (
        select o.ticket_id, o.seq, o.occurred_at, x.department_id, x.state, x.team_id, x.assignee_id, x.accountable_person_id,
               coalesce(x.is_team_assumed, false) as assumed,
               fn.clock_class(x.state, x.waiting_reason, x.transfer_id, x.assignee_id) as class
          from fn.ticket_fold(p_tickets) o
         cross join lateral jsonb_to_record(o.facts) x (department_id int, state smallint, waiting_reason text, transfer_id bigint, team_id int,
                                                        assignee_id int, accountable_person_id int, is_team_assumed boolean)
    ), d as (
        select f.*,
               (f.team_id, f.assumed) is distinct from (lag(f.team_id) over w, lag(f.assumed) over w) as new_team,
               f.assignee_id is distinct from lag(f.assignee_id) over w as new_assignee,
               f.accountable_person_id is distinct from lag(f.accountable_person_id) over w as new_accountable,
               f.state is distinct from lag(f.state) over w as new_state,
               f.class is distinct from lag(f.class) over w as new_class,
               lag(f.seq) over w is null as is_first
          from f window w as (partition by f.ticket_id order by f.seq)
    ), s as (
        select * from d where is_first or new_team or new_assignee or new_accountable or new_state or new_class
    )
    select s.ticket_id, (row_number() over w)::int, s.department_id, s.occurred_at, lead(s.occurred_at) over w, s.state, s.class,
           s.team_id, s.assignee_id, s.accountable_person_id, s.assumed,
           (sum((s.is_first or s.new_team)::int) over w)::int,
           (sum((s.is_first or s.new_team or s.new_assignee)::int) over w)::int,
           (sum((s.is_first or s.new_state or (s.state = 3 and s.new_class))::int) over w)::int
      from s window w as (partition by s.ticket_id order by s.seq)
$$;
comment on function fn.ticket_spans(bigint[]) is 'ticket x span: the partition of each ticket''s life that its journal implies.';
grant execute on function fn.ticket_spans(bigint[]) to ebb_replay;

create or replace function fn.ticket_derived(p_tickets bigint[])
returns table (ticket_id bigint, resolved_at timestamptz, closed_at timestamptz, handoff_count int, return_count int, reopen_count int, clock_class text)
language sql stable
as $$
    with s as (
        select s.*, lag(s.state) over w as before_state, s.ended_at is null as is_present,
               count(*) filter (where s.state < 4) over back as work_after, max(s.state_run) over back as last_run
          from fn.ticket_spans(p_tickets) s
        window w as (partition by s.ticket_id order by s.seq), back as (partition by s.ticket_id order by s.seq desc)
    ), t as (
        select s.ticket_id,
               max(s.state) filter (where s.is_present) as state,
               max(s.clock_class) filter (where s.is_present) as clock_class,
               min(s.started_at) filter (where s.state in (4, 5) and s.work_after = 0) as done_at,
               min(s.started_at) filter (where s.state_run = s.last_run) as last_run_at,
               max(s.team_run) - count(distinct (s.team_id, s.is_team_assumed)) as returns,
               max(s.team_run) - 1 - bool_or(s.seq = 1 and s.is_team_assumed)::int * (max(s.team_run) > 1)::int as handoffs,
               count(*) filter (where s.state < 4 and s.before_state in (4, 5)) as reopens
          from s group by s.ticket_id
    )
    select t.ticket_id, case when t.state in (4, 5) then t.done_at end, case when t.state >= 5 then t.last_run_at end,
           t.handoffs::int, t.returns::int, t.reopens::int, t.clock_class
      from t
$$;
comment on function fn.ticket_derived(bigint[]) is 'ticket: what follows from its spans: when it was resolved and closed, and how often it was handed on, came back and was reopened.';
grant execute on function fn.ticket_derived(bigint[]) to ebb_replay;

create or replace function fn.ticket_texts(p_tickets bigint[])
returns table (ticket_id bigint, subject text, description text)
language sql stable
as $$
    select e.ticket_id,
           (array_agg(e.changes #>> '{subject,1}' order by e.seq desc) filter (where e.changes ? 'subject'))[1],
           (array_agg(e.changes #>> '{description,1}' order by e.seq desc) filter (where e.changes ? 'description'))[1]
      from ebb.ticket_event e
     where e.ticket_id = any (p_tickets) and e.changes ?| array['subject', 'description']
     group by e.ticket_id
$$;
comment on function fn.ticket_texts(bigint[]) is 'ticket: subject and description as the journal last tells them.';
grant execute on function fn.ticket_texts(bigint[]) to ebb_replay;
