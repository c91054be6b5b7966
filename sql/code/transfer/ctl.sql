-- SPDX-License-Identifier: Apache-2.0
-- Offers nobody answered.

create or replace function ctl.tick_transfer_expiry() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int := 0;
    v_transfer record;
begin
    for v_transfer in
        select t.transfer_id, t.ticket_id from ebb.transfer t where t.transfer_status = 'offered' and t.answer_due_at <= fn.now() order by t.answer_due_at limit 200
    loop
        perform from ebb.ticket k where k.ticket_id = v_transfer.ticket_id for no key update;
        update ebb.transfer t set transfer_status = 'expired', answer_note = 'Nobody answered within the limit.'
         where t.transfer_id = v_transfer.transfer_id and t.transfer_status = 'offered';
        v_count := v_count + 1;
    end loop;
    return v_count;
end $$;
comment on function ctl.tick_transfer_expiry() is 'Tick: an offer that was not answered within its limit lapses, and the giver stays accountable; returns how many.';
grant execute on function ctl.tick_transfer_expiry() to ebb_clock;
