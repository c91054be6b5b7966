-- SPDX-License-Identifier: Apache-2.0
-- Clocks of many tickets at once. Runs as ebb_replay, for which the desk's triggers do not fire.

create or replace function ctl.sla_renew(p_tickets bigint[], p_replayed_at timestamptz, out ticket_count int, out changed_count int)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan set work_mem = '64MB'
as $$
declare
    f record;
begin
    -- In one order, and before anything is read: who changes one of these tickets meanwhile comes before or after, not between.
    perform from (select from ebb.ticket t where t.ticket_id = any (p_tickets) order by t.ticket_id for update) l;
    select coalesce(array_agg(t.ticket_id), '{}') as tickets, array_agg(t.service_id) as services, array_agg(t.priority) as priorities,
           array_agg(t.sla_policy_version_id) as policies, array_agg(t.first_response_at) as responses, count(*)::int as n
      into f
      from (select * from ebb.ticket x where x.ticket_id = any (p_tickets) order by x.ticket_id) t;
    ticket_count := f.n;
    changed_count := (fn.sla_write(f.tickets, f.services, f.priorities, f.policies, f.responses, p_replayed_at)).changed_count;
    update ebb.ticket t
       set due_at = x.due_at
      from (select u.ticket_id, min(k.due_at) as due_at from unnest(p_tickets) u (ticket_id)
              left join ebb.sla_clock k on k.ticket_id = u.ticket_id and k.target_kind = 'resolve' group by u.ticket_id) x
     where t.ticket_id = x.ticket_id and t.due_at is distinct from x.due_at;
end $$;
comment on function ctl.sla_renew(bigint[], timestamptz) is 'Computes the clocks of these tickets anew from their spans; how many tickets there were, and how many clocks changed. With an instant it is a replay: what broke before that instant is history. Without, a breach is still to be noted.';
grant execute on function ctl.sla_renew(bigint[], timestamptz) to ebb_owner;

create or replace function ctl.sla_rebuild(p_tickets bigint[]) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (ctl.sla_renew(p_tickets, fn.now())).ticket_count;
end $$;
comment on function ctl.sla_rebuild(bigint[]) is 'Builds the clocks of these tickets from their spans, as a replay does; returns how many tickets. Set-based: tens of thousands at once.';
grant execute on function ctl.sla_rebuild(bigint[]) to ebb_owner, ebb_ctl;
