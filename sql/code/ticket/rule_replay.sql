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

create or replace function fn.ticket_last(p_tickets bigint[])
returns table (ticket_id bigint, seq int, opened_at timestamptz, occurred_at timestamptz, facts jsonb)
language sql stable
as $$
    select f.ticket_id, f.seq, f.opened_at, f.occurred_at, (select jsonb_object_agg(c.key, c.value -> 1) from jsonb_each(f.changes) c where c.key <> 'target_kind')
      from (select e.ticket_id, max(e.seq) as seq, min(e.occurred_at) as opened_at, max(e.occurred_at) as occurred_at,
                   -- The first event has all fields and the texts: it is merged once, not copied at each step.
                   (array_agg(e.changes) filter (where e.seq = 1))[1] || coalesce(fn.jsonb_fold(e.changes order by e.seq) filter (where e.seq > 1), '{}') as changes
              from ebb.ticket_event e where e.ticket_id = any (p_tickets) group by e.ticket_id) f
$$;
comment on function fn.ticket_last(bigint[]) is 'ticket: every journaled field as its last event left it, texts included; cheaper than the last row of fn.ticket_fold.';
grant execute on function fn.ticket_last(bigint[]) to ebb_replay;

-- One pass over the journal in order: the same with window functions over fn.ticket_fold takes five times as long.
create or replace function fn.ticket_spans(p_tickets bigint[])
returns table (ticket_id bigint, seq int, department_id int, started_at timestamptz, ended_at timestamptz, state smallint, clock_class text,
               team_id int, assignee_id int, accountable_person_id int, is_team_assumed boolean, team_run int, owner_run int, state_run int)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
    e record;
    -- The span that is being built stands in the columns of the result; these are the facts after the event.
    v_ticket_id bigint;
    v_department_id int;
    v_state smallint;
    v_waiting_reason text;
    v_transfer_id bigint;
    v_class text;
    v_team_id int;
    v_assignee_id int;
    v_accountable_id int;
    v_assumed boolean;
begin
    for e in select x.ticket_id, x.occurred_at, x.changes as c from ebb.ticket_event x where x.ticket_id = any (p_tickets) order by x.ticket_id, x.seq loop
        if v_ticket_id is distinct from e.ticket_id then
            if v_ticket_id is not null then
                ended_at := null;
                return next;
            end if;
            v_ticket_id := e.ticket_id;
            v_waiting_reason := null; v_transfer_id := null; v_assignee_id := null; v_assumed := false;
            ticket_id := null;
        end if;
        if e.c ? 'state' then v_state := (e.c -> 'state' ->> 1)::smallint; end if;
        if e.c ? 'assignee_id' then v_assignee_id := (e.c -> 'assignee_id' ->> 1)::int; end if;
        if e.c ? 'transfer_id' then v_transfer_id := (e.c -> 'transfer_id' ->> 1)::bigint; end if;
        if e.c ? 'waiting_reason' then v_waiting_reason := e.c -> 'waiting_reason' ->> 1; end if;
        if e.c ? 'team_id' then v_team_id := (e.c -> 'team_id' ->> 1)::int; end if;
        if e.c ? 'is_team_assumed' then v_assumed := coalesce((e.c -> 'is_team_assumed' ->> 1)::boolean, false); end if;
        if e.c ? 'accountable_person_id' then v_accountable_id := (e.c -> 'accountable_person_id' ->> 1)::int; end if;
        if e.c ? 'department_id' then v_department_id := (e.c -> 'department_id' ->> 1)::int; end if;
        v_class := fn.clock_class(v_state, v_waiting_reason, v_transfer_id, v_assignee_id);

        if ticket_id is null then
            ticket_id := v_ticket_id; seq := 1; team_run := 1; owner_run := 1; state_run := 1;
        elsif (v_state, v_class, v_team_id, v_assignee_id, v_accountable_id, v_assumed)
              is not distinct from (state, clock_class, team_id, assignee_id, accountable_person_id, is_team_assumed) then
            continue;
        else
            ended_at := e.occurred_at;
            return next;
            seq := seq + 1;
            team_run := team_run + ((v_team_id, v_assumed) is distinct from (team_id, is_team_assumed))::int;
            owner_run := owner_run + ((v_team_id, v_assumed, v_assignee_id) is distinct from (team_id, is_team_assumed, assignee_id))::int;
            state_run := state_run + (v_state <> state or (v_state = 3 and v_class <> clock_class))::int;
        end if;
        department_id := v_department_id; started_at := e.occurred_at; state := v_state; clock_class := v_class; team_id := v_team_id;
        assignee_id := v_assignee_id; accountable_person_id := v_accountable_id; is_team_assumed := v_assumed;
    end loop;
    if v_ticket_id is not null then
        ended_at := null;
        return next;
    end if;
end $$;
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
               count(*) filter (where s.state < 4 and s.before_state in (4, 5)) as reopens
          from s group by s.ticket_id
    ), named as (
        -- Time for which a log named no team is nobody's turn: A, none, A is one stay with A.
        select s.ticket_id, s.team_id, lag(s.team_id) over (partition by s.ticket_id order by s.seq) as before_team from s where not s.is_team_assumed
    ), turn as (
        select n.ticket_id, count(*) filter (where n.team_id is distinct from n.before_team) as turns, count(distinct n.team_id) as teams from named n group by n.ticket_id
    )
    select t.ticket_id, case when t.state in (4, 5) then t.done_at end, case when t.state >= 5 then t.last_run_at end,
           coalesce(u.turns - 1, 0)::int, coalesce(u.turns - u.teams, 0)::int, t.reopens::int, t.clock_class
      from t left join turn u on u.ticket_id = t.ticket_id
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
