-- SPDX-License-Identifier: Apache-2.0
-- A calendar version is what a due time was computed from: it is never changed, only followed by another.

create or replace function fn.calendar_version_is_immutable() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and to_jsonb(new) - '{compiled_from,compiled_until}'::text[] = to_jsonb(old) - '{compiled_from,compiled_until}'::text[]
       and (old.compiled_from is null or (new.compiled_from = old.compiled_from and new.compiled_until >= old.compiled_until)) then
        return new;
    end if;
    perform fn.fail(409, null, 'A version of a calendar never changes.', 'Add a version that holds from a later instant.');
    return null;
end $$;
comment on function fn.calendar_version_is_immutable() is 'Trigger: a calendar version is neither changed nor removed; only its compiled timeline grows.';

create or replace function fn.working_time_is_immutable() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.fail(409, null, 'Compiled working time never changes.', 'Add a version to the calendar.');
    return null;
end $$;
comment on function fn.working_time_is_immutable() is 'Trigger: compiled intervals are only added.';

drop trigger if exists calendar_version_is_immutable on ebb.calendar_version;
create trigger calendar_version_is_immutable before update or delete on ebb.calendar_version for each row execute function fn.calendar_version_is_immutable();
drop trigger if exists working_time_is_immutable on ebb.working_time;
create trigger working_time_is_immutable before update or delete or truncate on ebb.working_time for each statement execute function fn.working_time_is_immutable();
