-- SPDX-License-Identifier: Apache-2.0
-- Sign in, sign out, who am I.

drop view if exists api.session;
create view api.session as
select p.person_id, p.person_name, p.email, p.time_zone_name, null::json as roles, null::json as teams
  from ebb.person p where p.person_id = fn.person();
comment on view api.session is 'The signed-in person, and where they may act.';
comment on column api.session.person_id is 'Who is signed in.';
comment on column api.session.person_name is 'Name.';
comment on column api.session.email is 'Address used to sign in.';
comment on column api.session.time_zone_name is 'The person''s time zone; the API itself speaks UTC.';
comment on column api.session.roles is 'Array of {department_id, department_name, role_code}: where the person works for the desk; empty for a requester.';
comment on column api.session.teams is 'Array of {team_id, team_name}: teams the person is a member of.';

create or replace function api.session_salt(p_args json) returns table (salt text, opslimit bigint, memlimit bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query select encode(s.salt, 'hex'), s.opslimit, s.memlimit from fn.session_salt(p_args ->> 'email') s;
end $$;
comment on function api.session_salt(json) is 'Salt and cost of an address, known or not; needs no right.';
grant execute on function api.session_salt(json) to ebb_app;

create or replace function api.session_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    return (select row_to_json(x) from (
        select p.person_id, p.person_name, p.email, p.time_zone_name,
               (select coalesce(json_agg(json_build_object('department_id', r.department_id, 'department_name', d.department_name, 'role_code', r.role_code)
                                         order by r.department_id, r.role_code), '[]')
                  from ebb.person_role r join fn.department_label d on d.department_id = r.department_id where r.person_id = p.person_id) as roles,
               (select coalesce(json_agg(json_build_object('team_id', m.team_id, 'team_name', t.team_name) order by m.team_id), '[]')
                  from ebb.membership m join fn.team_label t on t.team_id = m.team_id where m.person_id = p.person_id and m.is_active) as teams
          from ebb.person p where p.person_id = fn.person()) x);
end $$;
comment on function api.session_get(json) is 'The signed-in person with roles and teams.';
grant execute on function api.session_get(json) to ebb_app;

create or replace function api.session_open(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.session_open(p_args ->> 'email', decode(p_args ->> 'proof', 'hex'), p_args ->> 'token', coalesce((p_args ->> 'hours')::int, 12));
    perform set_config('ebb.token', p_args ->> 'token', true);
    return api.session_get('{}');
end $$;
comment on function api.session_open(json) is 'Opens a session with a proof derived from the pass-phrase; needs no right, the proof is it.';
grant execute on function api.session_open(json) to ebb_app;

create or replace function api.session_close(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.session_close();
    return json_build_object();
end $$;
comment on function api.session_close(json) is 'Signs out: the session ends at once, everywhere.';
grant execute on function api.session_close(json) to ebb_app;
