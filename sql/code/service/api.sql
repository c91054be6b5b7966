-- SPDX-License-Identifier: Apache-2.0
-- Services on offer, for everybody who is signed in.

drop view if exists api.service;
create view api.service as
select s.service_id, s.service_name, s.department_id, d.department_name, s.owner_team_id, t.team_name as owner_team_name, s.accountable_person_id,
       p.person_name as accountable_person_name, s.default_request_type_id, s.criticality, s.hop_budget, s.is_active
  from ebb.service s
  left join fn.department_label d on d.department_id = s.department_id
  left join fn.team_label t on t.team_id = s.owner_team_id
  left join fn.person_label p on p.person_id = s.accountable_person_id;
comment on view api.service is 'A service with its owner.';
comment on column api.service.department_name is 'Name of the department.';
comment on column api.service.owner_team_name is 'Name of the owner team.';
comment on column api.service.accountable_person_name is 'Name of the service owner.';
do $$ begin perform fn.copy_comments('api.service', '{ebb.service}'); end $$;

create or replace function api.service_list(p_args json)
returns table (service_id int, service_name text, department_id int, department_name text, owner_team_id int, owner_team_name text, accountable_person_id int, accountable_person_name text, default_request_type_id int, criticality smallint, hop_budget smallint, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.*, v.service_id::text from api.service v
         where v.service_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'team_id' is null or v.owner_team_id = (p_args ->> 'team_id')::int)
         order by v.service_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.service_list(json) is 'Services on offer, for everybody who is signed in.';
grant execute on function api.service_list(json) to ebb_app;
