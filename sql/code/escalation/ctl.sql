-- SPDX-License-Identifier: Apache-2.0
-- The clock's tick that fires the steps that have come.

create or replace function ctl.tick_escalation() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_clock ebb.sla_clock;
    v_next record;
    v_count int := 0;
    d record;
    t ebb.ticket;
begin
    -- A ticket somebody is changing is left for the next tick: nothing here waits.
    for d in
        select x.ticket_id, x.target_code, x.cycle from ebb.escalation_due x join ebb.ticket k on k.ticket_id = x.ticket_id
         where x.step_at <= fn.now() order by x.step_at limit 500 for no key update of k skip locked
    loop
        -- Read under the ticket's lock, in statements of their own: what was found above may be older than that lock.
        select * into v_clock from ebb.sla_clock c where c.ticket_id = d.ticket_id and c.target_code = d.target_code and c.cycle = d.cycle;
        loop
            v_next := fn.escalation_next(v_clock);
            exit when v_next.step_at is null or v_next.step_at > fn.now();
            select * into t from ebb.ticket k where k.ticket_id = d.ticket_id;
            v_count := v_count + fn.escalation_fire(t, v_clock, v_next.step, v_next.step_at)::int;
        end loop;
        perform fn.escalation_plan(v_clock);
    end loop;
    return v_count;
end $$;
comment on function ctl.tick_escalation() is 'Tick: fires each step of escalation whose instant has come, once, in the journal and for the courier; returns how many.';
grant execute on function ctl.tick_escalation() to ebb_clock;
