-- SPDX-License-Identifier: Apache-2.0
-- Teams of the departments in which the person has a role.

drop view if exists api.team;
create view api.team as
select t.team_id, t.team_name, t.department_id, t.lead_person_id, p.person_name as lead_person_name, t.parent_team_id, t.is_active
  from ebb.team t left join fn.person_label p on p.person_id = t.lead_person_id;
comment on view api.team is 'A support team.';
comment on column api.team.lead_person_name is 'Name of the team lead.';
do $$ begin perform fn.copy_comments('api.team', '{ebb.team}'); end $$;

create or replace function api.team_list(p_args json)
returns table (team_id int, team_name text, department_id int, lead_person_id int, lead_person_name text, parent_team_id int, is_active boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    return query
        select v.*, v.team_id::text from api.team v
         where v.team_id > v_after
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
         order by v.team_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.team_list(json) is 'Teams of the departments in which the person has a role.';
grant execute on function api.team_list(json) to ebb_app;
