-- SPDX-License-Identifier: Apache-2.0
-- What goes with a rehearsal. Its changes have no foreign key: they are written a hundred thousand at a time.

create or replace function fn.rehearsal_forgotten() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    delete from ebb.sla_rehearsal_change c where c.sla_rehearsal_id = old.sla_rehearsal_id;
    return null;
end $$;
comment on function fn.rehearsal_forgotten() is 'Trigger: the changes of a rehearsal go with it.';

drop trigger if exists rehearsal_forgotten on ebb.sla_rehearsal;
create trigger rehearsal_forgotten after delete on ebb.sla_rehearsal for each row execute function fn.rehearsal_forgotten();
