-- SPDX-License-Identifier: Apache-2.0
-- Request types on offer, for everybody who is signed in.

drop view if exists api.request_type;
create view api.request_type as
select r.request_type_id, r.request_type_name, r.ticket_kind, r.department_id, r.default_impact, r.default_urgency, r.is_active from ebb.request_type r;
comment on view api.request_type is 'A request type.';
do $$ begin perform fn.copy_comments('api.request_type', '{ebb.request_type}'); end $$;

create or replace function api.request_type_list(p_args json)
returns table (request_type_id int, request_type_name text, ticket_kind text, department_id int, default_impact smallint, default_urgency smallint, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.*, v.request_type_id::text from api.request_type v
         where v.request_type_id > v_after
           and (p_args ->> 'service_id' is null or v.department_id = (select s.department_id from ebb.service s where s.service_id = (p_args ->> 'service_id')::int))
         order by v.request_type_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.request_type_list(json) is 'Request types on offer, for everybody who is signed in.';
grant execute on function api.request_type_list(json) to ebb_app;
