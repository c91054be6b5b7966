-- SPDX-License-Identifier: Apache-2.0
-- What a request type says about confidentiality holds for its tickets, past ones too.

create or replace function fn.request_type_after_update() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.ticket t set is_confidential = new.is_confidential where t.request_type_id = new.request_type_id and t.is_confidential <> new.is_confidential;
    return null;
end $$;
comment on function fn.request_type_after_update() is 'Trigger: tickets become confidential with their request type, or cease to be.';

drop trigger if exists request_type_after_update on ebb.request_type;
create trigger request_type_after_update after update on ebb.request_type for each row when (old.is_confidential <> new.is_confidential) execute function fn.request_type_after_update();
