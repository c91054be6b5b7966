-- SPDX-License-Identifier: Apache-2.0
-- What administration of policies over the API needs.

create or replace function fn.sla_policy_lock(p_sla_policy_id int, p_if_match int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_version int;
begin
    perform from ebb.department d join ebb.sla_policy y on y.department_id = d.department_id where y.sla_policy_id = p_sla_policy_id for no key update of d;
    select max(v.version) into v_version from ebb.sla_policy_version v where v.sla_policy_id = p_sla_policy_id;
    if p_if_match <> v_version then
        perform fn.fail(412, null, format('The policy has changed since you read it: it is at version %s.', v_version), 'Read it again, then repeat your change.');
    end if;
end $$;
comment on function fn.sla_policy_lock(int, int) is 'Locks a department''s policies for a new version of one; 412 when If-Match names another version than the latest.';
grant execute on function fn.sla_policy_lock(int, int) to ebb_api;
