-- SPDX-License-Identifier: Apache-2.0
-- The steps of a policy version: given with it, or those of the version before.

create or replace function fn.escalation_check(p_department_id int, p_step jsonb, p_pointer text) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_unknown text;
begin
    if jsonb_typeof(p_step) <> 'object' then
        perform fn.fail(422, p_pointer, 'A step is an object with target_code, offset_s and recipient.');
    end if;
    select k into v_unknown from jsonb_object_keys(p_step) k where k not in ('target_code', 'offset_s', 'recipient', 'person_id', 'role_code', 'urgent_priority') limit 1;
    if v_unknown is not null then
        perform fn.fail(422, p_pointer || '/' || v_unknown, format('A step has no field %s.', v_unknown), 'It has target_code, offset_s, recipient, person_id, role_code and urgent_priority.');
    end if;
    if jsonb_typeof(p_step -> 'offset_s') is distinct from 'number' or p_step ->> 'offset_s' !~ '^-?[0-9]{1,9}$' then
        perform fn.fail(422, p_pointer || '/offset_s', 'The place of a step is a whole number of working seconds after the due instant; negative: before it.');
    elsif coalesce(p_step ->> 'recipient', '') not in ('assignee', 'lead', 'accountable', 'team', 'role', 'person') then
        perform fn.fail(422, p_pointer || '/recipient', 'Told is assignee, lead, accountable, team, role or person.');
    elsif p_step ->> 'recipient' = 'role' and coalesce(p_step ->> 'role_code', '') not in ('agent', 'lead', 'admin', 'auditor') then
        perform fn.fail(422, p_pointer || '/role_code', 'The role is agent, lead, admin or auditor.');
    elsif p_step ->> 'recipient' = 'person' and not exists (
            select from ebb.person p where p.person_id::text = p_step ->> 'person_id' and p.is_active and p.department_id = p_department_id) then
        perform fn.fail(422, p_pointer || '/person_id', 'There is no such active person in the department.');
    elsif coalesce(p_step ->> 'urgent_priority', '1') !~ '^[0-4]$' then
        perform fn.fail(422, p_pointer || '/urgent_priority', 'Told at once is of priorities up to a number from 0 (none) to 4 (all).');
    end if;
end $$;
comment on function fn.escalation_check(int, jsonb, text) is 'Refuses a step that cannot be, with a sentence.';

create or replace function fn.escalation_write(p_version_id int, p_before_id int, p_steps jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := (select v.department_id from ebb.sla_policy_version v where v.sla_policy_version_id = p_version_id);
    v_count int := 0;
    v_added int;
    s record;
begin
    if p_steps is null then
        insert into ebb.escalation_step (sla_target_id, department_id, offset_s, recipient, person_id, role_code, urgent_priority)
        select n.sla_target_id, e.department_id, e.offset_s, e.recipient, e.person_id, e.role_code, e.urgent_priority
          from ebb.sla_target b
          join ebb.escalation_step e on e.sla_target_id = b.sla_target_id
          join ebb.sla_target n on n.sla_policy_version_id = p_version_id and n.target_code = b.target_code and n.priority = b.priority
         where b.sla_policy_version_id = p_before_id and n.target_s + e.offset_s > 0;
        get diagnostics v_count = row_count;
        return v_count;
    elsif jsonb_typeof(p_steps) <> 'array' or jsonb_array_length(p_steps) > 50 then
        perform fn.fail(422, '/escalations', 'A policy has a list of at most 50 steps of escalation.');
    end if;
    for s in select x.value, '/escalations/' || x.no - 1 as pointer from jsonb_array_elements(p_steps) with ordinality x (value, no) loop
        perform fn.escalation_check(v_department_id, s.value, s.pointer);
        insert into ebb.escalation_step (sla_target_id, department_id, offset_s, recipient, person_id, role_code, urgent_priority)
        select g.sla_target_id, v_department_id, (s.value ->> 'offset_s')::int, s.value ->> 'recipient', (s.value ->> 'person_id')::int, s.value ->> 'role_code',
               coalesce((s.value ->> 'urgent_priority')::smallint, 1)
          from ebb.sla_target g
         where g.sla_policy_version_id = p_version_id and g.target_code = s.value ->> 'target_code' and g.target_s + (s.value ->> 'offset_s')::int > 0
            on conflict on constraint escalation_step_unique do nothing;
        get diagnostics v_added = row_count;
        if v_added = 0 then
            perform fn.fail(422, s.pointer || case when exists (select from ebb.sla_target g where g.sla_policy_version_id = p_version_id and g.target_code = s.value ->> 'target_code')
                                                   then '/offset_s' else '/target_code' end,
                            'This step belongs to no target: there is none of that name, its time is up before the step, or the step is there twice.');
        end if;
        v_count := v_count + v_added;
    end loop;
    return v_count;
end $$;
comment on function fn.escalation_write(int, int, jsonb) is 'Writes the steps [{target_code, offset_s, recipient, person_id?, role_code?, urgent_priority?}] of a new policy version, for each priority that the target serves; NULL: those of the version before. Returns how many.';
