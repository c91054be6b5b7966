-- SPDX-License-Identifier: Apache-2.0
-- Very many clocks at once: what they need beside the rules themselves.

-- Text compared per ticket and span is most of the cost of "does this clock run here"; one bit is none of it.
alter table ebb.sla_target add column runs_mask int not null generated always as (
    case when 'untriaged' = any (runs_in) then 1 else 0 end + case when 'queued' = any (runs_in) then 2 else 0 end + case when 'worked' = any (runs_in) then 4 else 0 end
    + case when 'waiting_requester' = any (runs_in) then 8 else 0 end + case when 'waiting_supplier' = any (runs_in) then 16 else 0 end
    + case when 'waiting_approval' = any (runs_in) then 32 else 0 end + case when 'waiting_scheduled' = any (runs_in) then 64 else 0 end
    + case when 'transfer' = any (runs_in) then 128 else 0 end) stored;
comment on column ebb.sla_target.runs_mask is 'runs_in as bits, in the order untriaged, queued, worked, waiting_requester, waiting_supplier, waiting_approval, waiting_scheduled, transfer.';

-- Both keys were looked up for each of a hundred thousand rows that come from those very tables. What goes with a rehearsal goes by trigger.
alter table ebb.sla_rehearsal_change drop constraint sla_rehearsal_change_sla_rehearsal_id_fkey, drop constraint sla_rehearsal_change_ticket_id_fkey;
drop index ebb.sla_rehearsal_change_ticket_idx;
alter table ebb.sla_rehearsal add column bite int not null default 1000 constraint sla_rehearsal_bite_range check (bite between 100 and 20000);
comment on column ebb.sla_rehearsal.bite is 'How many tickets the clock process plays next time: as many as fit into the part of a second it may take.';

-- Functions that have another shape from here on.
drop function if exists fn.sla_computed(bigint[], int[], smallint[], int[], timestamptz[], int[], timestamptz, timestamptz);
drop function if exists fn.sla_windows(bigint[], int[], smallint[], int[], timestamptz[], int[], timestamptz);
drop function if exists fn.sla_calendar(ebb.service, bigint, timestamptz, timestamptz);
drop function if exists fn.rehearsal_clocks(ebb.sla_rehearsal, bigint[]);
