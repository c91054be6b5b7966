-- SPDX-License-Identifier: Apache-2.0
-- What was promised when a ticket was opened stays what it was: versions of a policy, and their targets, never change.

create or replace function fn.sla_policy_is_immutable() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.fail(409, null, 'A version of a policy never changes.', 'Add a version that holds from a later instant.');
    return null;
end $$;
comment on function fn.sla_policy_is_immutable() is 'Trigger: a policy version and its targets are neither changed nor removed.';

drop trigger if exists sla_policy_version_is_immutable on ebb.sla_policy_version;
create trigger sla_policy_version_is_immutable before update or delete on ebb.sla_policy_version for each row execute function fn.sla_policy_is_immutable();
drop trigger if exists sla_target_is_immutable on ebb.sla_target;
create trigger sla_target_is_immutable before update or delete on ebb.sla_target for each row execute function fn.sla_policy_is_immutable();
