-- SPDX-License-Identifier: Apache-2.0
-- What the rules of a department make of one event: rounds over the rules in their order, until nothing more follows.

create or replace function x_automate_rules.effect(p_actions jsonb) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(jsonb_object_agg(e.key, e.value order by a.no), '{}')
              from jsonb_array_elements(p_actions) with ordinality a (action, no)
             cross join lateral jsonb_each(case a.action ->> 'action' when 'set' then a.action -> 'args'
                                                when 'assign' then (a.action -> 'args') || jsonb_build_object('is_unowned', a.action -> 'args' -> 'assignee_id' = 'null')
                                                else '{}' end) e);
end $$;
comment on function x_automate_rules.effect(jsonb) is 'What the next round takes for facts when these actions are done: fields of set and assign, and nothing that only the desk can derive.';

create or replace function x_automate_rules.inputs_of(p_doc jsonb, p_names text[]) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('event', p_doc -> 'event')
        || (select coalesce(jsonb_object_agg(s.part, s.picked), '{}')
              from (select p.part, (select jsonb_object_agg(n, case when length(p_doc -> p.part ->> n) > 200 then to_jsonb(left(p_doc -> p.part ->> n, 200) || '...') else p_doc -> p.part -> n end)
                                      from unnest(p_names) n where p_doc -> p.part ? n) as picked
                      from unnest(array['facts', 'changes']) p (part)) s
             where s.picked is not null);
end $$;
comment on function x_automate_rules.inputs_of(jsonb, text[]) is 'The facts and changes of those names, long texts cut: what is kept with a firing.';

create or replace function x_automate_rules.sentence_of(p_name text, p_why text, p_inputs jsonb) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(p_why, format('Rule %s at %s%s.', p_name, p_inputs ->> 'event',
                    (select ': ' || string_agg(f.key || ' is ' || case when jsonb_typeof(f.value) = 'null' then 'empty' else p_inputs -> 'facts' ->> f.key end, ', ' order by f.key)
                       from jsonb_each(p_inputs -> 'facts') f)));
end $$;
comment on function x_automate_rules.sentence_of(text, text, jsonb) is 'Why a rule fired, for people: its own sentence, or what its condition looked at.';

create or replace function x_automate_rules.args_of(p_action jsonb, p_now timestamptz) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_args constant jsonb := coalesce(p_action -> 'args', '{}');
begin
    if v_args ? 'waiting_hours' then
        return v_args - 'waiting_hours' || jsonb_build_object('waiting_until', p_now + (v_args ->> 'waiting_hours')::int * interval '1 hour');
    end if;
    return v_args;
end $$;
comment on function x_automate_rules.args_of(jsonb, timestamptz) is 'Arguments as the desk takes them: hours of waiting become an instant.';

create or replace function x_automate_rules.asked(p_department_id int, p_doc jsonb, p_fired int[])
returns table (rule_id int, name text, version int, then_actions jsonb, why text, looks_at text[], is_true boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_event constant text := p_doc ->> 'event';
begin
    -- An error within a predicate is neither true nor false: NULL, which is no match, and is told.
    return query
        select r.rule_id, r.name, r.version, r.then_actions, r.why, r.looks_at, m.is_true
          from x_automate_rules.rule r
         cross join lateral (select case when r.if_path is null then true else jsonb_path_match_tz(p_doc, r.if_path, '{}', true) end as is_true offset 0) m
         where r.department_id = p_department_id and r.is_enabled and r.when_events && array[v_event, split_part(v_event, '.', 1) || '.*']
           and r.rule_id <> all (p_fired) and m.is_true is distinct from false
         order by r."position";
end $$;
comment on function x_automate_rules.asked(int, jsonb, int[]) is 'Rules that apply to an event and have not fired yet, in their order; is_true is NULL for a condition that cannot be told.';

create or replace function x_automate_rules.decide(p_input jsonb)
returns table (rule text, version int, action text, args jsonb, inputs jsonb, step int, explanation text, problem text)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := (p_input ->> 'department_id')::int;
    v_bound constant int := coalesce((select s.step_bound from x_automate_rules.setting s where s.department_id = v_department_id), 10);
    v_doc jsonb := jsonb_build_object('event', p_input -> 'event', 'facts', p_input -> 'facts', 'changes', p_input -> 'changes', 'occurred_at', p_input -> 'occurred_at', 'now', now());
    v_facts jsonb;
    v_fired int[] := '{}';
    v_told int[] := '{}';
    v_names text[];
    r record;
    a record;
begin
    for n in 1 .. v_bound + 1 loop
        v_facts := v_doc -> 'facts';
        v_names := '{}';
        for r in select * from x_automate_rules.asked(v_department_id, v_doc, v_fired) loop
            rule := r.name; version := r.version; step := n;
            if r.is_true is null then
                action := null; args := null; inputs := x_automate_rules.inputs_of(v_doc, r.looks_at); problem := 'undecided';
                explanation := format('The condition of rule %s cannot be told: it compares what cannot be compared.', r.name);
                if r.rule_id <> all (v_told) then
                    return next;
                end if;
                v_told := v_told || r.rule_id;
                continue;
            end if;
            v_fired := v_fired || r.rule_id;
            v_names := v_names || r.name;
            continue when n > v_bound;
            inputs := x_automate_rules.inputs_of(v_doc, r.looks_at);
            explanation := x_automate_rules.sentence_of(r.name, r.why, inputs);
            problem := null;
            for a in select x.action from jsonb_array_elements(r.then_actions) with ordinality x (action, no) order by x.no loop
                action := a.action ->> 'action'; args := x_automate_rules.args_of(a.action, now());
                return next;
            end loop;
            v_facts := v_facts || x_automate_rules.effect(r.then_actions);
        end loop;
        if n > v_bound and v_names <> '{}' then
            rule := null; version := null; action := null; args := null; inputs := null; step := n; problem := 'overrun';
            explanation := format('Rules lead to rules for more than %s rounds; next would be %s. Nothing was done.', v_bound, array_to_string(v_names, ', '));
            return next;
        end if;
        exit when v_facts = v_doc -> 'facts';
        v_doc := jsonb_set(v_doc, '{facts}', v_facts);
    end loop;
end $$;
comment on function x_automate_rules.decide(jsonb) is 'Actions for an event, rule by rule in explicit order. Every round asks the rules that have not fired; what set and assign do is taken for fact in the next round; it ends when facts stay as they are. A row without an action tells a problem: undecided (no match) or overrun (nothing shall be done).';
