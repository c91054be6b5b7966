-- SPDX-License-Identifier: Apache-2.0
-- Who works in a team, and as what.

drop view if exists api.membership;
create view api.membership as
select m.team_id, t.team_name, m.person_id, p.person_name, case when t.lead_person_id = m.person_id then 'lead' else m.membership_role end as membership_role, m.department_id
  from ebb.membership m join ebb.team t on t.team_id = m.team_id left join fn.person_label p on p.person_id = m.person_id
 where m.is_active;
comment on view api.membership is 'Somebody who works in a team.';
comment on column api.membership.membership_role is 'lead, deputy (leads while the lead is away) or member.';
do $$ begin perform fn.copy_comments('api.membership', '{ebb.membership,ebb.team,ebb.person}'); end $$;

create or replace function api.membership_list(p_args json)
returns table (team_id int, team_name text, person_id int, person_name text, membership_role text, department_id int, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.read');
    perform api.team_get(p_args);
    return query
        select v.*, v.person_id::text from api.membership v
         where v.team_id = (p_args ->> 'team_id')::int and v.person_id > v_after
         order by v.person_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.membership_list(json) is 'Who works in a team.';
grant execute on function api.membership_list(json) to ebb_app;

create or replace function api.membership_set(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('team.lead');
    perform fn.membership_set((p_args ->> 'team_id')::int, (p_args ->> 'person_id')::int, coalesce(p_args ->> 'membership_role', 'member'), (p_args ->> 'if_match')::int);
    return api.team_get(p_args);
end $$;
comment on function api.membership_set(json) is 'Takes somebody into a team, or says as what they work there, by those who manage people in the department and by the team''s lead. If-Match is the version of the team.';
grant execute on function api.membership_set(json) to ebb_app;

create or replace function api.membership_remove(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('team.lead');
    perform fn.membership_set((p_args ->> 'team_id')::int, (p_args ->> 'person_id')::int, null, (p_args ->> 'if_match')::int);
    return json_build_object();
end $$;
comment on function api.membership_remove(json) is 'Somebody leaves a team; not with open tickets of it, and not its lead.';
grant execute on function api.membership_remove(json) to ebb_app;
