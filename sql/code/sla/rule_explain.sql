-- SPDX-License-Identifier: Apache-2.0
-- Why a clock says what it says: the policy and what chose it, the calendar, each piece of the ticket's life with the reason for
-- which the clock ran or stood, and every working interval that was counted. Adds up to what the clock shows, or it is a fault.

create or replace function fn.sla_explain_policy(p_ticket ebb.ticket) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v record;
    v_holds boolean;
begin
    select y.sla_policy_name, y.sla_policy_id, x.version, x.valid_from, x.condition, x.condition_path, x.position, s.sla_policy_id as own_id, s.service_name into v
      from ebb.sla_policy_version x
      join ebb.sla_policy y on y.sla_policy_id = x.sla_policy_id
      join ebb.service s on s.service_id = p_ticket.service_id
     where x.sla_policy_version_id = p_ticket.sla_policy_version_id;
    if not found then
        return null;
    end if;
    v_holds := v.condition is not null and coalesce(fn.ticket_facts(p_ticket) @@ v.condition_path, false);
    return jsonb_build_object('sla_policy_id', v.sla_policy_id, 'sla_policy_version_id', p_ticket.sla_policy_version_id, 'sla_policy_name', v.sla_policy_name,
        'version', v.version, 'valid_from', v.valid_from, 'condition', v.condition, 'position', v.position,
        'chosen_by', case when v_holds then 'condition' when v.own_id = v.sla_policy_id then 'service' else 'journal' end,
        'sentence', format('Policy "%s", version %s, valid from %s: ', v.sla_policy_name, v.version, fn.sla_instant(v.valid_from))
            || case when v_holds then format('its condition %s holds for the ticket, at place %s the first that does.', v.condition, v.position)
                    when v.own_id = v.sla_policy_id then format('no condition holds for the ticket, and it is the policy of the service "%s".', v.service_name)
                    else 'the journal says so since it was chosen.' end);
end $$;
comment on function fn.sla_explain_policy(ebb.ticket) is 'Which policy version grants a ticket''s targets, and what chose it.';

create or replace function fn.sla_instant(p_at timestamptz) returns text
language sql immutable parallel safe
return to_char(p_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC';
comment on function fn.sla_instant(timestamptz) is 'An instant in words.';

create or replace function fn.sla_duration(p_seconds numeric) returns text
language sql immutable parallel safe
return case when p_seconds < 0 then '-' else '' end || trunc(abs(p_seconds) / 3600) || to_char(trunc(mod(abs(p_seconds), 3600) / 60), '":"FM00') || to_char(mod(trunc(abs(p_seconds)), 60), '":"FM00');
comment on function fn.sla_duration(numeric) is 'Working seconds as hours:minutes:seconds.';

create or replace function fn.sla_explain_pieces(p_clock ebb.sla_clock, p_at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object('from', p.from_at, 'to', p.to_at, 'is_running', p.is_running, 'clock_class', p.clock_class, 'cause', p.cause,
                                                     'working_seconds', p.work_s, 'working_intervals', case when p.is_running then i.list else '[]' end, 'interval_count', i.n)
                                  order by p.from_at, p.seq), '[]')
          from (select s.seq, s.clock_class, r.is_running, x.from_at, x.to_at, fn.work_between(p_clock.calendar_version_id, x.from_at, x.to_at) as work_s,
                       case when r.is_running then 'It runs: ' else 'It stands: ' end || lower(c.clock_class_name)
                           || case when s.state >= 4 then '; that is no work' when r.is_running then '' else ', in which this target pauses' end as cause
                  from ebb.ticket_span s
                  join ebb.clock_class c on c.clock_class = s.clock_class
                  join ebb.sla_target g on g.sla_target_id = p_clock.sla_target_id
                 cross join lateral (select s.state < 4 and s.clock_class = any (g.runs_in) as is_running) r
                 cross join lateral (select greatest(s.started_at, p_clock.started_at) as from_at, least(s.ended_at, p_clock.stopped_at, p_at) as to_at) x
                 where s.ticket_id = p_clock.ticket_id and x.from_at < x.to_at) p
         cross join lateral (select count(*) as n,
                                    coalesce(jsonb_agg(jsonb_build_array(greatest(w.starts_at, p.from_at), least(w.ends_at, p.to_at)) order by w.starts_at) filter (where w.place <= 500), '[]') as list
                               from (select y.starts_at, y.ends_at, row_number() over (order by y.starts_at) as place from ebb.working_time y
                                      where y.calendar_version_id = p_clock.calendar_version_id and y.ends_at > p.from_at and y.starts_at < p.to_at
                                        and y.starts_at >= coalesce((select max(z.starts_at) from ebb.working_time z
                                                                      where z.calendar_version_id = p_clock.calendar_version_id and z.starts_at <= p.from_at), '-infinity')) w) i);
end $$;
comment on function fn.sla_explain_pieces(ebb.sla_clock, timestamptz) is 'The pieces of a ticket''s life within a clock''s window, up to p_at: when, whether and why it ran, and the working intervals counted (the first 500 of a piece; interval_count says how many there are).';

