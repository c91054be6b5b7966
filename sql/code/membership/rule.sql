-- SPDX-License-Identifier: Apache-2.0
-- Who works in which team, as what, and with which skills.

create or replace function fn.member_check(p_team jsonb, p_person_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from ebb.person p
                    where p.person_id = p_person_id and p.is_active
                      and (p.department_id = (p_team ->> 'department_id')::int
                           or exists (select from ebb.person_role r where r.person_id = p.person_id and r.department_id = (p_team ->> 'department_id')::int))) then
        perform fn.fail(422, '/person_id', 'There is no such active person in the department.', 'Somebody of another department first gets a role in this one.');
    end if;
end $$;
comment on function fn.member_check(jsonb, int) is 'Refuses a member who is not there, not active, or neither belongs to the department nor has a role in it; one answer for all.';

create or replace function fn.membership_set(p_team_id int, p_person_id int, p_role text, p_version int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_team jsonb;
    v_before text;
    v_count bigint;
begin
    v_team := fn.record_get('team', p_team_id, true);
    if v_team is null or not fn.record_sees('team', v_team) then
        perform fn.fail(404, '/team_id', 'There is no such team, or you may not see it.');
    elsif not (fn.by_operator() or fn.team_led(p_team_id)) then
        perform fn.must('person.manage', (v_team ->> 'department_id')::int);
    end if;
    if p_version <> (v_team ->> 'version')::int then
        perform fn.fail(412, null, format('The team has changed since you read it: it is at version %s.', v_team ->> 'version'), 'Read it again, then repeat your change.');
    end if;
    select case when (v_team ->> 'lead_person_id')::int = p_person_id then 'lead' else m.membership_role end into v_before
      from ebb.membership m where m.team_id = p_team_id and m.person_id = p_person_id and m.is_active;
    if v_before is not distinct from p_role then
        return;
    end if;
    perform fn.team_opens(p_team_id, (v_team ->> 'lead_person_id')::int);
    if p_role is null then
        if (v_team ->> 'lead_person_id')::int = p_person_id then
            perform fn.fail(409, null, 'A team always has a lead.', 'Name another lead first.');
        end if;
        select count(*) into v_count from ebb.ticket t where t.team_id = p_team_id and t.assignee_id = p_person_id and t.state < 4;
        if v_count > 0 then
            perform fn.fail(409, null, format('This person works on %s of the team.', fn.counted(v_count, 'open ticket')), 'Assign them to others first.');
        end if;
        update ebb.membership m set is_active = false, membership_role = 'member', provider_id = null where m.team_id = p_team_id and m.person_id = p_person_id and m.is_active;
    else
        perform fn.member_check(v_team, p_person_id);
        if p_role <> 'lead' and (v_team ->> 'lead_person_id')::int = p_person_id then
            perform fn.fail(409, '/membership_role', 'A team always has a lead.', 'Name another lead first.');
        end if;
        insert into ebb.membership as m (team_id, person_id, department_id, membership_role) values (p_team_id, p_person_id, (v_team ->> 'department_id')::int, coalesce(nullif(p_role, 'lead'), 'member'))
            on conflict (team_id, person_id) do update set is_active = true, membership_role = excluded.membership_role;
        if p_role = 'lead' then
            perform fn.record_refs('team', v_team, v_team || jsonb_build_object('lead_person_id', p_person_id));
            update ebb.team t set lead_person_id = p_person_id where t.team_id = p_team_id;
        end if;
    end if;
    perform fn.record_touch('team', p_team_id);
    perform fn.audit_add((v_team ->> 'department_id')::int, 'team.member', 'team', v_team ->> 'team_name', jsonb_build_object('person_id', p_person_id, 'membership_role', v_before),
                         jsonb_build_object('person_id', p_person_id, 'membership_role', p_role));
end $$;
comment on function fn.membership_set(int, int, text, int) is 'Says as what a person works in a team: member, deputy or lead, or NULL: no longer. By those who manage people in the department and by the team''s lead.';
grant execute on function fn.membership_set(int, int, text, int) to ebb_api;

create or replace function fn.person_skill_set(p_person_id int, p_skill_id int, p_level int, p_version int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person jsonb;
    v_skill jsonb;
    v_before int;
begin
    v_person := fn.record_get('person', p_person_id, true);
    v_skill := fn.record_get('skill', p_skill_id);
    if v_person is null or not fn.record_sees('person', v_person) then
        perform fn.fail(404, '/person_id', 'There is no such person, or you may not see it.');
    elsif v_skill is null or not fn.record_sees('skill', v_skill) then
        perform fn.fail(404, '/skill_id', 'There is no such skill, or you may not see it.');
    elsif not (fn.by_operator() or (fn.person_led(p_person_id) and fn.has_right('team.lead', (v_skill ->> 'department_id')::int))) then
        perform fn.must('person.manage', (v_skill ->> 'department_id')::int);
    end if;
    if p_version <> (v_person ->> 'version')::int then
        perform fn.fail(412, null, format('The person has changed since you read it: it is at version %s.', v_person ->> 'version'), 'Read it again, then repeat your change.');
    elsif p_level is not null then
        perform fn.member_check(v_skill, p_person_id);
    end if;
    select x.skill_level into v_before from ebb.person_skill x where x.person_id = p_person_id and x.skill_id = p_skill_id;
    if v_before is not distinct from p_level then
        return;
    elsif p_level is null then
        delete from ebb.person_skill x where x.person_id = p_person_id and x.skill_id = p_skill_id;
    elsif v_before is null and not (v_skill ->> 'is_active')::boolean then
        perform fn.fail(409, '/skill_id', 'This skill is given to nobody any more.');
    else
        insert into ebb.person_skill (person_id, skill_id, department_id, skill_level) values (p_person_id, p_skill_id, (v_skill ->> 'department_id')::int, p_level)
            on conflict (person_id, skill_id) do update set skill_level = excluded.skill_level;
    end if;
    perform fn.record_touch('person', p_person_id);
    perform fn.audit_add((v_skill ->> 'department_id')::int, 'person.skill', 'person', p_person_id::text, jsonb_build_object('skill_name', v_skill -> 'skill_name', 'skill_level', v_before),
                         jsonb_build_object('skill_name', v_skill -> 'skill_name', 'skill_level', p_level));
end $$;
comment on function fn.person_skill_set(int, int, int, int) is 'Says how well a person knows a skill of a department, 1 to 3, or NULL: not at all. By those who manage people there and by the lead of the person''s team.';
grant execute on function fn.person_skill_set(int, int, int, int) to ebb_api;
