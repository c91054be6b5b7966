-- SPDX-License-Identifier: Apache-2.0
-- Services: whom they serve is agreed by both sides.

create or replace function fn.service_serve(p_id int, p_department_id int, p_served jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before constant int[] := array(select x.department_id from ebb.service_department x where x.service_id = p_id);
    v_served int[];
    v_bad int;
begin
    if jsonb_typeof(p_served) <> 'array' or exists (select from jsonb_array_elements(p_served) e where jsonb_typeof(e) <> 'number' or e::text !~ '^[0-9]{1,9}$') then
        perform fn.fail(422, '/served_department_ids', 'The departments served are a list of their numbers.');
    end if;
    v_served := array(select distinct e::int from jsonb_array_elements_text(p_served) e);
    if p_department_id <> all (v_served) then
        perform fn.fail(422, '/served_department_ids', 'A service serves its own department.', 'Name that, too.');
    end if;
    -- Whoever is served is found by the desk that serves, so the other department has a say.
    select x into v_bad from unnest(v_served) x
     where x <> all (v_before) and x <> p_department_id
       and (not exists (select from ebb.department d where d.department_id = x and d.is_active)
            or not (fn.by_operator() or fn.has_right('desk.configure', x) or fn.has_right('desk.operate', null))) limit 1;
    if found then
        perform fn.fail(422, '/served_department_ids', format('There is no department %s whose services you may arrange.', v_bad), 'Somebody who configures both departments, or an operator, names it.');
    end if;
    delete from ebb.service_department x where x.service_id = p_id and x.department_id <> all (v_served);
    insert into ebb.service_department (service_id, department_id) select p_id, x from unnest(v_served) x where x <> all (v_before);
    perform fn.record_touch('service', p_id);
end $$;
comment on function fn.service_serve(int, int, jsonb) is 'Says whom a service serves. A department is added only by somebody who configures it too, or by an operator: its people become visible to the desk that serves.';

create or replace function fn.service_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_values ? 'served_department_ids' then
        perform fn.service_serve(p_id, (select s.department_id from ebb.service s where s.service_id = p_id), p_values -> 'served_department_ids');
    end if;
end $$;
comment on function fn.service_settle(int, jsonb, jsonb) is 'What a change of a service asks for besides: whom it serves.';
