-- SPDX-License-Identifier: Apache-2.0
-- Teams: their lead, what is above them, and who may look into one that keeps confidences.

create or replace function fn.team_is_closed(p_team_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.ticket t where t.is_confidential and t.team_id = p_team_id)
        or exists (select from ebb.service s join ebb.request_type r on r.request_type_id = s.default_request_type_id where s.owner_team_id = p_team_id and r.is_confidential);
end $$;
comment on function fn.team_is_closed(int) is 'True when the team holds confidential tickets, or a service whose tickets begin as such: who comes into it sees them.';

create or replace function fn.team_opens(p_team_id int, p_lead_person_id int) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if fn.team_is_closed(p_team_id) and not fn.by_operator() and p_lead_person_id is distinct from fn.person()
       and not exists (select from ebb.membership m where m.team_id = p_team_id and m.person_id = fn.person() and m.is_active) then
        perform fn.fail(403, null, 'This team holds confidential tickets: only somebody of the team says who comes into it.', 'Ask the team''s lead.');
    end if;
end $$;
comment on function fn.team_opens(int, int) is 'Refuses to let somebody from outside say who works in a team that holds confidential tickets, or who leads it instead of the lead named: an administrator would read them by joining it.';

create or replace function fn.team_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_team ebb.team;
    v_count bigint;
begin
    select * into v_team from ebb.team t where t.team_id = p_id;
    if v_team.lead_person_id <> (p_old ->> 'lead_person_id')::int then
        perform fn.team_opens(p_id, (p_old ->> 'lead_person_id')::int);
    end if;
    if v_team.parent_team_id is not null and exists (
            with recursive above (team_id, path) as (
                select v_team.parent_team_id, array[p_id]
                union all select t.parent_team_id, a.path || a.team_id from above a join ebb.team t on t.team_id = a.team_id where t.parent_team_id is not null and a.team_id <> all (a.path))
            select from above a where a.team_id = p_id) then
        perform fn.fail(422, '/parent_team_id', 'A team is not above itself.');
    end if;
    if not v_team.is_active and (p_old ->> 'is_active')::boolean then
        select count(*) into v_count from ebb.ticket t where t.team_id = p_id and t.state < 4;
        if v_count > 0 then
            perform fn.fail(409, '/is_active', case when fn.team_is_closed(p_id) then 'The team holds open tickets.' else format('The team holds %s.', fn.counted(v_count, 'open ticket')) end,
                            'Transfer or resolve them first.');
        elsif exists (select from ebb.service s where s.owner_team_id = p_id and s.is_active) then
            perform fn.fail(409, '/is_active', format('Tickets of the service %s begin in this team.', (select min(s.service_name) from ebb.service s where s.owner_team_id = p_id and s.is_active)),
                            'Give the service another team first.');
        end if;
    end if;
end $$;
comment on function fn.team_settle(int, jsonb, jsonb) is 'What a change of a team asks for: no circle of teams, nothing open left in one that ends, a confidential team''s lead named from within.';
