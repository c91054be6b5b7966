-- SPDX-License-Identifier: Apache-2.0
-- Drops a role of a BI tool and ends its connections: run by sql/apply --bi drop as a database administrator. :text is {role_name}. What was
-- granted to it by hand in this database goes with it; what it has in another database keeps it from being dropped, and is named.
set local role ebb_ctl;
select ctl.bi_change((:'text'::jsonb || '{"what": "dropped"}')::json) \g /dev/null
reset role;
select set_config('ebb.bi', :'text', true) \g /dev/null
select coalesce((select r.oid from pg_catalog.pg_roles r where r.rolname = (:'text'::json ->> 'role_name')), 0) as gone \gset

do $$
declare
    v_role constant text := current_setting('ebb.bi')::json ->> 'role_name';
begin
    if not exists (select from pg_catalog.pg_roles r where r.rolname = v_role) then
        return;
    elsif exists (select from pg_catalog.pg_roles r where r.rolname = v_role and (r.rolsuper or r.rolcreaterole)) then
        raise exception 'Role % is an administrator''s. It is not dropped here.', v_role;
    elsif exists (select from pg_catalog.pg_shdepend d where d.refclassid = 'pg_authid'::regclass and d.refobjid = v_role::regrole and d.deptype = 'o') then
        raise exception 'Role % owns something. Give that to somebody else first (REASSIGN OWNED).', v_role;
    end if;
    execute format('drop owned by %I', v_role);
    execute format('drop role %I', v_role);
end $$;
