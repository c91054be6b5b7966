-- SPDX-License-Identifier: Apache-2.0
-- Services on offer: those of my departments, and those that serve mine.

drop view if exists api.service;
create view api.service as
select s.version, s.service_id, s.service_name, s.department_id, d.department_name, s.owner_team_id, t.team_name as owner_team_name, s.accountable_person_id,
       p.person_name as accountable_person_name, s.default_request_type_id, s.criticality, s.hop_budget, s.is_active,
       case when x.is_near then s.transfer_limit_s end as transfer_limit_s, case when x.is_near then s.calendar_id end as calendar_id,
       case when x.is_near then s.sla_policy_id end as sla_policy_id,
       case when x.is_near then (select json_agg(y.department_id order by y.department_id) from ebb.service_department y where y.service_id = s.service_id) end as served_department_ids
  from ebb.service s
 cross join lateral (select s.department_id = any ((select fn.departments())::int[]) as is_near) x
  left join fn.department_label d on d.department_id = s.department_id
  left join fn.team_label t on t.team_id = s.owner_team_id
  left join fn.person_label p on p.person_id = s.accountable_person_id;
comment on view api.service is 'A service with its owner. How it is run is told to its own department.';
comment on column api.service.department_name is 'Name of the department.';
comment on column api.service.owner_team_name is 'Name of the owner team.';
comment on column api.service.accountable_person_name is 'Name of the service owner.';
comment on column api.service.served_department_ids is 'Departments whose people may ask for it.';
do $$ begin perform fn.copy_comments('api.service', '{ebb.service}'); end $$;

drop function if exists api.service_list(json);
create function api.service_list(p_args json)
returns table (version int, service_id int, service_name text, department_id int, department_name text, owner_team_id int, owner_team_name text, accountable_person_id int, accountable_person_name text, default_request_type_id int, criticality smallint, hop_budget smallint, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.version, v.service_id, v.service_name, v.department_id, v.department_name, v.owner_team_id, v.owner_team_name, v.accountable_person_id, v.accountable_person_name, v.default_request_type_id, v.criticality, v.hop_budget, v.is_active, v.service_id::text from api.service v
         where v.service_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'is_active' is null or v.is_active = (p_args ->> 'is_active')::boolean)
           and (p_args ->> 'team_id' is null or v.owner_team_id = (p_args ->> 'team_id')::int)
         order by v.service_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.service_list(json) is 'Services of the departments in which the person has a role, and those that serve the persons own department.';
grant execute on function api.service_list(json) to ebb_app;

create or replace function api.service_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('any');
    select to_jsonb(v) into v_reply from api.service v where v.service_id = (p_args ->> 'service_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/service_id', 'There is no such service, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'service_id');
end $$;
comment on function api.service_get(json) is 'One service.';
grant execute on function api.service_get(json) to ebb_app;

create or replace function api.service_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_made json;
begin
    perform fn.must('desk.configure', (p_args ->> 'department_id')::int);
    v_made := fn.record_make('service', p_args);
    return api.service_get(v_made);
end $$;
comment on function api.service_create(json) is 'Makes a service with its owner team and accountable person, by an administrator of the department. It serves its own department until others are named.';
grant execute on function api.service_create(json) to ebb_app;

create or replace function api.service_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.configure');
    perform fn.record_change('service', p_args);
    return api.service_get(p_args);
end $$;
comment on function api.service_change(json) is 'Changes a service: owner, calendar, policy, whom it serves. Open tickets stay where they are.';
grant execute on function api.service_change(json) to ebb_app;
