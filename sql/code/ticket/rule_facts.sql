-- SPDX-License-Identifier: Apache-2.0
-- A ticket as facts: what conditions (SQL/JSON path) and plugins look at. One JSON object, names as in reporting_v1.

create or replace function fn.ticket_facts(p_ticket ebb.ticket) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    t constant ebb.ticket := p_ticket;
begin
    return jsonb_build_object(
               'ticket_id', t.ticket_id, 'ticket_ref', 'EBB-' || t.ticket_id, 'subject', t.subject, 'description', t.description, 'version', t.version,
               'state', (select s.state_code from ebb.state s where s.state = t.state), 'is_open', t.state < 4, 'clock_class', t.clock_class,
               'waiting_reason', t.waiting_reason, 'waiting_until', t.waiting_until, 'priority', t.priority, 'impact', t.impact, 'urgency', t.urgency,
               'department_id', t.department_id, 'department_code', (select d.department_code from ebb.department d where d.department_id = t.department_id),
               'team_id', t.team_id, 'team_name', (select m.team_name from ebb.team m where m.team_id = t.team_id),
               'assignee_id', t.assignee_id, 'accountable_person_id', t.accountable_person_id, 'is_unowned', t.state < 4 and t.assignee_id is null,
               'channel', t.channel, 'is_on_offer', t.transfer_id is not null, 'opened_at', t.opened_at, 'first_response_at', t.first_response_at,
               'due_at', t.due_at, 'is_overdue', t.state < 4 and t.due_at < fn.now(), 'resolved_at', t.resolved_at, 'last_event_at', t.last_event_at,
               'handoff_count', t.handoff_count, 'return_count', t.return_count, 'reopen_count', t.reopen_count)
           || fn.service_facts(t.service_id, t.request_type_id) || fn.requester_facts(t.requester_id);
end $$;
comment on function fn.ticket_facts(ebb.ticket) is 'A ticket as one JSON object of facts, for conditions and plugins; instants as RFC 3339 text.';

create or replace function fn.service_facts(p_service_id int, p_request_type_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('service_id', p_service_id, 'service_name', (select s.service_name from ebb.service s where s.service_id = p_service_id),
                              'request_type_id', p_request_type_id,
                              'request_type_name', (select r.request_type_name from ebb.request_type r where r.request_type_id = p_request_type_id),
                              'ticket_kind', (select r.ticket_kind from ebb.request_type r where r.request_type_id = p_request_type_id));
end $$;
comment on function fn.service_facts(int, int) is 'Facts of a service and a request type, either may be NULL.';

create or replace function fn.requester_facts(p_person_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select jsonb_build_object('requester_id', p.person_id, 'requester_name', p.person_name, 'requester_email', p.email, 'requester_site', p.site_name,
                                      'requester_unit', p.organisation_unit_name, 'requester_is_vip', p.is_vip, 'requester_department_id', p.department_id)
              from ebb.person p where p.person_id = p_person_id);
end $$;
comment on function fn.requester_facts(int) is 'Facts of the person who asks.';

create or replace function fn.ticket_draft_department(p_args json) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce((select s.department_id from ebb.service s where s.service_id = (p_args ->> 'service_id')::int),
                    (select p.department_id from ebb.person p where p.person_id = coalesce((p_args ->> 'requester_id')::int, fn.person())));
end $$;
comment on function fn.ticket_draft_department(json) is 'Department of a ticket that is about to be opened: its service''s, or the requester''s own when it names no service.';
grant execute on function fn.ticket_draft_department(json) to ebb_api;

create or replace function fn.ticket_draft_is_confidential(p_args json) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.request_type r
                    where r.is_confidential
                      and r.request_type_id = coalesce((p_args ->> 'request_type_id')::int,
                              (select s.default_request_type_id from ebb.service s where s.service_id = (p_args ->> 'service_id')::int)));
end $$;
comment on function fn.ticket_draft_is_confidential(json) is 'True when the request type named, or that of the service named, is confidential.';
grant execute on function fn.ticket_draft_is_confidential(json) to ebb_api;

create or replace function fn.ticket_draft_facts(p_args json) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('subject', p_args ->> 'subject', 'description', coalesce(p_args ->> 'description', ''),
                              'department_id', fn.ticket_draft_department(p_args), 'impact', (p_args ->> 'impact')::int, 'urgency', (p_args ->> 'urgency')::int,
                              'channel', 'api', 'form', '{}'::jsonb)
           || fn.service_facts((p_args ->> 'service_id')::int, (p_args ->> 'request_type_id')::int)
           || fn.requester_facts(coalesce((p_args ->> 'requester_id')::int, fn.person()));
end $$;
comment on function fn.ticket_draft_facts(json) is 'Facts of a ticket that is about to be opened; what is not given is null.';
grant execute on function fn.ticket_draft_facts(json) to ebb_api;

create or replace function fn.ticket_default_service(p_args json) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_service_id constant int := (select d.default_service_id from ebb.department d where d.department_id = fn.ticket_draft_department(p_args));
begin
    if v_service_id is null then
        perform fn.fail(422, '/service_id', 'Say which service it is about: nobody suggests one for these words, and the department has no default.',
                        'GET /api/v1/services lists them.');
    end if;
    return v_service_id;
end $$;
comment on function fn.ticket_default_service(json) is 'Where a ticket goes that names no service and for which nobody suggests one; 422 when the department has no such place.';
grant execute on function fn.ticket_default_service(json) to ebb_api;
