-- SPDX-License-Identifier: Apache-2.0
-- The list of tickets: first a page of ids, then what is shown of them.

drop function if exists api.ticket_list(json);
create function api.ticket_list(p_args json)
returns table (ticket_id bigint, ticket_ref text, version int, ticket_kind text, subject text, state text, is_open boolean, waiting_reason text, waiting_until timestamptz,
               priority smallint, impact smallint, urgency smallint, department_id int, team_id int, team_name text, assignee_id int, assignee_name text,
               accountable_person_id int, accountable_person_name text, requester_id int, requester_name text, service_id int, service_name text,
               request_type_id int, transfer_id bigint, opened_at timestamptz, first_response_at timestamptz, due_at timestamptz, resolved_at timestamptz,
               closed_at timestamptz, last_event_at timestamptz, age_hours numeric, is_overdue boolean, handoff_count int, return_count int, reopen_count int,
               import_id int, source_ref text, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_limit constant int := (p_args ->> 'limit')::int;
    v_ids bigint[];
    v_ats timestamptz[];
begin
    perform fn.must('any');
    select array_agg(p.ticket_id order by p.place), array_agg(p.at order by p.place) into v_ids, v_ats from fn.ticket_page(p_args) p;
    return query
        select v.ticket_id, v.ticket_ref, v.version, v.ticket_kind, v.subject, v.state, v.is_open, v.waiting_reason, v.waiting_until, v.priority, v.impact, v.urgency,
               v.department_id, v.team_id, v.team_name, v.assignee_id, v.assignee_name, v.accountable_person_id, v.accountable_person_name,
               v.requester_id, v.requester_name, v.service_id, v.service_name, v.request_type_id, v.transfer_id, v.opened_at, v.first_response_at, v.due_at,
               v.resolved_at, v.closed_at, v.last_event_at, v.age_hours, v.is_overdue, v.handoff_count, v.return_count, v.reopen_count, v.import_id, v.source_ref,
               case when x.place >= v_limit then fn.cursor_of(v_ats[x.place], v.ticket_id) end
          from reporting_v1_text.tickets v
         cross join lateral (select array_position(v_ids, v.ticket_id)) x (place)
         -- Of an array the planner expects ten keys: a page is looked up by key, however large the tables are. A join of page and rows
         -- would compare each with each.
         where v.ticket_id = any (v_ids)
         order by x.place;
end $$;
comment on function api.ticket_list(json) is 'Tickets the person may see: those of their departments, and their own everywhere. Keyset pages, never a silent cut.';
grant execute on function api.ticket_list(json) to ebb_app;
