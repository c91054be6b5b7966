-- SPDX-License-Identifier: Apache-2.0
-- Operators: who runs the desk as a whole.

drop view if exists api.operator;
create view api.operator as
select o.person_id, p.person_name, p.email, o.granted_at from ebb.operator o join fn.operator_label p on p.person_id = o.person_id;
comment on view api.operator is 'Somebody who runs the desk as a whole.';
comment on column api.operator.person_name is 'Name.';
comment on column api.operator.email is 'Address.';
do $$ begin perform fn.copy_comments('api.operator', '{ebb.operator}'); end $$;

create or replace function api.operator_list(p_args json) returns table (person_id int, person_name text, email text, granted_at timestamptz, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.operate');
    return query
        select v.*, v.person_id::text from api.operator v where v.person_id > v_after order by v.person_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.operator_list(json) is 'Operators, for operators.';
grant execute on function api.operator_list(json) to ebb_app;

create or replace function api.operator_grant(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.operate');
    perform fn.operator_set((p_args ->> 'person_id')::int, true);
    return (select row_to_json(v) from api.operator v where v.person_id = (p_args ->> 'person_id')::int);
end $$;
comment on function api.operator_grant(json) is 'Makes somebody an operator of the desk, by an operator.';
grant execute on function api.operator_grant(json) to ebb_app;

create or replace function api.operator_take(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.operate');
    perform fn.operator_set((p_args ->> 'person_id')::int, false);
    return json_build_object();
end $$;
comment on function api.operator_take(json) is 'Somebody is no operator any more, by an operator; the last one stays.';
grant execute on function api.operator_take(json) to ebb_app;
