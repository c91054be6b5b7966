-- SPDX-License-Identifier: Apache-2.0
-- Suggestions of categorising plugins: what the desk makes of them when a ticket is opened. The plugin proposes; here it is decided.

create or replace function fn.suggestion_fault(p_department_id int, p_field text, p_value text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_field in ('service_id', 'request_type_id', 'impact', 'urgency') and coalesce(p_value, '') !~ '^[0-9]{1,9}$' then
        return format('%s is not a number.', p_field);
    end if;
    return case p_field
        when 'service_id' then (select 'There is no such active service in the department.' where not exists (
            select from ebb.service s where s.service_id = p_value::int and s.department_id = p_department_id and s.is_active))
        when 'request_type_id' then (select 'There is no such active request type in the department.' where not exists (
            select from ebb.request_type r where r.request_type_id = p_value::int and r.department_id = p_department_id and r.is_active))
        when 'impact' then (select 'Impact is 1, 2 or 3.' where p_value::int not between 1 and 3)
        when 'urgency' then (select 'Urgency is 1, 2 or 3.' where p_value::int not between 1 and 3)
        else format('%s follows from the service or is not kept: it cannot be suggested.', coalesce(p_field, 'An unnamed field')) end;
end $$;
comment on function fn.suggestion_fault(int, text, text) is 'Why a suggested value cannot be, as a sentence; NULL when it can.';

create or replace function fn.suggestion_outcome(p_args json, p_decided jsonb, p_use ebb.plugin_department, p_suggestion jsonb, out outcome text, out sentence text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_field constant text := p_suggestion ->> 'field';
begin
    sentence := fn.suggestion_fault(p_use.department_id, v_field, p_suggestion ->> 'value');
    outcome := case when sentence is not null then 'refused'
                    when p_args ->> v_field is not null then 'given'
                    when coalesce((p_suggestion ->> 'confidence')::numeric, 0) < p_use.min_confidence then 'doubtful'
                    when p_use.mode = 'shadow' then 'shadow'
                    when p_decided ? v_field then 'outranked'
                    else 'applied' end;
end $$;
comment on function fn.suggestion_outcome(json, jsonb, ebb.plugin_department, jsonb) is 'What becomes of one suggestion: what the requester said stands, then the first plugin in the department''s order that is sure enough.';

create or replace function fn.plugin_suggest(p_args json, p_department_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_decided jsonb := '{}'::jsonb;
    v_runs jsonb := '[]'::jsonb;
    v_actions jsonb;
    v_use ebb.plugin_department;
    v_verdict record;
    r record;
    s jsonb;
begin
    for r in select a.answer, d as used, p.plugin_name, p.plugin_version
               from jsonb_array_elements(coalesce((p_args -> 'suggestions')::jsonb, '[]')) a (answer)
               join ebb.plugin_department d on d.plugin_id = (a.answer ->> 'plugin_id')::int and d.department_id = p_department_id
               join ebb.plugin p on p.plugin_id = d.plugin_id
              where fn.plugin_is_used(d.plugin_id, d.department_id)
              order by d.position, p.plugin_name loop
        v_use := r.used;
        v_actions := '[]'::jsonb;
        for s in select x from jsonb_array_elements(coalesce(r.answer -> 'suggestions', '[]')) x where r.answer ->> 'result' = 'ok' loop
            v_verdict := fn.suggestion_outcome(p_args, v_decided, v_use, s);
            v_actions := v_actions || (s || jsonb_build_object('outcome', v_verdict.outcome, 'sentence', v_verdict.sentence));
            if v_verdict.outcome = 'applied' then
                v_decided := v_decided || jsonb_build_object(s ->> 'field', jsonb_build_object(
                    'value', s ->> 'value', 'plugin', r.plugin_name, 'confidence', s -> 'confidence', 'explanation', s ->> 'explanation'));
            end if;
        end loop;
        v_runs := v_runs || jsonb_build_object('plugin_id', v_use.plugin_id, 'plugin_version', r.plugin_version, 'mode', v_use.mode, 'result', r.answer ->> 'result',
                                               'sentence', r.answer ->> 'sentence', 'duration_us', r.answer -> 'duration_us', 'actions', v_actions);
    end loop;
    return jsonb_build_object('decided', v_decided, 'runs', v_runs);
end $$;
comment on function fn.plugin_suggest(json, int) is 'Reads the plugins'' answers that came with a ticket (p_args.suggestions) and decides field by field: {decided: {field: {value, plugin, confidence, explanation}}, runs: what each plugin said and what became of it}.';
grant execute on function fn.plugin_suggest(json, int) to ebb_api;

create or replace function fn.plugin_suggest_keep(p_ticket_id bigint, p_runs jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_run_id bigint;
    r jsonb;
begin
    if p_runs = '[]' then
        return;
    end if;
    select * into v_ticket from ebb.ticket t where t.ticket_id = p_ticket_id;
    for r in select x from jsonb_array_elements(p_runs) x loop
        insert into ebb.plugin_run (plugin_id, plugin_version, department_id, ticket_id, run_kind, event_name, seq, mode, started_at, duration_us, outcome,
                                    changed_field_count, error_code, sentence)
        values ((r ->> 'plugin_id')::int, r ->> 'plugin_version', v_ticket.department_id, p_ticket_id, 'categorise', 'ticket.opened', 1, r ->> 'mode', v_ticket.opened_at,
                coalesce((r ->> 'duration_us')::bigint, 0),
                case when r ->> 'result' not in ('ok', 'skip') then 'failed'
                     when jsonb_path_exists(r, '$.actions[*].outcome ? (@ == "applied")') then 'applied'
                     when jsonb_path_exists(r, '$.actions[*].outcome ? (@ == "shadow")') then 'shadow'
                     when jsonb_array_length(r -> 'actions') = 0 then 'no_match' else 'skipped' end,
                jsonb_array_length(jsonb_path_query_array(r, '$.actions[*].outcome ? (@ == "applied")')),
                case when r ->> 'result' not in ('ok', 'skip') then r ->> 'result' end, left(r ->> 'sentence', 1000))
        returning plugin_run_id into v_run_id;
        insert into ebb.plugin_action (plugin_run_id, "position", department_id, action_kind, args, confidence, explanation, outcome, sentence)
        select v_run_id, a.no, v_ticket.department_id, 'suggest', jsonb_build_object('field', a.action -> 'field', 'value', a.action -> 'value'),
               (a.action ->> 'confidence')::numeric, left(a.action ->> 'explanation', 1000), a.action ->> 'outcome', a.action ->> 'sentence'
          from jsonb_array_elements(r -> 'actions') with ordinality a (action, no);
        if r ->> 'result' not in ('ok', 'skip') then
            perform fn.plugin_failed((r ->> 'plugin_id')::int, v_ticket.department_id, coalesce(r ->> 'sentence', r ->> 'result'));
        end if;
    end loop;
end $$;
comment on function fn.plugin_suggest_keep(bigint, jsonb) is 'Keeps what plugins said about a ticket that was opened, and what became of it.';
grant execute on function fn.plugin_suggest_keep(bigint, jsonb) to ebb_api;

create or replace function fn.plugin_failed(p_plugin_id int, p_department_id int, p_sentence text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Whoever comes second within a second has nothing to add, and nobody waits here for anybody.
    perform from ebb.plugin_department d
      where d.plugin_id = p_plugin_id and d.department_id = p_department_id and coalesce(d.last_error_at, '-infinity') < fn.now() - interval '1 second'
        for no key update skip locked;
    if found then
        update ebb.plugin_department d set last_error = left(p_sentence, 1000), last_error_at = fn.now()
         where d.plugin_id = p_plugin_id and d.department_id = p_department_id;
    end if;
end $$;
comment on function fn.plugin_failed(int, int, text) is 'Notes the latest sentence with which a plugin failed in a department.';
