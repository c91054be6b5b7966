-- SPDX-License-Identifier: Apache-2.0
-- What plugins did to a ticket, for who may see the ticket: all of it for the desk, what became visible anyway for its requester.

create or replace function fn.automation_actions(p_run_id bigint, p_is_desk boolean) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(jsonb_agg(case when p_is_desk
                        then jsonb_build_object('position', a."position", 'action', a.action_kind, 'args', a.args, 'confidence', a.confidence, 'explanation', a.explanation,
                                                'outcome', a.outcome, 'sentence', a.sentence)
                        else jsonb_build_object('position', a."position", 'action', a.action_kind, 'args', case when a.action_kind in ('suggest', 'set') then a.args else '{}' end,
                                                'outcome', a.outcome) end order by a."position"), '[]')
              from ebb.plugin_action a
             where a.plugin_run_id = p_run_id
               and (p_is_desk or (a.outcome = 'applied' and a.action_kind in ('suggest', 'set', 'reply', 'wait', 'resume', 'resolve', 'reopen', 'cancel'))));
end $$;
comment on function fn.automation_actions(bigint, boolean) is 'Actions of a run: for the desk all with their reasons, for others only those done whose effect a requester sees.';

create or replace function fn.automation_shown(p_ticket_id bigint)
returns table (automation_run_id bigint, ticket_id bigint, plugin_name text, plugin_version text, run_kind text, trigger_event text, event_position int, rule_id text,
               rule_version int, mode text, started_at timestamptz, duration_ms numeric, outcome text, changed_field_count int, error_code text, sentence text,
               inputs jsonb, actions jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_is_desk boolean;
begin
    select * into v_ticket from ebb.ticket t where t.ticket_id = p_ticket_id;
    v_is_desk := fn.by_operator() or fn.has_right('desk.read', v_ticket.department_id);
    return query
        select r.plugin_run_id, r.ticket_id, p.plugin_name, r.plugin_version, r.run_kind, r.event_name, r.seq, r.rule_name, r.rule_version, r.mode, r.started_at,
               round(r.duration_us / 1000.0, 3), r.outcome, r.changed_field_count, r.error_code, case when v_is_desk then r.sentence end,
               case when v_is_desk then r.inputs end, x.actions
          from ebb.plugin_run r join ebb.plugin p on p.plugin_id = r.plugin_id
         cross join lateral (select fn.automation_actions(r.plugin_run_id, v_is_desk) as actions) x
         where r.ticket_id = p_ticket_id
           and (v_is_desk or (v_ticket.requester_id = fn.person() and r.outcome = 'applied' and x.actions <> '[]'));
end $$;
comment on function fn.automation_shown(bigint) is 'Runs of plugins on a ticket with their actions: all with inputs and explanations for the desk, those that changed what a requester sees for its requester, nothing for anybody else.';
grant execute on function fn.automation_shown(bigint) to ebb_api;
