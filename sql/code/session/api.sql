-- SPDX-License-Identifier: Apache-2.0
-- Who am I, sign out, which sessions there are.

drop view if exists api.session;
create view api.session as
select p.person_id, p.person_name, p.email, p.time_zone_name, null::json as roles, null::json as teams, false as is_operator, false as has_totp, null::text as csrf_token
  from ebb.person p where p.person_id = fn.person();
comment on view api.session is 'The signed-in person, and where they may act.';
comment on column api.session.person_id is 'Who is signed in.';
comment on column api.session.person_name is 'Name.';
comment on column api.session.email is 'Address used to sign in.';
comment on column api.session.time_zone_name is 'The person''s time zone; the API itself speaks UTC.';
comment on column api.session.roles is 'Array of {department_id, department_name, role_code}: where the person works for the desk; empty for a requester.';
comment on column api.session.teams is 'Array of {team_id, team_name}: teams the person is a member of.';
comment on column api.session.is_operator is 'True for who runs the desk as a whole.';
comment on column api.session.has_totp is 'True when the person signs in with one-time codes.';
comment on column api.session.csrf_token is 'What a change by session cookie sends in the header X-Ebb-Csrf; NULL with an API token, which needs none.';

drop view if exists api.open_session;
create view api.open_session as
select x.token_id, x.method_code, x.user_agent, x.network, x.created_at, x.last_used_at, x.expires_at, x.is_presented from fn.own_tokens('session') x;
comment on view api.open_session is 'A session of the signed-in person.';
comment on column api.open_session.token_id is 'Number by which it is ended.';
comment on column api.open_session.method_code is 'How it was opened: local (pass-phrase), oidc, ldap or proxy.';
comment on column api.open_session.user_agent is 'Program that signed in, as it named itself.';
comment on column api.open_session.network is 'Network it signed in from; example: 192.0.2.0/24.';
comment on column api.open_session.created_at is 'When it was opened.';
comment on column api.open_session.last_used_at is 'Last use, noted at most once a minute.';
comment on column api.open_session.expires_at is 'When it ends at the latest; unused it ends earlier.';
comment on column api.open_session.is_presented is 'True for the session that asks.';

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
                  from ebb.membership m join fn.team_label t on t.team_id = m.team_id where m.person_id = p.person_id and m.is_active) as teams,
               fn.is_operator() as is_operator, fn.totp_is_on(p.person_id) as has_totp, fn.csrf_token() as csrf_token
          from ebb.person p where p.person_id = fn.person()) x);
end $$;
comment on function api.session_get(json) is 'The signed-in person with roles and teams.';
grant execute on function api.session_get(json) to ebb_app;

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

create or replace function api.session_list(p_args json)
returns table (token_id int, method_code text, user_agent text, network text, created_at timestamptz, last_used_at timestamptz, expires_at timestamptz, is_presented boolean, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    return query
        select v.*, v.token_id::text from api.open_session v
         where v.token_id < coalesce(fn.cursor_int(p_args), 2147483648)
         order by v.token_id desc limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.session_list(json) is 'My open sessions, the latest first.';
grant execute on function api.session_list(json) to ebb_app;

create or replace function api.session_end(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.token_end((p_args ->> 'token_id')::int, 'session');
    return json_build_object();
end $$;
comment on function api.session_end(json) is 'Ends one of my sessions, at once.';
grant execute on function api.session_end(json) to ebb_app;

create or replace function api.person_sign_out(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.person_sign_out((p_args ->> 'person_id')::int);
    return json_build_object();
end $$;
comment on function api.person_sign_out(json) is 'Ends all sessions and API tokens of a person at once; by who manages people in that person''s department.';
grant execute on function api.person_sign_out(json) to ebb_app;
