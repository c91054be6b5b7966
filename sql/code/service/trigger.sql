-- SPDX-License-Identifier: Apache-2.0
-- A service serves its own department from the start.

create or replace function fn.service_after_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ebb.service_department (service_id, department_id) values (new.service_id, new.department_id) on conflict do nothing;
    return null;
end $$;
comment on function fn.service_after_insert() is 'Trigger: a new service serves its own department; others are named explicitly.';

drop trigger if exists service_after_insert on ebb.service;
create trigger service_after_insert after insert on ebb.service for each row execute function fn.service_after_insert();
