-- SPDX-License-Identifier: Apache-2.0
-- Request types on offer.

drop view if exists api.request_type;
create view api.request_type as
select r.version, r.request_type_id, r.request_type_name, r.ticket_kind, r.department_id, r.default_impact, r.default_urgency, r.is_confidential, r.is_active from ebb.request_type r;
comment on view api.request_type is 'A request type.';
do $$ begin perform fn.copy_comments('api.request_type', '{ebb.request_type}'); end $$;

drop function if exists api.request_type_list(json);
create function api.request_type_list(p_args json)
returns table (version int, request_type_id int, request_type_name text, ticket_kind text, department_id int, default_impact smallint, default_urgency smallint, is_confidential boolean, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.version, v.request_type_id, v.request_type_name, v.ticket_kind, v.department_id, v.default_impact, v.default_urgency, v.is_confidential, v.is_active, v.request_type_id::text from api.request_type v
         where v.request_type_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'service_id' is null or v.department_id = (select s.department_id from ebb.service s where s.service_id = (p_args ->> 'service_id')::int))
         order by v.request_type_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.request_type_list(json) is 'Request types of the departments in which the person has a role, and of those whose services the person may ask for.';
grant execute on function api.request_type_list(json) to ebb_app;

create or replace function api.request_type_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('any');
    select to_jsonb(v) into v_reply from api.request_type v where v.request_type_id = (p_args ->> 'request_type_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/request_type_id', 'There is no such request type, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'request_type_id');
end $$;
comment on function api.request_type_get(json) is 'One request type.';
grant execute on function api.request_type_get(json) to ebb_app;

create or replace function api.request_type_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('desk.configure', (p_args ->> 'department_id')::int);
    v_made := fn.record_make('request_type', p_args);
    return api.request_type_get(v_made);
end $$;
comment on function api.request_type_create(json) is 'Makes a request type, by an administrator of the department.';
grant execute on function api.request_type_create(json) to ebb_app;

create or replace function api.request_type_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.configure');
    perform fn.record_change('request_type', p_args);
    return api.request_type_get(p_args);
end $$;
comment on function api.request_type_change(json) is 'Changes a request type. Its tickets, past ones too, become confidential with it; that it ceases to be is for somebody of the teams that hold them.';
grant execute on function api.request_type_change(json) to ebb_app;
