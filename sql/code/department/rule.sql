-- SPDX-License-Identifier: Apache-2.0
-- Departments: a new one can take tickets, and somebody administers it.

create or replace function fn.department_begin(p_id int, p_admin_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now constant timestamptz := fn.now();
    v_matrix_id int;
begin
    if p_admin_id is not null and not exists (select from ebb.person p where p.person_id = p_admin_id and p.is_active) then
        perform fn.fail(422, '/admin_person_id', 'There is no such active person.');
    elsif p_admin_id is null and not fn.by_operator() then
        perform fn.fail(422, '/admin_person_id', 'A department begins with somebody who administers it.');
    elsif p_admin_id is not null then
        insert into ebb.person_role (person_id, department_id, role_code, granted_at, granted_by) values (p_admin_id, p_id, 'admin', v_now, fn.person());
        perform fn.record_touch('person', p_admin_id);
    end if;
    -- Without a matrix no ticket gets a priority: along the diagonals, as most begin.
    insert into ebb.matrix_version (department_id, version, valid_from, created_at) values (p_id, 1, '2000-01-01Z', v_now) returning matrix_version_id into v_matrix_id;
    insert into ebb.matrix_cell (matrix_version_id, department_id, impact, urgency, priority)
    select v_matrix_id, p_id, i, u, least(i + u - 1, 4) from generate_series(1, 3) i cross join generate_series(1, 3) u;
end $$;
comment on function fn.department_begin(int, int) is 'What a new department has from the start: an administrator and a priority matrix.';

create or replace function fn.department_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_old is null then
        perform fn.department_begin(p_id, (p_values ->> 'admin_person_id')::int);
    elsif (p_values ->> 'is_active')::boolean is false and (p_old ->> 'is_active')::boolean then
        if exists (select from ebb.service s where s.department_id = p_id and s.is_active) then
            perform fn.fail(409, '/is_active', 'The department still offers services.', 'Its administrators end them first.');
        elsif exists (select from ebb.ticket t where t.department_id = p_id and t.state < 4) then
            perform fn.fail(409, '/is_active', 'The department still holds open tickets.', 'They are resolved or cancelled first.');
        end if;
    end if;
end $$;
comment on function fn.department_settle(int, jsonb, jsonb) is 'What a department asks for: an administrator and a matrix at the beginning, nothing open at the end.';
