-- SPDX-License-Identifier: Apache-2.0
-- Request types: whoever opens what was confidential must have seen it.

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
    elsif not v_type.is_confidential and (p_old ->> 'is_confidential')::boolean and not fn.by_operator()
          and exists (select from ebb.ticket t where t.request_type_id = p_id and t.team_id <> all (fn.teams('ebb_api'))) then
        perform fn.fail(403, '/is_confidential', 'Tickets of this type are held in confidence, and opening the type opens them: only somebody of the teams that hold them does that.', 'Ask the team''s lead.');
    end if;
end $$;
comment on function fn.request_type_settle(int, jsonb, jsonb) is 'Keeps a type that a service begins with, and the confidence of tickets from administrators who do not see them.';
