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

create or replace function fn.sla_target_complete() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    select coalesce(new.target_code, k.target_kind), coalesce(new.starts_on, k.starts_on), coalesce(new.stops_on, k.stops_on), coalesce(new.runs_in, k.runs_in),
           coalesce(new.cancels_in, k.cancels_in)
      into new.target_code, new.starts_on, new.stops_on, new.runs_in, new.cancels_in
      from ebb.sla_target_kind k where k.target_kind = new.target_kind;
    return new;
end $$;
comment on function fn.sla_target_complete() is 'Trigger: a target has the conditions of its kind where it names none.';

drop trigger if exists sla_target_complete on ebb.sla_target;
create trigger sla_target_complete before insert on ebb.sla_target for each row execute function fn.sla_target_complete();

create or replace function fn.service_calendar_kept() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    new.calendar_since := fn.now();
    insert into ebb.service_calendar (service_id, until_at, calendar_id, department_id) values (old.service_id, new.calendar_since, old.calendar_id, old.department_id)
        on conflict (service_id, until_at) do nothing;
    return new;
end $$;
comment on function fn.service_calendar_kept() is 'Trigger: remembers which calendar a service had, and until when.';

drop trigger if exists service_calendar_kept on ebb.service;
create trigger service_calendar_kept before update of calendar_id on ebb.service for each row when (new.calendar_id <> old.calendar_id) execute function fn.service_calendar_kept();
