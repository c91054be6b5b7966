-- SPDX-License-Identifier: Apache-2.0
-- What a person holds, in a sentence, and handing it over: nobody leaves work behind that has no owner.

create or replace function fn.person_held(p_person_id int, p_department_id int default null, out sentence text, out is_held boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_departments constant int[] := case when fn.by_operator() then (select array_agg(d.department_id) from ebb.department d) else fn.departments('ebb_api') end;
    v_teams constant int[] := case when fn.by_operator() then (select array_agg(t.team_id) from ebb.team t) else fn.teams('ebb_api') end;
    v_work record;
    v_parts text[];
begin
    -- Whoever asks is told of what they see; of the rest, that there is some.
    select count(*) filter (where x.is_seen and x.is_assigned) as worked, count(*) filter (where x.is_seen and x.is_answered) as answered, count(*) filter (where not x.is_seen) as hidden
      into v_work
      from (select t.assignee_id is not distinct from p_person_id as is_assigned, t.accountable_person_id = p_person_id as is_answered,
                   t.department_id = any (v_departments) and (not t.is_confidential or t.team_id = any (v_teams)) as is_seen
              from ebb.ticket t
             where t.state < 4 and (t.assignee_id = p_person_id or t.accountable_person_id = p_person_id) and (p_department_id is null or t.department_id = p_department_id)) x;
    v_parts := array_remove(array[
        case when v_work.worked > 0 then format('works on %s', fn.counted(v_work.worked, 'open ticket')) end,
        case when v_work.answered > 0 then format('answers for %s', fn.counted(v_work.answered, 'open ticket')) end,
        (select 'answers for the service ' || string_agg(s.service_name, ', ' order by s.service_id) from ebb.service s
          where s.accountable_person_id = p_person_id and s.is_active and s.department_id = any (v_departments) and (p_department_id is null or s.department_id = p_department_id)),
        (select 'leads the team ' || string_agg(t.team_name, ', ' order by t.team_id) from ebb.team t
          where t.lead_person_id = p_person_id and t.is_active and t.department_id = any (v_departments) and (p_department_id is null or t.department_id = p_department_id)),
        case when v_work.hidden > 0
                  or exists (select from ebb.service s where s.accountable_person_id = p_person_id and s.is_active and s.department_id <> all (v_departments) and (p_department_id is null or s.department_id = p_department_id))
                  or exists (select from ebb.team t where t.lead_person_id = p_person_id and t.is_active and t.department_id <> all (v_departments) and (p_department_id is null or t.department_id = p_department_id))
             then 'holds work that you do not see' end], null);
    is_held := cardinality(v_parts) > 0;
    sentence := case when cardinality(v_parts) > 1 then array_to_string(v_parts[1:cardinality(v_parts) - 1], ', ') || ' and ' || v_parts[cardinality(v_parts)] else v_parts[1] end;
end $$;
comment on function fn.person_held(int, int) is 'What a person has open, in a department or anywhere: tickets to work on and to answer for, services, teams. Counts and names only of what the asking person sees.';

create or replace function fn.counted(p_count bigint, p_noun text) returns text
language sql immutable
return p_count || ' ' || p_noun || case when p_count = 1 then '' else 's' end;
comment on function fn.counted(bigint, text) is '1 ticket, 2 tickets.';

create or replace function fn.person_leaves(p_person ebb.person, p_to int, p_department_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_held record;
begin
    if p_to is not null then
        perform fn.person_hand_over(p_person, p_to);
    end if;
    v_held := fn.person_held(p_person.person_id, p_department_id);
    if v_held.is_held then
        perform fn.fail(409, case when p_department_id is null then '/is_active' else '/department_id' end, format('%s %s.', p_person.person_name, v_held.sentence),
                        'Hand that over first' || case when p_department_id is null then ', or name in hand_over_to who takes it.' else '.' end);
    end if;
end $$;
comment on function fn.person_leaves(ebb.person, int, int) is 'Refuses to let a person go who has open work or accountability, naming it; or hands all of it over first.';

create or replace function fn.person_hand_over(p_person ebb.person, p_to int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_to ebb.person;
    v_service_count int;
    v_team_count int;
begin
    select * into v_to from ebb.person p where p.person_id = p_to and p.is_active and p.person_id <> p_person.person_id and p.department_id = p_person.department_id;
    if not found then
        perform fn.fail(422, '/hand_over_to', 'There is no such active person in the department.');
    elsif exists (select from ebb.ticket t where t.state < 4 and t.accountable_person_id = p_person.person_id and t.department_id <> v_to.department_id)
          or exists (select from ebb.service s where s.is_active and s.accountable_person_id = p_person.person_id and s.department_id <> v_to.department_id) then
        perform fn.fail(409, '/hand_over_to', format('%s also answers for work of another department, which %s cannot take.', p_person.person_name, v_to.person_name),
                        'An administrator there hands it over first.');
    elsif exists (select from ebb.team t where t.is_active and t.lead_person_id = p_person.person_id and (t.department_id <> v_to.department_id or fn.team_is_closed(t.team_id)
                      and not exists (select from ebb.membership m where m.team_id = t.team_id and m.person_id = p_to and m.is_active))) then
        perform fn.fail(409, '/hand_over_to', format('%s leads a team that %s does not work in.', p_person.person_name, v_to.person_name), 'Name another lead of that team first.');
    end if;
    update ebb.service s set accountable_person_id = p_to where s.is_active and s.accountable_person_id = p_person.person_id;
    get diagnostics v_service_count = row_count;
    update ebb.team t set lead_person_id = p_to where t.is_active and t.lead_person_id = p_person.person_id;
    get diagnostics v_team_count = row_count;
    perform from ebb.ticket t where t.state < 4 and (t.assignee_id = p_person.person_id or t.accountable_person_id = p_person.person_id) order by t.ticket_id for no key update;
    -- Work goes to the successor where that is a member of the team, else back to its queue.
    update ebb.ticket t
       set assignee_id = case when t.assignee_id is distinct from p_person.person_id then t.assignee_id
                              when exists (select from ebb.membership m where m.team_id = t.team_id and m.person_id = p_to and m.is_active) then p_to end,
           accountable_person_id = case when t.accountable_person_id = p_person.person_id then fn.accountable_of(p_to, t.team_id, t.is_confidential) else t.accountable_person_id end
     where t.state < 4 and (t.assignee_id = p_person.person_id or t.accountable_person_id = p_person.person_id);
    perform fn.audit_add(p_person.department_id, 'person.hand_over', 'person', p_person.person_id::text, null,
                         jsonb_build_object('hand_over_to', p_to, 'service_count', v_service_count, 'team_count', v_team_count));
end $$;
comment on function fn.person_hand_over(ebb.person, int) is 'Hands all open work of a person to a colleague: tickets to work on (back to the queue where the colleague is not in the team), tickets and services to answer for, teams to lead.';