create or replace function fn.sla_explain_clock(p_clock ebb.sla_clock, p_at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_pieces constant jsonb := fn.sla_explain_pieces(p_clock, p_at);
    v_used constant numeric := (select coalesce(sum((x ->> 'working_seconds')::numeric) filter (where (x ->> 'is_running')::boolean), 0) from jsonb_array_elements(v_pieces) x);
    v_all constant numeric := (select coalesce(sum((x ->> 'working_seconds')::numeric), 0) from jsonb_array_elements(v_pieces) x);
    v_status constant text := fn.sla_status(p_at, p_clock.due_at, p_clock.stopped_at, p_clock.is_running, p_clock.is_cancelled);
    g record;
    c record;
begin
    select t.*, k.target_kind_name into g from ebb.sla_target t join ebb.sla_target_kind k on k.target_kind = t.target_kind where t.sla_target_id = p_clock.sla_target_id;
    select v.version, v.valid_from, v.time_zone_name, v.compiled_until, n.calendar_name into c
      from ebb.calendar_version v join ebb.calendar n on n.calendar_id = v.calendar_id where v.calendar_version_id = p_clock.calendar_version_id;
    return jsonb_build_object(
        'sla_clock_id', p_clock.sla_clock_id, 'target_code', p_clock.target_code, 'cycle', p_clock.cycle, 'clock_status', v_status,
        'calendar', jsonb_build_object('calendar_version_id', p_clock.calendar_version_id, 'calendar_name', c.calendar_name, 'version', c.version, 'valid_from', c.valid_from,
                                       'time_zone_name', c.time_zone_name),
        'conditions', jsonb_build_object('starts_on', g.starts_on, 'stops_on', to_jsonb(g.stops_on), 'runs_in', to_jsonb(g.runs_in), 'cancels_in', to_jsonb(g.cancels_in)),
        'granted_seconds', p_clock.target_s, 'used_seconds', v_used, 'left_seconds', p_clock.target_s - v_used, 'paused_seconds', v_all - v_used,
        'started_at', p_clock.started_at, 'stopped_at', p_clock.stopped_at, 'warn_at', p_clock.warn_at, 'due_at', p_clock.due_at,
        'sentences', jsonb_build_array(
            format('%s: %s of working time granted at priority %s, counted from %s by the calendar "%s", version %s, in %s.', g.target_kind_name, fn.sla_duration(p_clock.target_s),
                   g.priority, fn.sla_instant(p_clock.started_at), c.calendar_name, c.version, c.time_zone_name),
            format('%s used up to %s, %s stood still.', fn.sla_duration(v_used), fn.sla_instant(coalesce(p_clock.stopped_at, p_at)), fn.sla_duration(v_all - v_used)),
            case v_status
                when 'cancelled' then format('The ticket was cancelled or merged at %s, before it was done%s.', fn.sla_instant(p_clock.stopped_at),
                                             case when p_clock.due_at < p_clock.stopped_at then ', though after it was due at ' || fn.sla_instant(p_clock.due_at) else '' end)
                when 'met' then format('Done at %s, with %s left.', fn.sla_instant(p_clock.stopped_at), fn.sla_duration(p_clock.target_s - v_used))
                when 'breached' then format('The time was used up at %s%s.', fn.sla_instant(p_clock.due_at), coalesce(', and it was done at ' || fn.sla_instant(p_clock.stopped_at), '; it is not done'))
                when 'paused' then format('It stands still with %s left; nothing is due until it goes on.', fn.sla_duration(p_clock.target_s - v_used))
                else format('It runs, with %s left, and is due at %s.', fn.sla_duration(p_clock.target_s - v_used), fn.sla_instant(p_clock.due_at)) end),
        'pieces', v_pieces);
end $$;
comment on function fn.sla_explain_clock(ebb.sla_clock, timestamptz) is 'A clock with its derivation, as it stands at p_at.';

create or replace function fn.sla_explain(p_ticket_id bigint, p_at timestamptz) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select jsonb_build_object('ticket_id', t.ticket_id, 'at', p_at, 'policy', fn.sla_explain_policy(t),
                                      'clocks', coalesce((select jsonb_agg(fn.sla_explain_clock(k, p_at) order by k.started_at, k.target_s, k.target_code, k.cycle) from ebb.sla_clock k
                                                           where k.ticket_id = t.ticket_id), '[]'))
              from ebb.ticket t where t.ticket_id = p_ticket_id);
end $$;
comment on function fn.sla_explain(bigint, timestamptz) is 'Policy and clocks of a ticket with their derivation; who may ask is the caller''s business.';
grant execute on function fn.sla_explain(bigint, timestamptz) to ebb_api;

create or replace function fn.sla_clock_at(p_clock jsonb, p_derived jsonb, p_at timestamptz) returns jsonb
language sql stable
return p_clock || jsonb_build_object(
    'clock_status', p_derived -> 'clock_status',
    'elapsed_business_hours', round((p_derived ->> 'used_seconds')::numeric / 3600, 2),
    'remaining_business_hours', round((p_derived ->> 'left_seconds')::numeric / 3600, 2),
    'paused_business_hours', round((p_derived ->> 'paused_seconds')::numeric / 3600, 2),
    'is_met', case p_derived ->> 'clock_status' when 'met' then true when 'breached' then false end)
    || case when (p_derived ->> 'due_at')::timestamptz < coalesce((p_derived ->> 'stopped_at')::timestamptz, p_at)
            then jsonb_build_object('is_breached', true, 'breached_at', p_derived -> 'due_at')
            else '{"is_breached": false, "breached_at": null, "breach_owner_team_id": null}' end;
comment on function fn.sla_clock_at(jsonb, jsonb, timestamptz) is 'A clock as reports have it, with what grows with time taken from its derivation, so that both are of one instant.';
grant execute on function fn.sla_clock_at(jsonb, jsonb, timestamptz) to ebb_api;
