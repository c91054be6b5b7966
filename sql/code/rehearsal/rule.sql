-- SPDX-License-Identifier: Apache-2.0
-- Rehearsal of a draft: it is written in a subtransaction by the very functions that would write it for good, the clocks of a batch
-- of tickets are computed by the very function that computes them, and then the subtransaction is undone. Only figures stay.

create or replace function fn.rehearsal_draft(p_department_id int, p_draft jsonb, p_from_at timestamptz, out calendar_id int, out calendar_version_id int,
                                              out sla_policy_id int, out sla_policy_version_id int, out is_chosen boolean)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
    v_policy constant jsonb := p_draft -> 'policy';
    v_calendar constant jsonb := p_draft -> 'calendar';
begin
    if v_calendar is not null then
        select c.calendar_id into calendar_id from ebb.calendar c where c.calendar_id = (v_calendar ->> 'calendar_id')::int and c.department_id = p_department_id;
        if calendar_id is null then
            perform fn.fail(422, '/calendar/calendar_id', 'There is no such calendar in the department.', 'Name the calendar that the draft would change.');
        end if;
        calendar_version_id := (fn.calendar_version_write(calendar_id, (v_calendar || jsonb_build_object('valid_from', p_from_at))::json) ->> 'calendar_version_id')::int;
    end if;
    if v_policy is not null then
        select y.sla_policy_id into sla_policy_id from ebb.sla_policy y where y.sla_policy_id = (v_policy ->> 'sla_policy_id')::int and y.department_id = p_department_id;
        if sla_policy_id is null and v_policy ->> 'sla_policy_id' is not null then
            perform fn.fail(422, '/policy/sla_policy_id', 'There is no such policy in the department.', 'Leave it out to rehearse a new one.');
        elsif sla_policy_id is null then
            insert into ebb.sla_policy (department_id, sla_policy_name) values (p_department_id, 'rehearsal ' || clock_timestamp()) returning ebb.sla_policy.sla_policy_id into sla_policy_id;
        end if;
        sla_policy_version_id := (fn.sla_policy_version_write(sla_policy_id, (v_policy || jsonb_build_object('valid_from', p_from_at))::json) ->> 'sla_policy_version_id')::int;
    end if;
    -- Where a condition of this policy comes or goes, each ticket's policy is chosen anew; else whoever had it has its draft.
    is_chosen := sla_policy_version_id is not null and exists (
        select from ebb.sla_policy_version v where v.sla_policy_id = rehearsal_draft.sla_policy_id and v.condition is not null);
end $$;
comment on function fn.rehearsal_draft(int, jsonb, timestamptz) is 'Writes a draft as versions that hold from an instant. Its caller undoes it.';

create or replace function fn.rehearsal_check(p_department_id int, p_draft jsonb, p_from_at timestamptz) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_unknown text;
begin
    select k into v_unknown from jsonb_object_keys(p_draft) k where k not in ('calendar', 'policy') limit 1;
    if v_unknown is not null or p_draft = '{}' then
        perform fn.fail(422, '/' || coalesce(v_unknown, 'policy'), 'A rehearsal takes a draft of a calendar, of a policy, or both.');
    end if;
    begin
        perform fn.rehearsal_draft(p_department_id, p_draft, p_from_at);
        raise exception using errcode = 'ZZ777';
    exception when sqlstate 'ZZ777' then null;
    end;
end $$;
comment on function fn.rehearsal_check(int, jsonb, timestamptz) is 'Refuses a draft that could not be written for good, with the sentence that would refuse it then.';

create or replace function fn.rehearsal_clocks(p_rehearsal ebb.sla_rehearsal, p_tickets bigint[], out touched bigint[], out clocks ebb.sla_rehearsal_change[])
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan set work_mem = '128MB'
as $$
declare
    d record;
    f record;
    v_clocks ebb.sla_rehearsal_change[];
begin
    begin
        d := fn.rehearsal_draft(p_rehearsal.department_id, p_rehearsal.draft, p_rehearsal.from_at);
        with chosen as (
            select c.* from fn.sla_policies_of(case when d.is_chosen then p_tickets end) c
        ), would as (
            select t.ticket_id, t.service_id, t.priority, t.first_response_at, case when s.calendar_id = d.calendar_id then d.calendar_version_id end as calendar_version_id, t.sla_policy_version_id as was_version_id,
                   case when d.is_chosen then c.sla_policy_version_id when v.sla_policy_id = d.sla_policy_id then d.sla_policy_version_id else t.sla_policy_version_id end as version_id
              from ebb.ticket t
              join ebb.service s on s.service_id = t.service_id
              left join ebb.sla_policy_version v on v.sla_policy_version_id = t.sla_policy_version_id
              left join chosen c on c.ticket_id = t.ticket_id
             where t.ticket_id = any (p_tickets)
        )
        select array_agg(w.ticket_id) as tickets, array_agg(w.service_id) as services, array_agg(w.priority) as priorities, array_agg(w.first_response_at) as responses,
               array_agg(w.version_id) as policies, array_agg(w.calendar_version_id) as calendars
          into f from would w
         -- Under the same policy version and another calendar's rules nothing is another.
         where w.calendar_version_id is not null or w.version_id is distinct from w.was_version_id;
        select array_agg(row(p_rehearsal.sla_rehearsal_id, c.ticket_id, c.target_code, c.cycle, p_rehearsal.department_id, null,
                             fn.sla_status(p_rehearsal.until_at, c.due_at, c.stopped_at, c.is_running, c.is_cancelled), null, nullif(c.due_at, 'infinity'))::ebb.sla_rehearsal_change)
          into v_clocks
          from fn.sla_computed(f.tickets, f.services, f.priorities, f.policies, f.responses, f.calendars, p_rehearsal.until_at, 'infinity') c;
        raise exception using errcode = 'ZZ777';
    exception when sqlstate 'ZZ777' then null;
    end;
    touched := coalesce(f.tickets, '{}');
    clocks := coalesce(v_clocks, '{}');
