-- SPDX-License-Identifier: Apache-2.0
-- When the next step of a clock is to fire, and who is told. Steps are placed in working time, so a paused clock has none coming. One whose
-- instant came while the clock ran is owed, though the clock pauses or stops before anybody looks: its plan stays until it has fired.

create or replace function fn.escalation_reached(p_clock ebb.sla_clock, p_work_s numeric) returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_used_s numeric := 0;
    v_use_s numeric;
    s record;
begin
    for s in
        select greatest(x.started_at, p_clock.started_at) as from_at, least(x.ended_at, p_clock.stopped_at, fn.now()) as to_at
          from ebb.ticket_span x join ebb.sla_target g on g.sla_target_id = p_clock.sla_target_id
         where x.ticket_id = p_clock.ticket_id and x.state < 4 and x.clock_class = any (g.runs_in)
           and x.started_at < coalesce(p_clock.stopped_at, 'infinity') and coalesce(x.ended_at, 'infinity') > p_clock.started_at
         order by x.seq
    loop
        v_use_s := greatest(fn.work_between(p_clock.calendar_version_id, s.from_at, s.to_at), 0);
        if v_use_s > 0 and v_used_s + v_use_s >= p_work_s then
            return fn.work_add(p_clock.calendar_version_id, s.from_at, greatest(p_work_s - v_used_s, 0));
        end if;
        v_used_s := v_used_s + v_use_s;
    end loop;
    return p_clock.elapsed_at;
end $$;
comment on function fn.escalation_reached(ebb.sla_clock, numeric) is 'The instant at which a clock had used so much working time, from its ticket''s spans; for what lies behind it.';

