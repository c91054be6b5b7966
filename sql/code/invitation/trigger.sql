-- SPDX-License-Identifier: Apache-2.0
-- A person who is disabled or gets another address: their links end, and another address is not proved.

create or replace function fn.invitation_follow() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if new.email is distinct from old.email then
        new.email_verified_at := null;
    end if;
    if new.email is distinct from old.email or (old.is_active and not new.is_active) then
        update ebb.invitation i set ended_at = fn.now() where i.person_id = new.person_id and i.used_at is null and i.ended_at is null;
    end if;
    return new;
end $$;
comment on function fn.invitation_follow() is 'Trigger: ends the links of a person who is disabled or gets another address, and forgets that the old address was proved.';

drop trigger if exists invitation_follow on ebb.person;
create trigger invitation_follow before update of email, is_active on ebb.person for each row
    when (new.email is distinct from old.email or new.is_active is distinct from old.is_active) execute function fn.invitation_follow();
