-- SPDX-License-Identifier: Apache-2.0
-- Helper of the report tests: a ticket's whole life in a few words, written into the journal as an import would and rebuilt from
-- it, so that spans, counters and clocks are the desk's own.  select t.story(900001, '2025-01-06Z', '{0 new 11 -, 2 active 11 101, 5 resolved}')
-- A step is  <hours after opening> <state> [<team> [<assignee or -> [<priority>]]];  waiting is waiting:<reason>. What is left out stays.
set client_min_messages = warning;
create schema if not exists t;

create or replace function t.story(p_ticket_id bigint, p_opened_at timestamptz, p_steps text[], p_service_id int default 51, p_requester_id int default 107, p_import_id int default null,
                                   p_subject text default 'Story', p_source_count int default null) returns void
language plpgsql set role = 'ebb_replay'
as $$
declare
    v_service ebb.service;
    v_step text[];
    v_now jsonb := '{}';
    v_new jsonb;
    v_seq int := 0;
begin
    select * into strict v_service from ebb.service s where s.service_id = p_service_id;
    insert into ebb.ticket (ticket_id, department_id, service_id, request_type_id, subject, team_id, accountable_person_id, requester_id, impact, urgency, priority, opened_at, last_event_at, channel, import_id, source_ref)
        overriding system value
    values (p_ticket_id, v_service.department_id, p_service_id, v_service.default_request_type_id, p_subject, v_service.owner_team_id, v_service.accountable_person_id, p_requester_id, 2, 2, 3,
            p_opened_at, p_opened_at, 'import', p_import_id, case when p_import_id is not null then 'S' || p_ticket_id end);
    for v_step in select string_to_array(btrim(x), ' ') from unnest(p_steps) with ordinality u (x, n) order by n loop
        v_new := v_now || case when v_seq > 0 then '{}' else jsonb_build_object('department_id', v_service.department_id, 'service_id', p_service_id, 'request_type_id', v_service.default_request_type_id,
                'subject', p_subject, 'description', '', 'team_id', v_service.owner_team_id, 'is_team_assumed', false, 'assignee_id', null, 'accountable_person_id', v_service.accountable_person_id,
                'requester_id', p_requester_id, 'impact', 2, 'urgency', 2, 'priority', 3, 'channel', 'import',
                'source_reassignment_count', p_source_count) end
            || jsonb_build_object('state', (select s.state from ebb.state s where s.state_code = split_part(v_step[2], ':', 1)), 'waiting_reason', nullif(split_part(v_step[2], ':', 2), ''),
                                  'waiting_until', case when v_step[2] like 'waiting%' then p_opened_at + (v_step[1]::numeric + 168) * interval '1 hour' end)
            || case when v_step[3] is null then '{}' else jsonb_build_object('team_id', v_step[3]::int) end
            || case when v_step[4] is null then '{}' else jsonb_build_object('assignee_id', nullif(v_step[4], '-')::int) end
            || case when v_step[5] is null then '{}' else jsonb_build_object('priority', v_step[5]::int) end;
        v_seq := v_seq + 1;
        insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_id, actor_kind, changes)
        values (p_ticket_id, v_seq, v_service.department_id, p_opened_at + v_step[1]::numeric * interval '1 hour', now(),
                case when v_seq = 1 then 'opened' when split_part(v_step[2], ':', 1) in ('resolved', 'closed', 'cancelled') then split_part(v_step[2], ':', 1) else 'changed' end,
                null, 'import',
                (select coalesce(jsonb_object_agg(k.key, jsonb_build_array(v_now -> k.key, k.value)), '{}') from jsonb_each(v_new) k
                  where v_now -> k.key is distinct from k.value and not (v_seq = 1 and k.value = 'null')));
        v_now := v_new;
    end loop;
    perform ctl.ticket_rebuild(array[p_ticket_id]);
end $$;
