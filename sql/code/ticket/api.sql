-- SPDX-License-Identifier: Apache-2.0
-- Tickets as the API shows them: read, list, history.

drop view if exists api.ticket cascade;
create view api.ticket as
select v.version, v.ticket_id, v.ticket_ref, v.ticket_kind, v.subject, v.description, v.state, v.is_open, v.waiting_reason, v.waiting_until,
       -- What the desk notes while a ticket waits it notes among itself.
       case when v.state <> 'waiting' or v.department_id = any ((select fn.departments())::int[]) then v.state_note end as state_note,
       v.priority, v.impact, v.urgency, v.department_id, v.department_name, v.team_id, v.team_name, v.assignee_id, v.assignee_name,
       v.accountable_person_id, v.accountable_person_name, v.requester_id, v.requester_name, v.service_id, v.service_name,
       v.request_type_id, v.request_type_name, v.channel, v.transfer_id, v.opened_at, v.first_response_at, v.due_at, v.resolved_at, v.closed_at,
       v.last_event_at, v.age_hours, v.is_overdue, v.handoff_count, v.return_count, v.reopen_count, v.import_id, v.source_ref
  from reporting_v1_text.tickets v;
comment on view api.ticket is 'A ticket. Its fields are those of reporting_v1.tickets, with what people wrote.';

drop view if exists api.event;
create view api.event as
select e.seq, e.ticket_id, e.occurred_at, e.recorded_at, e.event_kind, e.actor_kind, e.actor_id, coalesce(p.person_name, r.plugin_name) as actor_name, e.changes, e.request_id
  from ebb.ticket_event e
  left join fn.person_label p on p.person_id = e.actor_id
  left join fn.plugin_run_label r on r.plugin_run_id = e.plugin_run_id;
comment on view api.event is 'Something that happened to a ticket.';

comment on column api.event.actor_name is 'Name of who did it, a person or a plugin; NULL for the system.';
do $$
begin
    perform fn.copy_comments('api.ticket', '{reporting_v1.tickets,reporting_v1_text.tickets}');
    perform fn.copy_comments('api.event', '{ebb.ticket_event}');
end $$;

create or replace function api.ticket_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket json;
begin
    perform fn.must('any');
    select row_to_json(t) into v_ticket from api.ticket t where t.ticket_id = (p_args ->> 'ticket_id')::bigint;
    if v_ticket is null then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket, or you may not see it.');
    end if;
    return v_ticket;
end $$;
comment on function api.ticket_get(json) is 'One ticket that the person may see; 404 otherwise, whether it exists or not.';
grant execute on function api.ticket_get(json) to ebb_app;

create or replace function api.ticket_history(p_args json)
returns table (seq int, ticket_id bigint, occurred_at timestamptz, recorded_at timestamptz, event_kind text, actor_kind text, actor_id int, actor_name text,
               changes jsonb, request_id text, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket_id constant bigint := (p_args ->> 'ticket_id')::bigint;
    v_after constant int := coalesce(fn.cursor_int(p_args), 0);
    v_desk boolean;
begin
    perform fn.must('any');
    perform fn.ticket_must_see(v_ticket_id);
    -- In the ticket's own department: who works elsewhere is a requester here.
    v_desk := fn.has_right('desk.read', (select t.department_id from ebb.ticket t where t.ticket_id = v_ticket_id));
    return query
        select e.seq, e.ticket_id, e.occurred_at, e.recorded_at, e.event_kind, e.actor_kind, e.actor_id, e.actor_name,
               case when v_desk then e.changes else e.changes - 'state_note' - 'last_comment_id' end, e.request_id, e.seq::text
          from api.event e where e.ticket_id = v_ticket_id and e.seq > v_after
           -- That the desk has spoken among itself is not the requester's either.
           and (v_desk or e.event_kind <> 'commented' or exists (select from ebb.comment c where c.comment_id = (e.changes #>> '{last_comment_id,1}')::bigint and not c.is_internal))
         order by e.seq limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.ticket_history(json) is 'Journal of a ticket, oldest first.';
grant execute on function api.ticket_history(json) to ebb_app;
