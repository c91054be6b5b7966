-- SPDX-License-Identifier: Apache-2.0
-- Roles of BI tools: what is wrong with one.

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
        case when not pg_has_role('ebb_owner', r.oid, 'member') or not exists (select from ebb.bi_role b where b.role_name = p_role and b.statement_limit_s is not null)
             then 'Nobody ends what it computes for too long, because ebbctl bi create has not made it.' end
    ], null);
end $$;
comment on function fn.bi_faults(name) is 'What is wrong with a role of a BI tool, in sentences: attributes, memberships, limits that are missing.';
