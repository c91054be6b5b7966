-- SPDX-License-Identifier: Apache-2.0
-- Writing rules without faults: a rule is known by its name, and what it says makes its version.

create or replace function x_automate_rules.save_rule(p_department_id int, p_rule jsonb, p_position int) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_events constant text[] := x_automate_rules.events_of(p_rule);
    v_path constant jsonpath := (p_rule ->> 'if')::jsonpath;
    v_enabled constant boolean := coalesce((p_rule ->> 'enabled')::boolean, true);
    v_version int;
    v_said record;
    v_rule_id int;
begin
    select r.rule_id, r.version into v_rule_id, v_version from x_automate_rules.rule r where r.department_id = p_department_id and r.name = p_rule ->> 'name' for update;
    if v_rule_id is null then
        insert into x_automate_rules.rule (department_id, name, "position", when_events, if_path, then_actions, why, looks_at, is_enabled)
        values (p_department_id, p_rule ->> 'name', p_position, v_events, v_path, p_rule -> 'then', p_rule ->> 'why',
                coalesce(x_automate_rules.names_in(v_path), '{}'), v_enabled)
        returning rule_id, version into v_rule_id, v_version;
    else
        select v.when_events, v.if_text, v.then_actions, v.why into v_said
          from x_automate_rules.rule_version v where v.department_id = p_department_id and v.rule_id = v_rule_id and v.version = v_version;
        if (v_said.when_events, v_said.if_text, v_said.then_actions, v_said.why) is distinct from (v_events, p_rule ->> 'if', p_rule -> 'then', p_rule ->> 'why') then
            v_version := v_version + 1;
        end if;
        update x_automate_rules.rule r
           set "position" = p_position, when_events = v_events, if_path = v_path, then_actions = p_rule -> 'then', why = p_rule ->> 'why',
               looks_at = coalesce(x_automate_rules.names_in(v_path), '{}'), is_enabled = v_enabled, version = v_version
         where r.department_id = p_department_id and r.rule_id = v_rule_id;
    end if;
    insert into x_automate_rules.rule_version (department_id, rule_id, version, name, when_events, if_text, then_actions, why)
    values (p_department_id, v_rule_id, v_version, p_rule ->> 'name', v_events, p_rule ->> 'if', p_rule -> 'then', p_rule ->> 'why')
    on conflict (department_id, rule_id, version) do nothing;
end $$;
comment on function x_automate_rules.save_rule(int, jsonb, int) is 'Writes one rule at its place; what it says anew is its next version.';

create or replace function x_automate_rules.configure(p_input jsonb)
returns table (pointer text, detail text)
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := (p_input ->> 'department_id')::int;
    v_rules jsonb;
    r record;
begin
    begin
        v_rules := (p_input -> 'config' ->> 'rules')::jsonb;
    exception when others then
        return query select '/rules'::text, format('This is no JSON: %s.', sqlerrm);
        return;
    end;
    v_rules := coalesce(v_rules, '[]');
    return query select f.pointer, f.detail from x_automate_rules.faults(v_rules) f order by f.pointer, f.detail;
    if found then
        return;
    end if;
    insert into x_automate_rules.setting (department_id, step_bound) values (v_department_id, coalesce((p_input -> 'config' ->> 'step_bound')::int, 10))
    on conflict (department_id) do update set step_bound = excluded.step_bound;
    update x_automate_rules.rule u set is_enabled = false
     where u.department_id = v_department_id and u.is_enabled and u.name <> all (array(select x ->> 'name' from jsonb_array_elements(v_rules) x));
    for r in select x.rule, x.no from jsonb_array_elements(v_rules) with ordinality x (rule, no) order by x.no loop
        perform x_automate_rules.save_rule(v_department_id, r.rule, r.no::int);
    end loop;
end $$;
comment on function x_automate_rules.configure(jsonb) is 'Before a configuration is saved: each row refuses it; without a row the rules are written.';
