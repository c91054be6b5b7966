-- SPDX-License-Identifier: Apache-2.0
-- A ticket's journal as calls of a plugin, so that a rule can be tried on what has happened.

create or replace function fn.plugin_record_opening(p_ticket ebb.ticket, p_plugin_id int) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_first constant ebb.ticket_event := (select e from ebb.ticket_event e where e.ticket_id = p_ticket.ticket_id and e.seq = 1);
    -- What plugins decided then, the requester had left open.
    v_open constant text[] := coalesce((select array_agg(k) from jsonb_object_keys(v_first.changes #> '{suggested,1}') k), '{}');
    v_facts jsonb;
begin
    v_facts := fn.ticket_draft_facts((select json_object_agg(c.key, c.value -> 1) from jsonb_each(v_first.changes) c
                                       where c.key in ('subject', 'description', 'service_id', 'request_type_id', 'impact', 'urgency', 'requester_id') and c.key <> all (v_open)));
    return json_build_object('kind', 'categorise', 'now', fn.micros(v_first.occurred_at), 'department_id', p_ticket.department_id, 'ticket', v_facts,
        'rows', case when p_plugin_id is null then '{}'
                     else fn.plugin_rows(p_plugin_id, p_ticket.department_id, 1, null, jsonb_build_object('department_id', p_ticket.department_id, 'ticket', v_facts)) end);
end $$;
comment on function fn.plugin_record_opening(ebb.ticket, int) is 'The call for categorisation with which a ticket was, or would have been, opened.';

create or replace function fn.plugin_record_facts(p_ticket ebb.ticket, p_seq int, p_at timestamptz, p_facts jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    t ebb.ticket := jsonb_populate_record(p_ticket, p_facts);
begin
    t.version := p_seq;
    t.last_event_at := p_at;
    t.waiting_reason := p_facts ->> 'waiting_reason';
    t.waiting_until := (p_facts ->> 'waiting_until')::timestamptz;
    t.assignee_id := (p_facts ->> 'assignee_id')::int;
    t.transfer_id := (p_facts ->> 'transfer_id')::bigint;
    t.first_response_at := (p_facts ->> 'first_response_at')::timestamptz;
    t.clock_class := fn.clock_class(t.state, t.waiting_reason, t.transfer_id, t.assignee_id);
    t.resolved_at := case when t.state >= 4 then t.resolved_at end;
    return fn.ticket_facts(t);
end $$;
comment on function fn.plugin_record_facts(ebb.ticket, int, timestamptz, jsonb) is 'Facts of a ticket as they were after an event of its journal; its words and due instant as they are now.';

create or replace function fn.plugin_record_events(p_ticket ebb.ticket, p_plugin_id int) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_events json[] := array[]::json[];
    v_facts jsonb;
    v_name text;
    v_input jsonb;
    e record;
begin
    for e in select x.seq, x.occurred_at, x.event_kind, x.changes, f.facts
               from ebb.ticket_event x join fn.ticket_fold(array[p_ticket.ticket_id]) f on f.seq = x.seq
              where x.ticket_id = p_ticket.ticket_id order by x.seq limit 500 loop
        v_name := case e.event_kind when 'breached' then 'sla.breached' else 'ticket.' || e.event_kind end;
        v_facts := fn.plugin_record_facts(p_ticket, e.seq, e.occurred_at, e.facts);
        v_input := jsonb_build_object('department_id', p_ticket.department_id, 'event', v_name, 'event_id', e.seq, 'ticket_id', p_ticket.ticket_id, 'seq', e.seq,
                                      'occurred_at', e.occurred_at, 'changes', e.changes, 'facts', v_facts);
        v_events := v_events || json_build_object('event_id', e.seq, 'name', v_name, 'ticket_id', p_ticket.ticket_id, 'seq', e.seq, 'occurred_at', fn.micros(e.occurred_at),
            'changes', e.changes, 'facts', v_facts,
            'rows', case when p_plugin_id is null then '{}' else fn.plugin_rows(p_plugin_id, p_ticket.department_id, 2, null, v_input) end);
    end loop;
    return json_build_object('kind', 'automate', 'now', fn.micros(fn.now()), 'department_id', p_ticket.department_id, 'events', array_to_json(v_events));
end $$;
comment on function fn.plugin_record_events(ebb.ticket, int) is 'The call for automation with every event of a ticket''s journal, the first 500.';
