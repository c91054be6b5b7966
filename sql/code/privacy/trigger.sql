-- SPDX-License-Identifier: Apache-2.0
-- When a person left, whoever says so; and that an erased person is nobody again.

create or replace function fn.person_left() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if old.erased_at is not null and (new.is_active or new.erased_at is null or new.email is not null or new.person_name <> old.person_name) then
        perform fn.fail(409, null, 'This person has been erased; that is not taken back.', 'Make a new person.');
    end if;
    new.inactive_since := case when new.is_active then null else coalesce(old.inactive_since, fn.now()) end;
    return new;
end $$;
comment on function fn.person_left() is 'Trigger: notes when a person left, and lets nobody fill an erased person with life again.';
drop trigger if exists person_left on ebb.person;
create trigger person_left before update on ebb.person for each row execute function fn.person_left();

create or replace function fn.erasure_stays() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and old.transaction_id = pg_current_xact_id_if_assigned() and to_jsonb(new) - 'counts' = to_jsonb(old) - 'counts' then
        return new;
    end if;
    raise exception using errcode = 'ZE403', message = 'An erasure on record is not changed or removed.', detail = '[]';
end $$;
comment on function fn.erasure_stays() is 'Trigger: the record of an erasure is written in its transaction, and never again.';
drop trigger if exists erasure_stays on ebb.erasure;
create trigger erasure_stays before update or delete on ebb.erasure for each row execute function fn.erasure_stays();
drop trigger if exists erasure_no_truncate on ebb.erasure;
create trigger erasure_no_truncate before truncate on ebb.erasure for each statement execute function fn.audit_is_append_only();
