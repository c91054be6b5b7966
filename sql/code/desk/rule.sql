-- SPDX-License-Identifier: Apache-2.0
-- What every rule stands on: the clock, the errors, who is asking and which departments they may see.

-- A parsed body and no SET clause: the planner folds it into what uses it (30 us a call otherwise).
create or replace function fn.now() returns timestamptz
language sql volatile
return pg_catalog.clock_timestamp();
comment on function fn.now() is 'The desk''s clock: the present instant, not the transaction''s. It reads no setting; a test cluster replaces the function.';
grant execute on function fn.now() to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.fail(p_status int, p_pointer text, p_sentence text, p_cure text default null) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using
        errcode = 'ZE' || p_status,
        message = p_sentence,
        detail = case when p_pointer is null then '[]'
                      else json_build_array(json_build_object('pointer', p_pointer, 'detail', p_sentence))::text end,
        hint = coalesce(p_cure, '');
end $$;
comment on function fn.fail(int, text, text, text) is 'Raises an error for people: HTTP status, JSON pointer of the field (or NULL), a sentence, and the cure.';
grant execute on function fn.fail(int, text, text, text) to ebb_api, ebb_replay;

-- All that asks who is there asks this. The setting holds only the token's hash: whoever sets it still needs a live token.
create or replace view fn.live_token as
select t.token_hash, t.token_id, t.person_id, t.token_kind, t.scopes, t.department_ids
  from ebb.token t
  join ebb.person p on p.person_id = t.person_id
 where t.token_hash = nullif(current_setting('ebb.token', true), '')
   and t.revoked_at is null and t.expires_at > clock_timestamp() and p.is_active
   and (t.idle_s is null or coalesce(t.last_used_at, t.created_at) > clock_timestamp() - make_interval(secs => t.idle_s));
comment on view fn.live_token is 'The presented token, if it is live: not revoked, not expired, not idle for too long, its person active. The only definition of that.';

create or replace function fn.person() returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    select l.person_id into v_person_id from fn.live_token l;
    return v_person_id;
end $$;
comment on function fn.person() is 'The person whose live token was presented, looked up anew. NULL when there is none.';
grant execute on function fn.person() to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.departments(p_viewer name default current_user) returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_departments int[];
begin
    if p_viewer = 'ebb_api' then
        select array_agg(distinct r.department_id) into v_departments
          from fn.live_token l
          join ebb.person_role r on r.person_id = l.person_id and (l.department_ids is null or r.department_id = any (l.department_ids));
    elsif p_viewer in ('ebb_owner', 'ebb_replay', 'ebb_ctl', 'ebb_clock', 'ebb_courier') then
        select array_agg(d.department_id) into v_departments from ebb.department d;
    elsif starts_with(p_viewer, 'ebb_x_') then
        v_departments := fn.plugin_pass_departments(p_viewer);
    else
        select array_agg(b.department_id) into v_departments from ebb.bi_role b
         where b.role_name = p_viewer and (b.person_id is null or exists (select from ebb.person p where p.person_id = b.person_id and p.is_active));
        if v_departments is null and pg_has_role(p_viewer, 'ebb_owner', 'member') then
            select array_agg(d.department_id) into v_departments from ebb.department d;
        end if;
    end if;
    return coalesce(v_departments, '{}');
end $$;
comment on function fn.departments(name) is 'Departments the viewer may read: for the web''s role those in which the token''s person has a role and the token holds; for a BI role those granted to it while its person is active; for a plugin''s role the one it works for just now; for the desk''s own roles all. Policies call it once per statement: = any ((select fn.departments())::int[]).';
grant execute on function fn.departments(name) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.teams(p_viewer name default current_user) returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_teams int[];
    v_person_id int;
    -- Looked up once: in the query it would be once per team.
    v_departments int[];
begin
    if p_viewer = 'ebb_api' then
        v_person_id := fn.person();
        v_departments := fn.departments(p_viewer);
        select array_agg(m.team_id) into v_teams
          from ebb.team m
         where m.is_active and m.department_id = any (v_departments)
           and (m.lead_person_id = v_person_id or exists (select from ebb.membership b where b.team_id = m.team_id and b.person_id = v_person_id and b.is_active));
    elsif p_viewer in ('ebb_owner', 'ebb_replay', 'ebb_ctl', 'ebb_clock', 'ebb_courier')
          or (not starts_with(p_viewer, 'ebb_x_') and not exists (select from ebb.bi_role b where b.role_name = p_viewer) and pg_has_role(p_viewer, 'ebb_owner', 'member')) then
        select array_agg(m.team_id) into v_teams from ebb.team m;
    end if;
    return coalesce(v_teams, '{}');
