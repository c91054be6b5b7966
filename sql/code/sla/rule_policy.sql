-- SPDX-License-Identifier: Apache-2.0
-- Writing a version of a policy: its condition, its place, its targets. What is not given stays as in the version before.

create or replace function fn.sla_seconds(p_value jsonb, p_priority int, p_pointer text) returns int
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_seconds numeric;
begin
    if jsonb_typeof(p_value) = 'object' then
        p_value := p_value -> p_priority::text;
    end if;
    if p_value is null or p_value = 'null' then
        return null;
    elsif jsonb_typeof(p_value) <> 'number' or (p_value #>> '{}')::numeric not between 1 and 315360000 or (p_value #>> '{}')::numeric % 1 <> 0 then
        perform fn.fail(422, p_pointer, 'Working seconds are a whole number from 1 to 315360000 (ten years), for all priorities or as an object by priority "1" to "4".');
    end if;
    v_seconds := (p_value #>> '{}')::numeric;
    return v_seconds::int;
end $$;
comment on function fn.sla_seconds(jsonb, int, text) is 'Working seconds for a priority, from a number or an object by priority; NULL when there are none.';

create or replace function fn.sla_words(p_target jsonb, p_key text, p_allowed text[], p_pointer text) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_words text[];
begin
    if jsonb_typeof(p_target -> p_key) is distinct from 'array' then
        if p_target -> p_key is not null then
            perform fn.fail(422, p_pointer || '/' || p_key, 'This is a list of words.', 'Possible: ' || array_to_string(p_allowed, ', ') || '.');
        end if;
        return null;
    end if;
    v_words := array(select jsonb_array_elements_text(p_target -> p_key));
    if not v_words <@ p_allowed then
        perform fn.fail(422, p_pointer || '/' || p_key, format('%s is not possible here.', (select '"' || w || '"' from unnest(v_words) w where w <> all (p_allowed) limit 1)),
                        'Possible: ' || array_to_string(p_allowed, ', ') || '.');
    end if;
    return v_words;
end $$;
comment on function fn.sla_words(jsonb, text, text[], text) is 'A list of words from a target, or NULL; refuses other words.';

create or replace function fn.sla_target_write(p_version ebb.sla_policy_version, p_target jsonb, p_pointer text) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind ebb.sla_target_kind;
    v_unknown text;
    v_stops text[];
    v_pauses text[];
    v_cancels text[];
    v_starts constant text := p_target ->> 'starts_on';
    v_count int;
begin
    if jsonb_typeof(p_target) <> 'object' then
        perform fn.fail(422, p_pointer, 'A target is an object with target_kind and target_s.');
    end if;
    select k into v_unknown from jsonb_object_keys(p_target) k
     where k not in ('target_code', 'target_kind', 'target_s', 'warning_s', 'starts_on', 'stops_on', 'pauses_in', 'cancels_on') limit 1;
    if v_unknown is not null then
        perform fn.fail(422, p_pointer || '/' || v_unknown, format('A target has no field %s.', v_unknown),
                        'It has target_code, target_kind, target_s, warning_s, starts_on, stops_on, pauses_in and cancels_on.');
    end if;
    select * into v_kind from ebb.sla_target_kind k where k.target_kind = p_target ->> 'target_kind';
    if not found then
        perform fn.fail(422, p_pointer || '/target_kind', format('There is no kind of target "%s".', coalesce(p_target ->> 'target_kind', '')),
                        'Possible: ' || (select string_agg(k.target_kind, ', ' order by k.target_kind) from ebb.sla_target_kind k) || '.');
    end if;
    if coalesce(p_target ->> 'target_code', v_kind.target_kind) !~ '^[a-z][a-z0-9_]{0,39}$' then
        perform fn.fail(422, p_pointer || '/target_code', 'A target''s name has 1 to 40 small letters, digits and underscores and begins with a letter.');
    elsif v_starts not in ('opened', 'team', 'assigned', 'answer', 'question') then
        perform fn.fail(422, p_pointer || '/starts_on', format('Nothing starts on "%s".', v_starts), 'Possible: opened, team, assigned, answer, question.');
    end if;
    v_stops := coalesce(fn.sla_words(p_target, 'stops_on', array['answer', 'team', 'assigned'], p_pointer), v_kind.stops_on);
    v_pauses := fn.sla_words(p_target, 'pauses_in', array(select c.clock_class from ebb.clock_class c where c.is_age and c.clock_class <> 'resolved' order by 1), p_pointer);
    v_cancels := fn.sla_words(p_target, 'cancels_on', array['cancelled', 'merged'], p_pointer);
    if coalesce(v_starts, v_kind.starts_on) in ('answer', 'question') and v_stops <> array['answer'] then
        perform fn.fail(422, p_pointer || '/stops_on', 'What starts with a message stops with the next answer.');
    end if;
    insert into ebb.sla_target (sla_policy_version_id, department_id, target_kind, target_code, priority, target_s, warning_s, starts_on, stops_on, runs_in, cancels_in)
    select p_version.sla_policy_version_id, p_version.department_id, v_kind.target_kind, coalesce(p_target ->> 'target_code', v_kind.target_kind), n.priority, n.target_s, n.warning_s,
           coalesce(v_starts, v_kind.starts_on), v_stops,
           case when v_pauses is null then v_kind.runs_in
                else array(select c.clock_class from ebb.clock_class c where c.is_age and c.clock_class <> 'resolved' and c.clock_class <> all (v_pauses) order by 1) end,
           case when v_cancels is null then v_kind.cancels_in else array(select s.state from ebb.state s where s.state_code = any (v_cancels) order by 1) end
      from (select p as priority, fn.sla_seconds(p_target -> 'target_s', p, p_pointer || '/target_s') as target_s,
                   fn.sla_seconds(p_target -> 'warning_s', p, p_pointer || '/warning_s') as warning_s from generate_series(1, 4) p) n
     where n.target_s is not null;
    get diagnostics v_count = row_count;
    if v_count = 0 then
        perform fn.fail(422, p_pointer || '/target_s', 'A target grants working seconds for at least one priority.');
    end if;
    return v_count;
exception
    when unique_violation then
        perform fn.fail(422, p_pointer || '/target_code', 'Two targets of a policy have the same name.');
        return null;
    when check_violation then
        perform fn.fail(422, p_pointer || '/warning_s', 'A warning comes before the target is used up.');
        return null;
end $$;
comment on function fn.sla_target_write(ebb.sla_policy_version, jsonb, text) is 'Writes one target {target_kind, target_s, target_code?, warning_s?, starts_on?, stops_on?, pauses_in?, cancels_on?} of a new version, a row for each priority that it grants something; returns how many.';

create or replace function fn.sla_policy_version_write(p_sla_policy_id int, p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before ebb.sla_policy_version;
    v_new ebb.sla_policy_version;
    v_taken text;
begin
    perform from ebb.department d join ebb.sla_policy y on y.department_id = d.department_id where y.sla_policy_id = p_sla_policy_id for no key update of d;
    select * into v_before from ebb.sla_policy_version v where v.sla_policy_id = p_sla_policy_id order by v.version desc limit 1;
    v_new := v_before;
    v_new.valid_from := coalesce((p ->> 'valid_from')::timestamptz, fn.now());
    v_new.is_active := coalesce((p ->> 'is_active')::boolean, v_before.is_active, true);
    if p -> 'condition' is not null then
        v_new.condition := p ->> 'condition';
        v_new.position := null;
    end if;
    if v_new.condition is not null then
        v_new.condition_path := fn.condition_path(v_new.condition, '/condition', fn.sla_facts_known());
        v_new.position := coalesce((p ->> 'position')::int, v_before.position);
        if v_new.position is null or v_new.position not between 1 and 100000 then
            perform fn.fail(422, '/position', 'A policy with a condition has a place in the department''s order, from 1 to 100000.', 'The lowest place is asked first.');
        end if;
        select y.sla_policy_name into v_taken
          from ebb.sla_policy y
          join ebb.sla_policy me on me.sla_policy_id = p_sla_policy_id and me.department_id = y.department_id
         cross join lateral (select v.position, v.is_active from ebb.sla_policy_version v where v.sla_policy_id = y.sla_policy_id order by v.version desc limit 1) v
         where y.sla_policy_id <> p_sla_policy_id and v.is_active and v.position = v_new.position;
        if v_new.is_active and v_taken is not null then
            perform fn.fail(409, '/position', format('Place %s is that of the policy "%s".', v_new.position, v_taken), 'Choose another place, so that the order is plain.');
        end if;
    else
        v_new.condition_path := null;
    end if;
    if not isfinite(v_new.valid_from) then
        perform fn.fail(422, '/valid_from', 'A version holds from an instant.');
    elsif coalesce(json_typeof(p -> 'targets'), 'null') <> 'array' and (p -> 'targets' is not null or v_before.sla_policy_id is null) then
        perform fn.fail(422, '/targets', 'A policy has a list of targets.');
    elsif json_typeof(p -> 'targets') = 'array' and json_array_length(p -> 'targets') not between 1 and 20 then
        perform fn.fail(422, '/targets', 'A policy has 1 to 20 targets.');
    end if;
    insert into ebb.sla_policy_version (sla_policy_id, department_id, version, valid_from, created_at, position, condition, condition_path, is_active, note)
    select y.sla_policy_id, y.department_id, coalesce(v_before.version, 0) + 1, v_new.valid_from, fn.now(), v_new.position, v_new.condition, v_new.condition_path, v_new.is_active, p ->> 'note'
      from ebb.sla_policy y where y.sla_policy_id = p_sla_policy_id
    returning * into v_new;
    if p -> 'targets' is not null then
        perform fn.sla_target_write(v_new, t.value, '/targets/' || t.ordinality - 1) from jsonb_array_elements((p -> 'targets')::jsonb) with ordinality t;
    else
        insert into ebb.sla_target (sla_policy_version_id, department_id, target_kind, target_code, priority, target_s, warning_s, starts_on, stops_on, runs_in, cancels_in)
        select v_new.sla_policy_version_id, g.department_id, g.target_kind, g.target_code, g.priority, g.target_s, g.warning_s, g.starts_on, g.stops_on, g.runs_in, g.cancels_in
          from ebb.sla_target g where g.sla_policy_version_id = v_before.sla_policy_version_id order by g.sla_target_id;
    end if;
    perform fn.escalation_write(v_new.sla_policy_version_id, v_before.sla_policy_version_id, (p -> 'escalations')::jsonb);
    return json_build_object('version', v_new.version, 'sla_policy_id', p_sla_policy_id, 'sla_policy_version_id', v_new.sla_policy_version_id, 'valid_from', v_new.valid_from,
                             'position', v_new.position, 'condition', v_new.condition, 'is_active', v_new.is_active);
end $$;
comment on function fn.sla_policy_version_write(int, json) is 'Writes the next version of a policy {valid_from?, position?, condition?, is_active?, note?, targets?, escalations?}; a condition that is null ends the old one.';
