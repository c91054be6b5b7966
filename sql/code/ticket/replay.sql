-- SPDX-License-Identifier: Apache-2.0
-- Projections rebuilt from the journal. Runs as ebb_replay, for which the desk's triggers do not fire.

create or replace function ctl.ticket_rebuild(p_tickets bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
    v_count int;
begin
    delete from ebb.ticket_span s where s.ticket_id = any (p_tickets);
    insert into ebb.ticket_span (ticket_id, seq, department_id, started_at, ended_at, state, clock_class, team_id, assignee_id, accountable_person_id,
                                 is_team_assumed, team_run, owner_run, state_run)
    select s.ticket_id, s.seq, s.department_id, s.started_at, s.ended_at, s.state, s.clock_class, s.team_id, s.assignee_id, s.accountable_person_id,
           s.is_team_assumed, s.team_run, s.owner_run, s.state_run
      from fn.ticket_spans(p_tickets) s;

    with last as materialized (
        select f.ticket_id, f.seq, f.occurred_at, f.opened_at, x.*
          from fn.ticket_last(p_tickets) f
         cross join lateral jsonb_populate_record(null::ebb.ticket, f.facts - 'ticket_id') p
         cross join lateral (select p.department_id, p.service_id, p.request_type_id, p.state, p.waiting_reason, p.waiting_until, p.team_id, p.assignee_id,
                                    p.accountable_person_id, p.requester_id, p.impact, p.urgency, p.priority, p.matrix_version_id, p.sla_policy_version_id,
                                    p.transfer_id, p.state_note, p.last_comment_id, p.channel, p.subject, p.description, p.first_response_at, coalesce(p.is_team_assumed, false) as is_team_assumed,
                                    p.source_reassignment_count, p.source_reopen_count) x
    )
    update ebb.ticket t
       set version = l.seq, last_event_at = l.occurred_at,
           opened_at = l.opened_at,
           department_id = l.department_id, service_id = l.service_id, request_type_id = l.request_type_id, state = l.state, waiting_reason = l.waiting_reason,
           waiting_until = l.waiting_until, team_id = l.team_id, assignee_id = l.assignee_id, accountable_person_id = l.accountable_person_id,
           requester_id = l.requester_id, impact = l.impact, urgency = l.urgency, priority = l.priority, matrix_version_id = l.matrix_version_id,
           sla_policy_version_id = l.sla_policy_version_id, transfer_id = l.transfer_id, state_note = l.state_note, last_comment_id = l.last_comment_id,
           channel = l.channel, first_response_at = l.first_response_at, is_team_assumed = l.is_team_assumed,
           source_reassignment_count = l.source_reassignment_count, source_reopen_count = l.source_reopen_count,
           is_confidential = (select r.is_confidential from ebb.request_type r where r.request_type_id = l.request_type_id),
           subject = coalesce(l.subject, t.subject), description = coalesce(l.description, t.description),
           resolved_at = d.resolved_at, closed_at = d.closed_at, handoff_count = d.handoff_count, return_count = d.return_count,
           reopen_count = d.reopen_count, clock_class = d.clock_class
      from last l
      join fn.ticket_derived(p_tickets) d on d.ticket_id = l.ticket_id
     where t.ticket_id = l.ticket_id;
    get diagnostics v_count = row_count;
    perform ctl.sla_rebuild(p_tickets);
    return v_count;
end $$;
comment on function ctl.ticket_rebuild(bigint[]) is 'Rebuilds row, spans, counters and clocks of these tickets from their journal; returns how many.';
grant execute on function ctl.ticket_rebuild(bigint[]) to ebb_owner;
