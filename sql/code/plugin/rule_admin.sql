-- SPDX-License-Identifier: Apache-2.0
-- Who administers plugins, and what the doors of the web and of ebbctl share: naming a plugin and a department, several faults at once.

create or replace function fn.plugin_admin_departments() returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if fn.by_operator() then
        return (select array_agg(d.department_id) from ebb.department d);
    end if;
    return coalesce((select array_agg(distinct r.department_id) from ebb.person_role r join ebb.role_right g on g.role_code = r.role_code
                      where r.person_id = fn.person() and g.right_code = 'desk.configure'), '{}');
end $$;
comment on function fn.plugin_admin_departments() is 'Departments whose plugins the caller administers: all for the operator, else those where the person may configure.';
grant execute on function fn.plugin_admin_departments() to ebb_api;

create or replace function fn.plugin_must(p_department_id int) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if fn.by_operator() then
        return;
    elsif p_department_id is null then
        if exists (select from ebb.department d where d.is_active and d.department_id <> all (fn.plugin_admin_departments())) then
            perform fn.fail(403, null, 'This concerns every department, and you do not configure all of them.',
                            'Do it for your own department, or ask somebody who configures all; at the host ebbctl may.');
        end if;
    elsif not fn.has_right('desk.configure', p_department_id) then
        if fn.has_right('desk.read', p_department_id) then
            perform fn.must('desk.configure', p_department_id);
        end if;
        -- Nothing of another department is told, not even whether it is there.
        perform fn.fail(404, '/department_id', 'There is no such department, or you may not see it.');
    end if;
end $$;
comment on function fn.plugin_must(int) is 'Refuses who may not administer plugins in that department (NULL: everywhere): 403 within it, 404 outside. The operator may everywhere.';

create or replace function fn.plugin_find(p_args json) returns ebb.plugin
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_plugin ebb.plugin;
    v_near text;
begin
    select * into v_plugin from ebb.plugin p
     where case when p_args ->> 'plugin_id' is not null then p.plugin_id = (p_args ->> 'plugin_id')::int else p.plugin_name = p_args ->> 'plugin_name' end;
    if not found then
        v_near := fn.word_nearest(p_args ->> 'plugin_name', (select array_agg(p.plugin_name) from ebb.plugin p where p.removed_at is null));
        perform fn.fail(404, case when p_args ->> 'plugin_name' is null then '/plugin_id' else '/plugin_name' end, 'There is no such plugin.',
                        case when v_near is not null then format('Did you mean %s?', v_near) else 'The operator installs one with ebbctl plugin install.' end);
    end if;
    return v_plugin;
end $$;
comment on function fn.plugin_find(json) is 'Plugin named in the arguments by plugin_id or plugin_name; 404 when there is none.';

create or replace function fn.plugin_department_find(p_args json) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_code constant text := lower(coalesce(p_args ->> 'department', p_args ->> 'department_code'));
    v_department_id int;
begin
    select d.department_id into v_department_id from ebb.department d
     where d.is_active and case when p_args ->> 'department_id' is not null then d.department_id = (p_args ->> 'department_id')::int else d.department_code = v_code end;
    if fn.by_operator() and v_department_id is null then
        perform fn.fail(404, '/department', format('There is no department %s.', coalesce(v_code, p_args ->> 'department_id', 'without a name')),
                        'Known codes: ' || (select string_agg(d.department_code, ', ' order by d.department_id) from ebb.department d where d.is_active) || '.');
    end if;
    perform fn.plugin_must(coalesce(v_department_id, 0));
    return v_department_id;
end $$;
comment on function fn.plugin_department_find(json) is 'Department named in the arguments by department_id, or by its code as department, in which the caller administers plugins; refuses otherwise.';

create or replace function fn.plugin_fresh(p_args json, p_version int, p_what text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if (p_args ->> 'if_match')::int <> p_version then
        perform fn.fail(412, null, format('%s has changed since you read it: it is at version %s.', p_what, p_version), 'Read it again, then repeat your change.');
    end if;
end $$;
comment on function fn.plugin_fresh(json, int, text) is 'Refuses with 412 when If-Match names another version.';

create or replace function fn.plugin_changed() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    perform pg_notify('ebb_cache', 'plugin');
end $$;
comment on function fn.plugin_changed() is 'Tells workers and courier, at commit, to ask anew which plugin serves whom.';

create or replace function fn.fail_all(p_status int, p_errors jsonb, p_cure text default null) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    if jsonb_array_length(p_errors) > 0 then
        raise exception using errcode = 'ZE' || p_status, hint = coalesce(p_cure, ''), detail = p_errors::text,
            message = (p_errors #>> '{0,detail}') || case when jsonb_array_length(p_errors) > 1 then format(' And %s more.', jsonb_array_length(p_errors) - 1) else '' end;
    end if;
end $$;
comment on function fn.fail_all(int, jsonb, text) is 'Raises all of these faults, each {pointer, detail}, as one error for people; without any it does nothing.';

create or replace function fn.fault(p_pointer text, p_sentence text) returns jsonb
language sql immutable
return jsonb_build_array(jsonb_build_object('pointer', p_pointer, 'detail', p_sentence));
comment on function fn.fault(text, text) is 'One fault for fn.fail_all: where, and a sentence.';

create or replace function fn.word_distance(p_one text, p_other text) returns int
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_before int[] := array(select generate_series(0, length(p_other)));
    v_row int[];
begin
    for i in 1 .. length(p_one) loop
        v_row := array[i];
        for j in 1 .. length(p_other) loop
            v_row := v_row || least(v_before[j + 1] + 1, v_row[j] + 1, v_before[j] + (substr(p_one, i, 1) <> substr(p_other, j, 1))::int);
        end loop;
        v_before := v_row;
    end loop;
    return v_before[length(p_other) + 1];
end $$;
comment on function fn.word_distance(text, text) is 'Levenshtein''s distance of two short words.';

create or replace function fn.word_nearest(p_word text, p_words text[]) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return (select w.word from unnest(p_words) w (word)
             where length(p_word) <= 60 and fn.word_distance(lower(p_word), w.word) <= greatest(2, length(w.word) / 3)
             order by fn.word_distance(lower(p_word), w.word), w.word limit 1);
end $$;
comment on function fn.word_nearest(text, text[]) is 'The word that was probably meant; NULL when none is near.';
