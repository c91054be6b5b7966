-- SPDX-License-Identifier: Apache-2.0
-- Rows, spans, counters and clocks follow from the journal; in portions, so that memory stays small at any number of tickets.
select ctl.ticket_rebuild(array_agg(ticket_id order by ticket_id)) from plan group by ticket_id / 20000 order by ticket_id / 20000 \g /dev/null
