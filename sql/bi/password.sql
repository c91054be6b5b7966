-- SPDX-License-Identifier: Apache-2.0
-- Gives a role of a BI tool another password: run by sql/apply --bi password as a database administrator. :text is {role_name, verifier}.
set local role ebb_ctl;
select ctl.bi_change((:'text'::jsonb - 'verifier' || '{"what": "password"}')::json) \g /dev/null
reset role;
select set_config('ebb.bi', :'text', true) \g /dev/null

do $$
declare
    v constant json := current_setting('ebb.bi')::json;
begin
    if exists (select from pg_catalog.pg_roles r where r.rolname = v ->> 'role_name' and (r.rolsuper or r.rolcreaterole)) then
        raise exception 'Role % is an administrator''s. Its password is not changed here.', v ->> 'role_name';
    end if;
    execute format('alter role %I password %L', v ->> 'role_name', v ->> 'verifier');
exception when undefined_object then
    raise exception 'The server has no role %. Drop what is left of it with ebbctl bi drop, then create it.', v ->> 'role_name';
end $$;
