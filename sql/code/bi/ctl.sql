-- SPDX-License-Identifier: Apache-2.0
-- Doors for the roles of BI tools: what is noted when a database administrator makes, changes or drops one (the roles themselves
-- are made by sql/bi), the list, and the clock's watch over them.

create or replace function ctl.bi_create(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_role constant text := p ->> 'role_name';
    v_person_id int;
    v_code text;
    v_department_id int;
begin
    if v_role !~ '^bi_[a-z0-9][a-z0-9_]{0,50}$' then
        perform fn.fail(422, '/role_name', format('A role of a BI tool cannot be called "%s".', v_role), 'Take lower-case letters, digits and _; bi_ is put before it.');
    elsif exists (select from ebb.bi_role b where b.role_name = v_role) then
        perform fn.fail(409, '/role_name', format('There is a role %s already.', v_role), 'Take another name, or drop it first with ebbctl bi drop.');
    elsif coalesce(json_array_length(p -> 'departments'), 0) = 0 then
        perform fn.fail(422, '/departments', 'A role of a BI tool reads at least one department.', 'Name it with --department CODE.');
    end if;
    if p ->> 'email' is not null then
        v_person_id := fn.person_by_email(p ->> 'email');
    end if;
    for v_code in select distinct x from json_array_elements_text(p -> 'departments') x order by x loop
        select d.department_id into v_department_id from ebb.department d where d.department_code = v_code;
        if not found then
            perform fn.fail(422, '/departments', format('There is no department with the code "%s".', v_code));
        end if;
        insert into ebb.bi_role (role_name, department_id, person_id, created_at, statement_limit_s) values (v_role, v_department_id, v_person_id, fn.now(), coalesce((p ->> 'statement_limit_s')::int, 60));
        perform fn.audit_add(v_department_id, 'bi_role.created', 'bi_role', v_role, null,
            jsonb_build_object('person_id', v_person_id, 'has_text', coalesce((p ->> 'has_text')::boolean, false), 'connection_limit', p -> 'connection_limit', 'statement_limit_s', p -> 'statement_limit_s'));
    end loop;
    return json_build_object('role_name', v_role, 'person_id', v_person_id);
end $$;
comment on function ctl.bi_create(json) is 'Notes a role of a BI tool {role_name, departments (codes), email?, has_text?, connection_limit?, statement_limit_s?}: which departments it reads and whose it is. The role itself is made in the same transaction by sql/bi/create.sql, as a database administrator.';
grant execute on function ctl.bi_create(json) to ebb_ctl;

create or replace function ctl.bi_change(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_role constant text := p ->> 'role_name';
    v_is_drop constant boolean := p ->> 'what' = 'dropped';
begin
    -- A role that somebody made by hand and never noted here is noted for the desk as a whole.
    if not exists (select from ebb.bi_role b where b.role_name = v_role) then
        if v_role !~ '^bi_' or not exists (select from pg_roles r where r.rolname = v_role and pg_has_role(r.oid, 'ebb_bi', 'member') or r.rolname = v_role and pg_has_role(r.oid, 'ebb_bi_text', 'member')) then
            perform fn.fail(404, '/role_name', format('There is no role of a BI tool called %s.', v_role), 'ebbctl bi list names all.');
        end if;
        perform fn.audit_add(null, 'bi_role.' || (p ->> 'what'), 'bi_role', v_role, null, null);
    end if;
    perform fn.audit_add(b.department_id, 'bi_role.' || (p ->> 'what'), 'bi_role', v_role, case when v_is_drop then jsonb_build_object('person_id', b.person_id, 'created_at', b.created_at) end, null)
       from ebb.bi_role b where b.role_name = v_role order by b.department_id;
    if v_is_drop then
        delete from ebb.bi_role b where b.role_name = v_role;
    end if;
    return json_build_object('role_name', v_role);
end $$;
comment on function ctl.bi_change(json) is 'Notes that a role of a BI tool {role_name, what: dropped or password} was dropped, and then forgets it, or has got another password.';
grant execute on function ctl.bi_change(json) to ebb_ctl;

create or replace function ctl.bi_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(json_agg(json_build_object(
                   'role_name', x.role_name,
                   'departments', (select coalesce(json_agg(d.department_code order by d.department_code), '[]') from ebb.bi_role b join ebb.department d using (department_id) where b.role_name = x.role_name),
                   'reads_now', (select coalesce(json_agg(d.department_code order by d.department_code), '[]') from ebb.department d where d.department_id = any (fn.departments(x.role_name))),
                   'has_text', r.oid is not null and pg_has_role(r.oid, 'ebb_bi_text', 'member'),
                   'person_id', p.person_id, 'email', p.email, 'is_person_active', p.is_active,
                   'created_at', (select min(b.created_at) from ebb.bi_role b where b.role_name = x.role_name),
                   'connection_limit', nullif(r.rolconnlimit, -1),
                   'statement_limit_s', (select max(b.statement_limit_s) from ebb.bi_role b where b.role_name = x.role_name),
                   'connected_count', (select count(*) from pg_stat_activity a where a.usename = x.role_name and a.datname = current_database()),
                   'last_used_at', null,
                   'faults', to_json(fn.bi_faults(x.role_name))) order by x.role_name), '[]')
          from (select b.role_name from ebb.bi_role b
                union
                select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.member
                 where m.roleid in ('ebb_bi'::regrole, 'ebb_bi_text'::regrole) and not r.rolsuper and r.rolname <> 'ebb_owner') x
          left join pg_roles r on r.rolname = x.role_name
          left join lateral (select b.person_id from ebb.bi_role b where b.role_name = x.role_name order by b.person_id limit 1) o on true
          left join ebb.person p on p.person_id = o.person_id);
end $$;
comment on function ctl.bi_list(json) is '{}. Every role of a BI tool: departments granted, departments it reads at this moment, whose it is, limits, open connections, and what is wrong with it. last_used_at is always null: PostgreSQL does not keep when a role last logged in.';
grant execute on function ctl.bi_list(json) to ebb_ctl;

create or replace function ctl.tick_bi() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    -- A session can set its own limits anew, so they are held from outside. Idle ones are let be: their next statement sees what is theirs then.
    select count(*) filter (where pg_terminate_backend(a.pid)) into v_count
      from (select b.role_name, fn.departments(b.role_name) as departments, max(b.statement_limit_s) as limit_s from ebb.bi_role b group by b.role_name) x
      join pg_stat_activity a on a.usename = x.role_name and a.datname = current_database() and a.state <> 'idle'
     where pg_has_role('ebb_owner', a.usesysid, 'member')
       and (x.departments = '{}'
            or (a.state = 'active' and a.query_start < clock_timestamp() - make_interval(secs => x.limit_s + 1))
            or a.xact_start < clock_timestamp() - make_interval(secs => 10 * x.limit_s + 1));
    return v_count;
end $$;
comment on function ctl.tick_bi() is 'Ends what roles of BI tools do for too long: a statement beyond the role''s limit, a transaction beyond ten times that (it would keep the database from cleaning up), and whatever runs of a role whose person has been disabled. Returns how many.';
grant execute on function ctl.tick_bi() to ebb_clock;
