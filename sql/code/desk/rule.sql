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

create or replace function fn.person() returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    select t.person_id into v_person_id
      from ebb.token t
      join ebb.person p on p.person_id = t.person_id
     where t.token_hash = nullif(current_setting('ebb.token', true), '')
       and t.revoked_at is null and t.expires_at > clock_timestamp() and p.is_active;
    return v_person_id;
end $$;
comment on function fn.person() is 'The person whose live token was presented, looked up anew: the setting holds only the token''s hash, so that whoever sets it still needs a live token. NULL when there is none.';
grant execute on function fn.person() to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

create or replace function fn.departments(p_viewer name default current_user) returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_departments int[];
begin
    if p_viewer = 'ebb_api' then
        select array_agg(distinct r.department_id) into v_departments
          from ebb.token t
          join ebb.person p on p.person_id = t.person_id
          join ebb.person_role r on r.person_id = p.person_id
         where t.token_hash = nullif(current_setting('ebb.token', true), '')
           and t.revoked_at is null and t.expires_at > clock_timestamp() and p.is_active;
    elsif p_viewer in ('ebb_owner', 'ebb_replay', 'ebb_ctl', 'ebb_clock', 'ebb_courier') then
        select array_agg(d.department_id) into v_departments from ebb.department d;
    elsif starts_with(p_viewer, 'ebb_x_') then
        v_departments := fn.plugin_pass_departments(p_viewer);
    else
        select array_agg(b.department_id) into v_departments from ebb.bi_role b where b.role_name = p_viewer;
        if v_departments is null and pg_has_role(p_viewer, 'ebb_owner', 'member') then
            select array_agg(d.department_id) into v_departments from ebb.department d;
        end if;
    end if;
    return coalesce(v_departments, '{}');
end $$;
comment on function fn.departments(name) is 'Departments the viewer may read: for the web''s role those in which the token''s person has a role; for a BI role those granted to it; for a plugin''s role the one it works for just now; for the desk''s own roles all. Policies call it once per statement: = any ((select fn.departments())::int[]).';
grant execute on function fn.departments(name) to ebb_api, ebb_report, ebb_replay, ebb_bi, ebb_bi_text, ebb_ctl, ebb_x;

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

create or replace function fn.has_right(p_right text, p_department_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (
        select from ebb.token t
          join ebb.person p on p.person_id = t.person_id
          join ebb.person_role r on r.person_id = p.person_id
          join ebb.role_right g on g.role_code = r.role_code
         where t.token_hash = nullif(current_setting('ebb.token', true), '')
           and t.revoked_at is null and t.expires_at > clock_timestamp() and p.is_active
           and g.right_code = p_right and (p_department_id is null or r.department_id = p_department_id));
end $$;
comment on function fn.has_right(text, int) is 'True when the presented token''s person has the right in the department (in any, when NULL).';
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
        perform fn.fail(403, null, format('You do not have the right %s here.', p_right), 'Ask an administrator of the department for a role that includes it.');
    end if;
end $$;
comment on function fn.must(text, int) is 'Stands first in every api function: refuses with 401 without a live token, with 403 without the right. The right "any" asks for a signed-in person only.';
grant execute on function fn.must(text, int) to ebb_api;

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