create or replace function fn.escalation_next(p_clock ebb.sla_clock, out step ebb.escalation_step, out step_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
    v_left_s numeric;
begin
    if p_clock.is_cancelled then
        return;
    end if;
    select s.* into step from ebb.escalation_step s
     where s.sla_target_id = p_clock.sla_target_id
       and not exists (select from ebb.escalation e
                        where e.ticket_id = p_clock.ticket_id and e.target_code = p_clock.target_code and e.cycle = p_clock.cycle and e.offset_s = s.offset_s
                          and e.recipient = s.recipient and (e.person_id, e.role_code) is not distinct from (s.person_id, s.role_code))
     order by s.offset_s, s.escalation_step_id limit 1;
    if step.escalation_step_id is null then
        return;
    end if;
    v_left_s := p_clock.target_s + step.offset_s - p_clock.elapsed_s;
    -- What ends exactly at the instant of a step has come before it, as with the due instant.
    if v_left_s < 0 or (v_left_s = 0 and p_clock.stopped_at is null) then
        step_at := fn.escalation_reached(p_clock, p_clock.target_s + step.offset_s);
    elsif p_clock.is_running and p_clock.stopped_at is null then
        step_at := (select i.at from fn.work_reached(p_clock.calendar_version_id, fn.work_seconds(p_clock.calendar_version_id, p_clock.elapsed_at) + v_left_s) i);
    end if;
end $$;
comment on function fn.escalation_next(ebb.sla_clock) is 'The first step of a clock that has not fired, and its instant: in the past when the clock has used so much, to come while it runs, else NULL. Infinity where the compiled calendar ends before.';

create or replace function fn.escalation_plan(p_clock ebb.sla_clock) returns timestamptz
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
    v_next record;
    v_at timestamptz;
begin
    -- A clock that never ran here with a step ahead of it owes nobody one: an imported ticket that was resolved elsewhere.
    if not p_clock.is_running and not exists (select from ebb.escalation_due d where d.ticket_id = p_clock.ticket_id and d.target_code = p_clock.target_code and d.cycle = p_clock.cycle) then
        return null;
    end if;
    v_next := fn.escalation_next(p_clock);
    if v_next.step_at is null then
        delete from ebb.escalation_due d where d.ticket_id = p_clock.ticket_id and d.target_code = p_clock.target_code and d.cycle = p_clock.cycle;
        return null;
    end if;
    -- Beyond the compiled calendar nobody knows the instant yet: it is looked at again in a month.
    v_at := case when isfinite(v_next.step_at) then v_next.step_at else fn.now() + interval '30 days' end;
    insert into ebb.escalation_due as d (ticket_id, target_code, cycle, step_at) values (p_clock.ticket_id, p_clock.target_code, p_clock.cycle, v_at)
        on conflict (ticket_id, target_code, cycle) do update set step_at = excluded.step_at where d.step_at <> excluded.step_at;
    return v_at;
end $$;
comment on function fn.escalation_plan(ebb.sla_clock) is 'Plans the next step of a clock, keeps the plan of one that is owed, or takes it away; returns when to look again.';

create or replace function fn.escalation_told(p_ticket ebb.ticket, p_step ebb.escalation_step) returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return array(
        select distinct y.person_id
          from (select case p_step.recipient
                            when 'assignee' then coalesce(p_ticket.assignee_id, (select m.lead_person_id from ebb.team m where m.team_id = p_ticket.team_id))
                            when 'lead' then (select m.lead_person_id from ebb.team m where m.team_id = p_ticket.team_id)
                            when 'accountable' then p_ticket.accountable_person_id
                            when 'person' then p_step.person_id end as person_id
                union all
                select m.person_id from ebb.membership m where p_step.recipient = 'team' and m.team_id = p_ticket.team_id and m.is_active
                union all
                select r.person_id from ebb.person_role r where p_step.recipient = 'role' and r.department_id = p_ticket.department_id and r.role_code = p_step.role_code) x
         -- Who is away has somebody who stands in.
         cross join lateral (select case when p_step.recipient in ('team', 'role') then x.person_id else fn.person_instead(x.person_id, p_ticket.team_id, fn.now()) end) i (person_id)
         -- Nobody hears of a ticket that they may not see: of a confidential one its team's lead does instead.
         cross join lateral (select case when fn.person_sees(i.person_id, p_ticket.ticket_id) then i.person_id
                                         when fn.person_sees(x.person_id, p_ticket.ticket_id) then x.person_id
                                         when p_ticket.is_confidential then (select m.lead_person_id from ebb.team m where m.team_id = p_ticket.team_id) end) y (person_id)
          join ebb.person p on p.person_id = y.person_id and p.is_active
         order by 1);
end $$;
comment on function fn.escalation_told(ebb.ticket, ebb.escalation_step) is 'Active persons whom a step means at this moment, or who stand in for those who are away, and who may see the ticket; for a confidential ticket its team''s lead in the place of others.';

create or replace function fn.notice_at(p_person_id int, p_service_id int, p_at timestamptz) returns timestamptz
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_version int;
begin
    select fn.calendar_current(coalesce(p.calendar_id, (select s.calendar_id from ebb.service s where s.service_id = p_service_id))) into v_version
      from ebb.person p where p.person_id = p_person_id;
    return coalesce((select greatest(p_at, w.starts_at) from ebb.working_time w where w.calendar_version_id = v_version and w.ends_at > p_at order by w.starts_at limit 1), p_at);
end $$;
comment on function fn.notice_at(int, int, timestamptz) is 'First instant not before p_at at which a person works, by their own calendar, else the service''s.';

create or replace function fn.escalation_fire(p_ticket ebb.ticket, p_clock ebb.sla_clock, p_step ebb.escalation_step, p_planned_at timestamptz) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now constant timestamptz := fn.now();
    -- A warning that comes after the work is done asks nobody for anything; that a target was missed is told all the same.
    v_told constant int[] := case when p_clock.stopped_at is not null and p_step.offset_s < 0 then '{}' else fn.escalation_told(p_ticket, p_step) end;
    v_is_history constant boolean := p_ticket.import_id is not null
        and p_planned_at < (select e.recorded_at from ebb.ticket_event e where e.ticket_id = p_ticket.ticket_id and e.seq = 1);
    v_id bigint;
begin
    insert into ebb.escalation (ticket_id, target_code, cycle, offset_s, recipient, person_id, role_code, department_id, escalation_step_id, planned_at, fired_at, is_history,
                                priority, team_id, assignee_id, accountable_person_id, told_person_ids)
    values (p_ticket.ticket_id, p_clock.target_code, p_clock.cycle, p_step.offset_s, p_step.recipient, p_step.person_id, p_step.role_code, p_ticket.department_id,
            p_step.escalation_step_id, p_planned_at, v_now, v_is_history, p_ticket.priority, p_ticket.team_id, p_ticket.assignee_id, p_ticket.accountable_person_id,
            case when v_is_history then '{}'::int[] else v_told end)
        on conflict on constraint escalation_once do nothing
    returning escalation_id into v_id;
    if v_id is null or v_is_history then
        return false;
    end if;
    -- Not in the ticket's own order of messages: one that waits for somebody's morning must hold up no other.
    insert into ebb.outbox (department_id, topic, payload, created_at, next_at)
    select p_ticket.department_id, 'escalation',
           jsonb_build_object('ticket_id', p_ticket.ticket_id, 'person_id', t.person_id, 'escalation_id', v_id, 'target_code', p_clock.target_code, 'due_at', p_clock.due_at,
                              'offset_s', p_step.offset_s), v_now,
           case when p_ticket.priority <= p_step.urgent_priority then v_now else fn.notice_at(t.person_id, p_ticket.service_id, v_now) end
      from unnest(v_told) t (person_id);
    perform fn.ticket_note(p_ticket.ticket_id, 'escalated', jsonb_build_object(
        'target_code', jsonb_build_array(null, p_clock.target_code), 'offset_s', jsonb_build_array(null, p_step.offset_s), 'escalated_to', jsonb_build_array(null, to_jsonb(v_told))));
    return true;
end $$;
comment on function fn.escalation_fire(ebb.ticket, ebb.sla_clock, ebb.escalation_step, timestamptz) is 'Fires a step of a ticket that the caller has locked: once, whoever else tries; false when it had fired or is history that an import brought.';
