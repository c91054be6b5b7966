-- SPDX-License-Identifier: Apache-2.0
-- Runs of automating plugins: what they decided is kept, and done where the department lets them act.

create or replace function fn.plugin_cost(p_plugin_id int, p_department_id int default null, out call_count bigint, out failed_count bigint, out total_us bigint, out longest_us bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    select coalesce(sum(c.calls), 0), coalesce(sum(c.calls) filter (where c.is_failed), 0), coalesce(sum(c.total_us), 0), coalesce(max(c.longest_us), 0)
      into call_count, failed_count, total_us, longest_us
      from (select count(*) as calls, r.outcome = 'failed' as is_failed, sum(r.duration_us) as total_us, max(r.duration_us) as longest_us
              from ebb.plugin_run r
             where r.plugin_id = p_plugin_id and r.started_at > fn.now() - interval '1 day' and r.run_kind = 'categorise'
               and (p_department_id is null or r.department_id = p_department_id)
             group by 2
            union all
            select d.call_count, d.result not in ('ok', 'skip', 'later'), d.total_us, d.longest_us
              from ebb.plugin_day d
             where d.plugin_id = p_plugin_id and d.day >= (fn.now() - interval '1 day')::date and (p_department_id is null or d.department_id = p_department_id)) c;
end $$;
comment on function fn.plugin_cost(int, int) is 'Calls of a plugin since yesterday, how many failed, and the time they took, in a department or altogether.';

create or replace function fn.plugin_count(p_plugin_id int, p_department_id int, p_kind text, p_result text, p_us bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ebb.plugin_day as d (plugin_id, department_id, day, run_kind, result, call_count, total_us, longest_us)
    values (p_plugin_id, p_department_id, (fn.now() at time zone 'UTC')::date, p_kind, p_result, 1, p_us, p_us)
    on conflict (plugin_id, department_id, day, run_kind, result) do update
       set call_count = d.call_count + 1, total_us = d.total_us + excluded.total_us, longest_us = greatest(d.longest_us, excluded.longest_us);
end $$;
comment on function fn.plugin_count(int, int, text, text, bigint) is 'Counts one call of a plugin and its time. Only where one process at a time calls it: a row per day is a row to wait for.';

create or replace function fn.plugin_run_begin(p_event ebb.plugin_delivery, p_use ebb.plugin_department, p_result jsonb, p_action jsonb, p_outcome text) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_run_id bigint;
begin
    insert into ebb.plugin_run (plugin_id, plugin_version, department_id, ticket_id, run_kind, event_name, seq, rule_name, rule_version, mode, started_at, duration_us,
                                outcome, error_code, sentence, inputs, depth)
    select p_use.plugin_id, p.plugin_version, p_use.department_id, p_event.ticket_id, 'automate', p_event.event_name, p_event.seq,
           left(p_action ->> 'rule', 200), case when p_action ->> 'rule_version' is not null then least((p_action ->> 'rule_version')::numeric, 2147483647)::int end, p_use.mode, fn.now(), coalesce((p_result ->> 'duration_us')::bigint, 0), p_outcome,
           case when p_outcome = 'failed' then p_result ->> 'result' end, left(p_result ->> 'sentence', 1000), p_action -> 'inputs', p_event.depth
      from ebb.plugin p where p.plugin_id = p_use.plugin_id
    returning plugin_run_id into v_run_id;
    return v_run_id;
end $$;
comment on function fn.plugin_run_begin(ebb.plugin_delivery, ebb.plugin_department, jsonb, jsonb, text) is 'Writes the row of one firing.';

create or replace function fn.plugin_act(p_run_id bigint, p_event ebb.plugin_delivery, p_use ebb.plugin_department, p_no int, p_action jsonb) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_outcome text := case when p_use.mode = 'act' then 'applied' else 'shadow' end;
    v_sentence text;
    v_changed int := 0;
begin
    if p_use.mode = 'act' then
        begin
            perform set_config('ebb.plugin_run', p_run_id::text, true);
            v_changed := fn.action_do(p_event.ticket_id, p_action ->> 'action', coalesce(p_action -> 'args', '{}'));
        exception
            when serialization_failure or deadlock_detected or lock_not_available then
                raise;
            when others then
                v_outcome := 'refused';
                v_changed := 0;
                v_sentence := left(sqlerrm, 1000);
        end;
        perform set_config('ebb.plugin_run', '', true);
    end if;
    insert into ebb.plugin_action (plugin_run_id, "position", department_id, action_kind, args, explanation, outcome, sentence)
    values (p_run_id, p_no, p_use.department_id, coalesce(p_action ->> 'action', '?'), coalesce(p_action -> 'args', '{}'), left(p_action ->> 'explanation', 1000), v_outcome, v_sentence);
    if v_outcome = 'refused' then
        perform fn.plugin_failed(p_use.plugin_id, p_use.department_id, format('%s: %s', p_action ->> 'action', v_sentence));
    end if;
    return case when v_outcome = 'refused' then -1 else v_changed end;
end $$;
comment on function fn.plugin_act(bigint, ebb.plugin_delivery, ebb.plugin_department, int, jsonb) is 'Does (mode act) or only keeps (shadow) one action; returns how many fields changed, -1 when a rule of the desk refused it.';

create or replace function fn.plugin_action_aimed(p_event ebb.plugin_delivery, p_action jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket_id bigint := p_event.ticket_id;
begin
    if v_ticket_id is null and p_action #>> '{args,ticket_id}' ~ '^[0-9]{1,18}$' then
        select t.ticket_id into v_ticket_id from ebb.ticket t where t.ticket_id = (p_action #>> '{args,ticket_id}')::bigint and t.department_id = p_event.department_id;
        p_action := jsonb_set(p_action, '{args}', (p_action -> 'args') - 'ticket_id');
    end if;
    return p_action || jsonb_build_object('ticket_id', v_ticket_id);
end $$;
comment on function fn.plugin_action_aimed(ebb.plugin_delivery, jsonb) is 'An action with the ticket it is for: that of the event, or, for a tick, the one of the department that its args name as ticket_id.';

create or replace function fn.plugin_fire(p_event ebb.plugin_delivery, p_use ebb.plugin_department, p_result jsonb) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_run_id bigint;
    v_rule text;
    v_before text;
    v_changed int;
    v_applied int := 0;
    v_refused int := 0;
    v_event ebb.plugin_delivery := p_event;
    a record;
begin
    for a in select fn.plugin_action_aimed(p_event, x.action) as action, x.no from jsonb_array_elements(coalesce(p_result -> 'actions', '[]')) with ordinality x (action, no) order by x.no loop
        v_event.ticket_id := (a.action ->> 'ticket_id')::bigint;
        v_rule := concat_ws(' ', a.action ->> 'rule', a.action ->> 'rule_version', v_event.ticket_id);
        if v_run_id is null or v_rule <> v_before then
            v_run_id := fn.plugin_run_begin(v_event, p_use, p_result, a.action, case when p_use.mode = 'act' then 'skipped' else 'shadow' end);
            v_before := v_rule;
        end if;
        v_changed := fn.plugin_act(v_run_id, v_event, p_use, a.no::int, a.action);
        if v_changed >= 0 and p_use.mode = 'act' then
            v_applied := v_applied + 1;
            update ebb.plugin_run r set outcome = 'applied', changed_field_count = r.changed_field_count + v_changed where r.plugin_run_id = v_run_id;
        elsif v_changed < 0 then
            v_refused := v_refused + 1;
        end if;
    end loop;
    return jsonb_build_object('applied', v_applied, 'refused', v_refused);
end $$;
comment on function fn.plugin_fire(ebb.plugin_delivery, ebb.plugin_department, jsonb) is 'Carries out what a plugin returned for one event, in its order: a run per rule and ticket, an action per row; {"applied": n, "refused": n}.';
