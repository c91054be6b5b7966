-- SPDX-License-Identifier: Apache-2.0
-- Request types: what is confidential stays so for the tickets that were opened as such.

create or replace function fn.request_type_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_type ebb.request_type;
    v_service text;
begin
    select * into v_type from ebb.request_type r where r.request_type_id = p_id;
    select min(s.service_name) into v_service from ebb.service s where s.default_request_type_id = p_id and s.is_active;
    if not v_type.is_active and (p_old ->> 'is_active')::boolean and v_service is not null then
        perform fn.fail(409, '/is_active', format('Tickets of the service %s begin with this type.', v_service), 'Give the service another default first.');
    end if;
end $$;
comment on function fn.request_type_settle(int, jsonb, jsonb) is 'Keeps a type that a service begins with.';
