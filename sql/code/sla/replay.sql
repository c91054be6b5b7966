-- SPDX-License-Identifier: Apache-2.0
-- Clocks of many tickets at once. Runs as ebb_replay, for which the desk's triggers do not fire.

create or replace function ctl.sla_renew(p_tickets bigint[], p_replayed_at timestamptz) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan set work_mem = '64MB'
as $$
declare
    f record;
begin
    -- In one order, and before anything is read: who changes one of these tickets meanwhile comes before or after, not between.
    perform from (select from ebb.ticket t where t.ticket_id = any (p_tickets) order by t.ticket_id for update) l;
    select array_agg(t.ticket_id) as tickets, array_agg(t.department_id) as departments, array_agg(t.service_id) as services, array_agg(t.priority) as priorities,
           array_agg(t.sla_policy_version_id) as policies, array_agg(t.first_response_at) as responses, count(*)::int as n
      into f
      from ebb.ticket t where t.ticket_id = any (p_tickets);
    perform fn.sla_write(f.tickets, f.departments, f.services, f.priorities, f.policies, f.responses, p_replayed_at);
    delete from ebb.sla_clock k
     using ebb.ticket t
     where k.ticket_id = any (p_tickets) and t.ticket_id = k.ticket_id
       and not exists (select from ebb.sla_target g
                        where g.sla_policy_version_id = t.sla_policy_version_id and g.target_kind = k.target_kind and g.priority = t.priority);
    update ebb.ticket t
       set due_at = x.due_at
      from (select u.ticket_id, k.due_at from unnest(p_tickets) u (ticket_id)
              left join ebb.sla_clock k on k.ticket_id = u.ticket_id and k.target_kind = 'resolve') x
     where t.ticket_id = x.ticket_id and t.due_at is distinct from x.due_at;
    return f.n;
end $$;
comment on function ctl.sla_renew(bigint[], timestamptz) is 'Computes the clocks of these tickets anew from their spans; returns how many tickets. With an instant it is a replay: all are measured by the present calendar, and what broke before that instant is history. Without, clocks that have stopped keep their calendar version, and a breach is still to be noted.';
grant execute on function ctl.sla_renew(bigint[], timestamptz) to ebb_owner;

create or replace function ctl.sla_rebuild(p_tickets bigint[]) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return ctl.sla_renew(p_tickets, fn.now());
end $$;
comment on function ctl.sla_rebuild(bigint[]) is 'Builds the clocks of these tickets from their spans, as a replay does; returns how many tickets. Set-based: tens of thousands at once.';
grant execute on function ctl.sla_rebuild(bigint[]) to ebb_owner, ebb_ctl;