end $$;
comment on function fn.rehearsal_clocks(ebb.sla_rehearsal, bigint[]) is 'Those of these tickets that the draft touches, and their clocks under it, as they would stand at the end of the stretch; nothing of the draft remains.';

create or replace function fn.rehearsal_batch(p_rehearsal_id int, p_limit int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan set work_mem = '128MB'
as $$
declare
    r ebb.sla_rehearsal;
    v_tickets bigint[];
    v_played record;
begin
    select * into r from ebb.sla_rehearsal x where x.sla_rehearsal_id = p_rehearsal_id and x.finished_at is null for update skip locked;
    if not found then
        return 0;
    end if;
    v_tickets := array(select t.ticket_id from ebb.ticket t
                        where t.department_id = r.department_id and t.ticket_id > r.last_ticket_id and t.opened_at >= r.from_at and t.opened_at < r.until_at
                          and not t.is_confidential
                        order by t.ticket_id limit p_limit);
    v_played := fn.rehearsal_clocks(r, v_tickets);
    with would as materialized (
        select c.ticket_id, c.target_code, c.cycle, c.due_at, c.status from unnest(v_played.clocks) c
    ), was as materialized (
        select c.ticket_id, c.target_code, c.cycle, c.due_at, fn.sla_status(r.until_at, c.due_at, c.stopped_at, c.is_running, c.is_cancelled) as status,
               c.ticket_id = any (v_played.touched) as is_touched
          from ebb.sla_clock c where c.ticket_id = any (v_tickets)
    ), pair as materialized (
        select coalesce(w.ticket_id, o.ticket_id) as ticket_id, coalesce(w.target_code, o.target_code) as target_code, coalesce(w.cycle, o.cycle) as cycle,
               o.status as was_status, w.status, o.due_at as was_due_at, w.due_at
          from would w full join (select x.* from was x where x.is_touched) o on o.ticket_id = w.ticket_id and o.target_code = w.target_code and o.cycle = w.cycle
        union all
        select o.ticket_id, o.target_code, o.cycle, o.status, o.status, o.due_at, o.due_at from was o where not o.is_touched
    ), changed as (
        insert into ebb.sla_rehearsal_change (sla_rehearsal_id, ticket_id, target_code, cycle, department_id, was_status, status, was_due_at, due_at)
        select p_rehearsal_id, b.ticket_id, b.target_code, b.cycle, r.department_id, b.was_status, b.status, b.was_due_at, b.due_at
          from pair b where b.was_status is distinct from b.status
    )
    insert into ebb.sla_rehearsal_group as g (sla_rehearsal_id, department_id, service_id, team_id, priority, target_code, was_met_count, was_breached_count, met_count, breached_count, clock_count)
    select p_rehearsal_id, r.department_id, t.service_id, t.team_id, t.priority, b.target_code, count(*) filter (where b.was_status = 'met'), count(*) filter (where b.was_status = 'breached'),
           count(*) filter (where b.status = 'met'), count(*) filter (where b.status = 'breached'), count(*)
      from pair b join ebb.ticket t on t.ticket_id = b.ticket_id
     group by t.service_id, t.team_id, t.priority, b.target_code
        on conflict (sla_rehearsal_id, service_id, team_id, priority, target_code) do update
       set was_met_count = g.was_met_count + excluded.was_met_count, was_breached_count = g.was_breached_count + excluded.was_breached_count,
           met_count = g.met_count + excluded.met_count, breached_count = g.breached_count + excluded.breached_count, clock_count = g.clock_count + excluded.clock_count;
    update ebb.sla_rehearsal x
       set done_count = x.done_count + cardinality(v_tickets), last_ticket_id = coalesce(v_tickets[cardinality(v_tickets)], x.last_ticket_id),
           finished_at = case when cardinality(v_tickets) < p_limit then fn.now() end
     where x.sla_rehearsal_id = p_rehearsal_id;
    return cardinality(v_tickets);
end $$;
comment on function fn.rehearsal_batch(int, int) is 'Plays the next tickets of a rehearsal; returns how many. Fewer than asked for: it is finished. It can be stopped and taken up at any time.';
