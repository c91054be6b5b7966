-- SPDX-License-Identifier: Apache-2.0
-- API tokens and sessions as things one lists and ends, and tokens that hold no more than whoever makes them.

create or replace function fn.is_operator() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.operator o where o.person_id = fn.person());
end $$;
comment on function fn.is_operator() is 'True when the presented token''s person runs the desk as a whole.';
grant execute on function fn.is_operator() to ebb_api;

create or replace function fn.own_tokens(p_kind text)
returns table (token_id int, method_code text, token_name text, scopes text[], department_ids int[], user_agent text, network text, created_at timestamptz, expires_at timestamptz, last_used_at timestamptz, is_presented boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select t.token_id, t.method_code, t.token_name, t.scopes, t.department_ids, t.user_agent, t.network, t.created_at, t.expires_at, t.last_used_at,
               t.token_hash = current_setting('ebb.token', true)
          from ebb.token t
         where t.person_id = fn.person() and t.token_kind = p_kind and t.revoked_at is null and t.expires_at > fn.now()
           and (t.idle_s is null or coalesce(t.last_used_at, t.created_at) > fn.now() - make_interval(secs => t.idle_s));
end $$;
comment on function fn.own_tokens(text) is 'Live sessions or API tokens of the signed-in person, without what could stand in for one.';
grant execute on function fn.own_tokens(text) to ebb_api;

create or replace function fn.token_add(p_person_id int, p_name text, p_hash text, p_expires_at timestamptz, p_scopes text[], p_department_ids int[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_token_id int;
begin
    insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at, scopes, department_ids)
    values (p_hash, p_person_id, 'api', p_name, fn.now(), p_expires_at, p_scopes, p_department_ids)
    returning token_id into v_token_id;
    perform fn.audit_add((select p.department_id from ebb.person p where p.person_id = p_person_id), 'token.create', 'token', v_token_id::text, null,
                         jsonb_build_object('person_id', p_person_id, 'token_name', p_name, 'expires_at', p_expires_at, 'scopes', p_scopes, 'department_ids', p_department_ids));
    return v_token_id;
end $$;
comment on function fn.token_add(int, text, text, timestamptz, text[], int[]) is 'Keeps a new API token of a person by the SHA-256 of its text: name, end, scopes and departments (NULL: all); returns its number.';

create or replace function fn.token_scopes(p_scopes json) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_scopes text[];
begin
    if p_scopes is null or json_typeof(p_scopes) = 'null' then
        return null;
    end if;
    select coalesce(array_agg(distinct x.scope order by x.scope), '{}') into v_scopes from json_array_elements_text(p_scopes) x (scope);
    if not v_scopes <@ '{audit,configure,write}'::text[] then
        perform fn.fail(422, '/scopes', 'Scopes are write, configure and audit; without any a token only reads.');
    end if;
    return v_scopes;
end $$;
comment on function fn.token_scopes(json) is 'Scopes of a token as they are kept; refuses unknown ones. NULL: all.';

create or replace function fn.token_departments(p_ids json, p_person_id int) returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids int[];
begin
    if p_ids is null or json_typeof(p_ids) = 'null' then
        return null;
    end if;
    if exists (select from json_array_elements_text(p_ids) x (id) where x.id !~ '^[1-9][0-9]{0,8}$') then
        perform fn.fail(422, '/department_ids', 'Departments are named by their numbers.');
    end if;
    select coalesce(array_agg(distinct x.id::int order by x.id::int), '{}') into v_ids from json_array_elements_text(p_ids) x (id);
    if exists (select from unnest(v_ids) i (id) where not exists (select from ebb.person_role r where r.person_id = p_person_id and r.department_id = i.id)) then
        perform fn.fail(422, '/department_ids', 'There is no such department among those in which this person has a role.');
    end if;
    return v_ids;
end $$;
comment on function fn.token_departments(json, int) is 'Departments of a token as they are kept; only such in which its person has a role. NULL: all.';

create or replace function fn.token_create(p_args json) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_by record;
    v_scopes text[] := fn.token_scopes(p_args -> 'scopes');
    v_ids int[];
    v_expires_at timestamptz := fn.now() + make_interval(days => coalesce((p_args ->> 'days')::int, 90));
begin
    select l.*, t.expires_at into v_by from fn.live_token l join ebb.token t on t.token_id = l.token_id;
    v_ids := fn.token_departments(p_args -> 'department_ids', v_by.person_id);
    -- Whoever has found a token shall not make a better one of it.
    if v_by.scopes is not null then
        v_scopes := coalesce(v_scopes, v_by.scopes);
        if not v_scopes <@ v_by.scopes then
            perform fn.fail(403, '/scopes', 'A token makes no token that holds more than itself.', 'Sign in, or name fewer scopes.');
        end if;
    end if;
    if v_by.department_ids is not null then
        v_ids := coalesce(v_ids, v_by.department_ids);
        if not v_ids <@ v_by.department_ids then
            perform fn.fail(403, '/department_ids', 'A token makes no token that holds more than itself.', 'Sign in, or name fewer departments.');
        end if;
    end if;
    if v_by.token_kind = 'api' then
        v_expires_at := least(v_expires_at, v_by.expires_at);
    end if;
    return fn.token_add(v_by.person_id, fn.want_text(p_args, 'token_name'), p_args ->> 'token', v_expires_at, v_scopes, v_ids);
end $$;
comment on function fn.token_create(json) is 'Makes an API token {token_name, days, scopes, department_ids, token: hash} of the signed-in person, never with more than the presented token holds, and none that outlives an API token that makes it.';
grant execute on function fn.token_create(json) to ebb_api;

create or replace function fn.token_end(p_token_id int, p_kind text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_token ebb.token;
begin
    select * into v_token from ebb.token t where t.token_id = p_token_id and t.person_id = fn.person() and t.token_kind = p_kind and t.revoked_at is null for update;
    if not found then
        perform fn.fail(404, null, 'There is no such thing, or you may not see it.');
    end if;
    -- Noted first: a token that ends itself says no longer who has done it.
    perform fn.audit_add(fn.home_department(), case p_kind when 'session' then 'session.end' else 'token.revoke' end, 'token', p_token_id::text,
                         jsonb_build_object('token_name', v_token.token_name), null);
    update ebb.token t set revoked_at = fn.now() where t.token_id = p_token_id;
end $$;
comment on function fn.token_end(int, text) is 'Ends a session or an API token of the signed-in person; 404 for any other.';
grant execute on function fn.token_end(int, text) to ebb_api;

create or replace function fn.person_sign_out(p_person_id int) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := (select p.department_id from ebb.person p where p.person_id = p_person_id);
begin
    if v_department_id is null or (not fn.has_right('person.manage', v_department_id) and not fn.has_right('desk.operate', null)) then
        if fn.has_right('person.manage', null) or fn.has_right('desk.operate', null) then
            perform fn.fail(404, null, 'There is no such thing, or you may not see it.');
        end if;
        perform fn.must('person.manage');
    end if;
    perform fn.audit_add(v_department_id, 'person.sign_out', 'person', p_person_id::text,
                         jsonb_build_object('token_count', (select count(*) from ebb.token t where t.person_id = p_person_id and t.revoked_at is null and t.expires_at > fn.now())), null);
    perform fn.sessions_end(p_person_id, '{session,api}');
end $$;
comment on function fn.person_sign_out(int) is 'Ends every session and API token of a person whom the caller manages.';
grant execute on function fn.person_sign_out(int) to ebb_api;
