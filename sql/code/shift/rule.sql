-- SPDX-License-Identifier: Apache-2.0
-- Shifts: a member of the team, and one place at a time.

create or replace function fn.shift_settle(p_id int, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_shift ebb.shift;
begin
    select * into v_shift from ebb.shift s where s.shift_id = p_id;
    if not exists (select from ebb.membership m where m.team_id = v_shift.team_id and m.person_id = v_shift.person_id and m.is_active)
       and not exists (select from ebb.team t where t.team_id = v_shift.team_id and t.lead_person_id = v_shift.person_id) then
        perform fn.fail(422, '/person_id', 'There is no such member of the team.');
    end if;
    -- Two plans made at once would each not see the other.
    perform from ebb.person p where p.person_id = v_shift.person_id for no key update;
    if exists (select from ebb.shift s where s.person_id = v_shift.person_id and s.shift_id <> p_id and s.team_id = v_shift.team_id and s.is_on_call = v_shift.is_on_call
                  and s.starts_at < v_shift.ends_at and s.ends_at > v_shift.starts_at) then
        perform fn.fail(409, '/starts_at', 'This person has another shift in the team at that time.', 'Change that one.');
    end if;
end $$;
comment on function fn.shift_settle(int, jsonb, jsonb) is 'Refuses a shift of somebody who is not in the team, and two at a time.';