end $$;
comment on function fn.teams(name) is 'Teams whose confidential tickets the viewer may read: for the web''s role those in which the token''s person works or which they lead; for the desk''s own roles all; for BI roles and plugins none.';
grant execute on function fn.teams(name) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.offered_tickets(p_viewer name default current_user) returns bigint[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_teams int[];
begin
    if p_viewer <> 'ebb_api' then
        return '{}'::bigint[];
    end if;
    v_teams := fn.teams(p_viewer);
    return coalesce((select array_agg(x.ticket_id) from ebb.transfer x where x.to_team_id = any (v_teams) and x.transfer_status in ('offered', 'proposed')), '{}');
end $$;
comment on function fn.offered_tickets(name) is 'Tickets that are on offer to a team of the viewer, who must see a confidential one to decide; asked for only when such a ticket comes by.';
grant execute on function fn.offered_tickets(name) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.hides(p_viewer name default current_user) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_departments constant int[] := fn.departments(p_viewer);
    v_teams constant int[] := fn.teams(p_viewer);
begin
    return exists (select from ebb.team m
                    where m.department_id = any (v_departments) and m.team_id <> all (v_teams)
                      and exists (select from ebb.ticket t where t.is_confidential and t.team_id = m.team_id));
end $$;
comment on function fn.hides(name) is 'True when the viewer''s departments have confidential tickets that the viewer may not see: only then do policies of what belongs to a ticket look at the ticket.';
grant execute on function fn.hides(name) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.viewer(p_viewer name default current_user) returns int
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if p_viewer = 'ebb_api' then
        return fn.person();
    end if;
    return null;
end $$;
comment on function fn.viewer(name) is 'The person on whose own tickets a policy lets a requester look; NULL for every role but the web''s.';
grant execute on function fn.viewer(name) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.home_department() returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person();
begin
    return (select p.department_id from ebb.person p where p.person_id = v_person_id);
end $$;
comment on function fn.home_department() is 'Department the presented token''s person belongs to.';
grant execute on function fn.home_department() to ebb_api;

create or replace function fn.offered_services() returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := fn.home_department();
begin
    return coalesce((select array_agg(x.service_id) from ebb.service_department x where x.department_id = v_department_id), '{}');
end $$;
comment on function fn.offered_services() is 'Services that serve the department of the presented token''s person.';
grant execute on function fn.offered_services() to ebb_api;

create or replace function fn.served_departments() returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_departments constant int[] := fn.departments('ebb_api');
begin
    return coalesce((select array_agg(distinct x.department_id) from ebb.service s join ebb.service_department x on x.service_id = s.service_id
                      where s.is_active and s.department_id = any (v_departments)), '{}');
end $$;
comment on function fn.served_departments() is 'Departments whose people are served by a service of the person''s departments: whoever answers them must find them.';
grant execute on function fn.served_departments() to ebb_api;

create or replace function fn.has_right(p_right text, p_department_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from fn.live_token l
          join ebb.person_role r on r.person_id = l.person_id and (l.department_ids is null or r.department_id = any (l.department_ids))
          join ebb.role_right g on g.role_code = r.role_code and g.right_code = p_right
          join ebb.access_right a on a.right_code = g.right_code and (l.scopes is null or a.scope_code = 'read' or a.scope_code = any (l.scopes))
         where p_department_id is null or r.department_id = p_department_id)
        or (p_right = 'desk.operate' and exists (
        select from fn.live_token l join ebb.operator o on o.person_id = l.person_id
         where (l.scopes is null or 'configure' = any (l.scopes)) and l.department_ids is null));
end $$;
comment on function fn.has_right(text, int) is 'True when the presented token''s person has the right in the department (in any, when NULL) and the token holds it. The right desk.operate is the operators'', everywhere.';
grant execute on function fn.has_right(text, int) to ebb_api;

create or replace function fn.must(p_right text, p_department_id int default null) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if p_right = 'any' then
        if fn.person() is null then
            perform fn.fail(401, null, 'You are not signed in.', 'Sign in, or send a valid token in the Authorization header.');
        end if;
    elsif not fn.has_right(p_right, p_department_id) then
        if fn.person() is null then
            perform fn.fail(401, null, 'You are not signed in.', 'Sign in, or send a valid token in the Authorization header.');
        end if;
        perform fn.fail(403, null, format('You do not have the right %s here.', p_right), 'Ask an administrator of the department for a role that includes it, or use a token whose scope holds it.');
    end if;
end $$;
comment on function fn.must(text, int) is 'Stands first in every api function: refuses with 401 without a live token, with 403 without the right. The right "any" asks for a signed-in person only.';
grant execute on function fn.must(text, int) to ebb_api;

create or replace function fn.door_must() returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- The log-in of a session cannot be changed by a setting.
    if session_user not in ('ebb_session', 'ebb_ctl') and not pg_has_role(session_user, 'ebb_owner', 'member') then
        raise exception using errcode = 'ZE403', message = 'How people sign in is changed at the door for signing in only.', detail = '[]';
    end if;
end $$;
comment on function fn.door_must() is 'Stands first where a session is opened or a way to sign in is changed: refuses whoever does not come by the session workers'' log-in (or ebbctl''s), so that SQL that somebody brings to run in the workers'' place opens no session for anybody.';
grant execute on function fn.door_must() to ebb_api;

create or replace function fn.person_sees(p_person_id int, p_ticket_id bigint) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from ebb.ticket t join ebb.person p on p.person_id = p_person_id and p.is_active
         where t.ticket_id = p_ticket_id
           and (t.requester_id = p_person_id
                or (exists (select from ebb.person_role r where r.person_id = p_person_id and r.department_id = t.department_id)
                    and (not t.is_confidential
                         or exists (select from ebb.team m where m.team_id = t.team_id and m.lead_person_id = p_person_id)
                         or exists (select from ebb.membership m where m.team_id = t.team_id and m.person_id = p_person_id and m.is_active)))));
end $$;
comment on function fn.person_sees(int, bigint) is 'True when an active person may see the ticket: what a notice asks before it tells anybody of one.';

create or replace function fn.want_text(p_args json, p_field text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_text constant text := p_args ->> p_field;
begin
    if v_text is null or v_text ~ '^\s*$' then
        perform fn.fail(422, '/' || p_field, format('%s must not be empty.', p_field));
    end if;
    return v_text;
end $$;
comment on function fn.want_text(json, text) is 'The named text argument; refuses an absent or blank one with 422.';
grant execute on function fn.want_text(json, text) to ebb_api;
