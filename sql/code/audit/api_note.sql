-- SPDX-License-Identifier: Apache-2.0
-- What the worker notes of a request that changed nothing: it was refused, or it took data out. Each in a transaction of its own.

create or replace function api.denial_note(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform set_config('ebb.token', coalesce(p_args ->> 'token', ''), true), set_config('ebb.request', coalesce(p_args ->> 'request_id', ''), true);
    -- Without a person there is nobody to name, and everybody could fill the audit.
    perform fn.must('any');
    perform fn.audit_add(fn.home_department(), 'denied', 'operation', p_args ->> 'operation', null,
                         jsonb_strip_nulls(jsonb_build_object('method', p_args -> 'method', 'path', p_args -> 'path', 'sentence', p_args -> 'sentence')));
    return json_build_object();
end $$;
comment on function api.denial_note(json) is 'Notes that the presented token''s person was refused an operation (403). It needs no right: it gives nothing.';
grant execute on function api.denial_note(json) to ebb_app, ebb_session;

create or replace function api.export_note(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_asked constant int := (p_args -> 'filters' ->> 'department_id')::int;
    v_department_id int;
begin
    perform set_config('ebb.token', coalesce(p_args ->> 'token', ''), true), set_config('ebb.request', coalesce(p_args ->> 'request_id', ''), true);
    perform fn.must('any');
    -- Whoever reads the audit of a department finds there what was taken out of it.
    foreach v_department_id in array case when v_asked = any (fn.departments()) then array[v_asked] when fn.departments() <> '{}' then fn.departments() else array[fn.home_department()] end loop
        perform fn.audit_add(v_department_id, 'export', 'operation', p_args ->> 'operation', null,
                             jsonb_strip_nulls(jsonb_build_object('path', p_args -> 'path', 'filters', (p_args -> 'filters')::jsonb - '{limit,cursor}'::text[],
                                                                  'row_count', p_args -> 'row_count', 'byte_count', p_args -> 'byte_count')));
    end loop;
    return json_build_object();
end $$;
comment on function api.export_note(json) is 'Notes that the presented token''s person takes data out: a list as CSV, a report, a person''s data. It needs no right of its own: whoever was given the data is noted.';
grant execute on function api.export_note(json) to ebb_app, ebb_session;
