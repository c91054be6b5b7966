-- SPDX-License-Identifier: Apache-2.0
-- Roles of BI tools: what is wrong with one, and how long it may compute.

create or replace function fn.bi_limit_s(p_role name, p_setting text) returns numeric
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    -- The role's own default, not what its session has set since. A bare number is milliseconds, as in PostgreSQL itself.
    return (select extract(epoch from case when x.value ~ '^[0-9]+$' then make_interval(secs => x.value::numeric / 1000) else x.value::interval end)
              from pg_db_role_setting s
             cross join lateral (select split_part(c, '=', 2) from unnest(s.setconfig) c where split_part(c, '=', 1) = p_setting) x (value)
             where s.setrole = (select r.oid from pg_roles r where r.rolname = p_role) and s.setdatabase in (0, (select d.oid from pg_database d where d.datname = current_database()))
             order by s.setdatabase desc limit 1);
end $$;
comment on function fn.bi_limit_s(name, text) is 'Seconds that a setting of time was given to a role by ALTER ROLE; NULL when it was not.';

create or replace function fn.bi_faults(p_role name) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    r record;
begin
    select * into r from pg_roles x where x.rolname = p_role;
    if not found then
        return array['The server has no such role; ebbctl bi drop removes what is left of it.'];
    end if;
    return array_remove(array[
        case when r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
             then 'It has an attribute of an administrator and is held by no policy.' end,
        case when not exists (select from pg_auth_members m where m.member = r.oid and m.roleid in ('ebb_bi'::regrole, 'ebb_bi_text'::regrole))
             then 'It is no member of ebb_bi, so it reads nothing.' end,
        case when exists (select from pg_auth_members m where m.member = r.oid and m.roleid not in ('ebb_bi'::regrole, 'ebb_bi_text'::regrole))
             then 'It is a member of a role beyond ebb_bi, with what that may.' end,
        case when exists (select from pg_shdepend d where d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o')
             then 'It owns something in this server, which a reader should not.' end,
        case when not exists (select from ebb.bi_role b where b.role_name = p_role) then 'No department was granted to it, so it sees no row.' end,
        case when r.rolconnlimit < 0 then 'It may open any number of connections.' end,
        case when fn.bi_limit_s(p_role, 'statement_timeout') is null then 'Its statements have no limit of time.' end,
        case when not pg_has_role('ebb_owner', r.oid, 'member') then 'Nobody ends what it computes for too long: the desk may not, because ebbctl bi create has not made it.' end
    ], null);
end $$;
comment on function fn.bi_faults(name) is 'What is wrong with a role of a BI tool, in sentences: attributes, memberships, limits that are missing.';
