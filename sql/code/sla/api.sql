-- SPDX-License-Identifier: Apache-2.0
-- The targets of one ticket, as the API shows them.

drop view if exists api.sla_clock;
create view api.sla_clock as
select t.version, t.ticket_id,
       (select coalesce(json_agg(c order by c.sla_clock_id), '[]')
          from (select k.sla_clock_id, k.target_kind, k.clock_status, k.started_at, k.due_at, k.stopped_at, k.target_business_hours, k.elapsed_business_hours,
                       k.remaining_business_hours, k.paused_business_hours, k.is_met, k.is_breached, k.breached_at, k.sla_target_id, k.calendar_version_id
                  from reporting_v1.sla_clocks k where k.ticket_id = t.ticket_id) c) as clocks
  from ebb.ticket t;
comment on view api.sla_clock is 'The service-level clocks of a ticket.';
comment on column api.sla_clock.version is 'Version of the ticket.';
comment on column api.sla_clock.ticket_id is 'Ticket.';
comment on column api.sla_clock.clocks is 'One object per target; its fields are those of reporting_v1.sla_clocks.';

create or replace function api.ticket_sla(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply json;
begin
    perform fn.must('any');
    select row_to_json(s) into v_reply from api.sla_clock s where s.ticket_id = (p_args ->> 'ticket_id')::bigint;
    if v_reply is null then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket, or you may not see it.');
    end if;
    return v_reply;
end $$;
comment on function api.ticket_sla(json) is 'The targets of a ticket that the person may see: what is granted, used and left in working time, when each is due, and how it stands.';
grant execute on function api.ticket_sla(json) to ebb_app;
