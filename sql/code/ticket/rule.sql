-- SPDX-License-Identifier: Apache-2.0
-- What a ticket's columns mean together: clock class, priority, actor, the kind of an event, and what a change did.

create or replace function fn.clock_class(p_state smallint, p_waiting_reason text, p_transfer_id bigint, p_assignee_id int) returns text
language sql immutable parallel safe
as $$
    select case when p_state >= 5 then 'closed'
                when p_state = 4 then 'resolved'
                when p_state = 3 then 'waiting_' || p_waiting_reason
                when p_transfer_id is not null then 'transfer'
                when p_assignee_id is not null then 'worked'
                when p_state = 1 then 'untriaged'
                else 'queued' end
$$;
comment on function fn.clock_class(smallint, text, bigint, int) is 'Clock class of a ticket in this situation; precedence: end > resolved > waiting > transfer > assignee > team.';
grant execute on function fn.clock_class(smallint, text, bigint, int) to ebb_api, ebb_report, ebb_replay;

create or replace function fn.plugin_run_current() returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    -- The log-in of a session cannot be changed by a setting; nobody but the courier carries out what plugins ask for.
    if session_user = 'ebb_courier' then
        return nullif(current_setting('ebb.plugin_run', true), '')::bigint;
    end if;
    return null;
end $$;
comment on function fn.plugin_run_current() is 'Run of a plugin whose actions the courier is carrying out in this transaction; NULL for every other session, whatever it sets.';

drop function if exists fn.actor(int);
create function fn.actor(p_department_id int, out person_id int, out actor_kind text, out plugin_run_id bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    plugin_run_id := fn.plugin_run_current();
    if plugin_run_id is not null then
        actor_kind := 'plugin';
        return;
    end if;
    select l.person_id,
           case when exists (select from ebb.person_role r where r.person_id = l.person_id and r.department_id = p_department_id)
                then 'agent' else 'requester' end
      into person_id, actor_kind
      from fn.live_token l;
    actor_kind := coalesce(actor_kind, 'system');
end $$;
comment on function fn.actor(int) is 'Who is acting on a ticket of that department: by the presented token an agent or requester; a plugin, by the run the courier carries out; else the system. Nothing a caller writes can change it.';

create or replace function fn.priority_of(p_department_id int, p_impact smallint, p_urgency smallint, p_at timestamptz,
                                          out priority smallint, out matrix_version_id int)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    select c.priority, v.matrix_version_id into priority, matrix_version_id
      from (select m.matrix_version_id from ebb.matrix_version m
             where m.department_id = p_department_id and m.valid_from <= p_at
             order by m.valid_from desc, m.version desc limit 1) v
      join ebb.matrix_cell c on c.matrix_version_id = v.matrix_version_id and c.impact = p_impact and c.urgency = p_urgency;
    if priority is null then
        perform fn.fail(422, '/impact', 'The department has no priority matrix for this impact and urgency.', 'An administrator adds a complete matrix version.');
    end if;
end $$;
comment on function fn.priority_of(int, smallint, smallint, timestamptz) is 'Priority for impact and urgency by the matrix version valid at that instant.';

create or replace function fn.ticket_changes(o ebb.ticket, n ebb.ticket) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    c jsonb := jsonb_build_object();
begin
    if o.state is distinct from n.state then c := c || jsonb_build_object('state', jsonb_build_array(o.state, n.state)); end if;
    if o.assignee_id is distinct from n.assignee_id then c := c || jsonb_build_object('assignee_id', jsonb_build_array(o.assignee_id, n.assignee_id)); end if;
    if o.team_id is distinct from n.team_id then c := c || jsonb_build_object('team_id', jsonb_build_array(o.team_id, n.team_id)); end if;
    if o.transfer_id is distinct from n.transfer_id then c := c || jsonb_build_object('transfer_id', jsonb_build_array(o.transfer_id, n.transfer_id)); end if;
    if o.waiting_reason is distinct from n.waiting_reason then c := c || jsonb_build_object('waiting_reason', jsonb_build_array(o.waiting_reason, n.waiting_reason)); end if;
    if o.waiting_until is distinct from n.waiting_until then c := c || jsonb_build_object('waiting_until', jsonb_build_array(o.waiting_until, n.waiting_until)); end if;
    if o.state_note is distinct from n.state_note then c := c || jsonb_build_object('state_note', jsonb_build_array(o.state_note, n.state_note)); end if;
    if o.last_comment_id is distinct from n.last_comment_id then c := c || jsonb_build_object('last_comment_id', jsonb_build_array(o.last_comment_id, n.last_comment_id)); end if;
    if o.first_response_at is distinct from n.first_response_at then c := c || jsonb_build_object('first_response_at', jsonb_build_array(o.first_response_at, n.first_response_at)); end if;
    if o.subject is distinct from n.subject then c := c || jsonb_build_object('subject', jsonb_build_array(o.subject, n.subject)); end if;
    if o.description is distinct from n.description then c := c || jsonb_build_object('description', jsonb_build_array(o.description, n.description)); end if;
    if o.impact is distinct from n.impact then c := c || jsonb_build_object('impact', jsonb_build_array(o.impact, n.impact)); end if;
    if o.urgency is distinct from n.urgency then c := c || jsonb_build_object('urgency', jsonb_build_array(o.urgency, n.urgency)); end if;
    if o.priority is distinct from n.priority then c := c || jsonb_build_object('priority', jsonb_build_array(o.priority, n.priority)); end if;
    if o.matrix_version_id is distinct from n.matrix_version_id then c := c || jsonb_build_object('matrix_version_id', jsonb_build_array(o.matrix_version_id, n.matrix_version_id)); end if;
    if o.sla_policy_version_id is distinct from n.sla_policy_version_id then c := c || jsonb_build_object('sla_policy_version_id', jsonb_build_array(o.sla_policy_version_id, n.sla_policy_version_id)); end if;
    if o.accountable_person_id is distinct from n.accountable_person_id then c := c || jsonb_build_object('accountable_person_id', jsonb_build_array(o.accountable_person_id, n.accountable_person_id)); end if;
    if o.service_id is distinct from n.service_id then c := c || jsonb_build_object('service_id', jsonb_build_array(o.service_id, n.service_id)); end if;
    if o.request_type_id is distinct from n.request_type_id then c := c || jsonb_build_object('request_type_id', jsonb_build_array(o.request_type_id, n.request_type_id)); end if;
    if o.requester_id is distinct from n.requester_id then c := c || jsonb_build_object('requester_id', jsonb_build_array(o.requester_id, n.requester_id)); end if;
    if o.department_id is distinct from n.department_id then c := c || jsonb_build_object('department_id', jsonb_build_array(o.department_id, n.department_id)); end if;
    if o.is_team_assumed is distinct from n.is_team_assumed then c := c || jsonb_build_object('is_team_assumed', jsonb_build_array(o.is_team_assumed, n.is_team_assumed)); end if;
    if o.channel is distinct from n.channel then c := c || jsonb_build_object('channel', jsonb_build_array(o.channel, n.channel)); end if;
    if o.source_reassignment_count is distinct from n.source_reassignment_count then c := c || jsonb_build_object('source_reassignment_count', jsonb_build_array(o.source_reassignment_count, n.source_reassignment_count)); end if;
    if o.source_reopen_count is distinct from n.source_reopen_count then c := c || jsonb_build_object('source_reopen_count', jsonb_build_array(o.source_reopen_count, n.source_reopen_count)); end if;
    return c;
end $$;
comment on function fn.ticket_changes(ebb.ticket, ebb.ticket) is 'Journaled fields that differ, as {field: [old, new]}; columns are listed one by one because a generic comparison costs three times as much in bulk.';
grant execute on function fn.ticket_changes(ebb.ticket, ebb.ticket) to ebb_replay;

create or replace function fn.ticket_event_kind(o ebb.ticket, n ebb.ticket, p_actor_id int) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_assigned text;
begin
    v_assigned := case when n.assignee_id is not distinct from o.assignee_id then null
                       when n.assignee_id is null then 'unassigned'
                       when n.assignee_id = p_actor_id then 'taken' else 'assigned' end;
    if o.state <> n.state then
        return case n.state when 2 then case o.state when 1 then coalesce(v_assigned, 'activated') when 3 then 'resumed' else 'reopened' end
                            when 3 then 'waiting' when 4 then 'resolved' when 5 then 'closed' when 6 then 'cancelled' else 'merged' end;
    elsif o.transfer_id is distinct from n.transfer_id then
        if n.transfer_id is not null then
            return 'offered';
        end if;
        return (select t.transfer_status from ebb.transfer t where t.transfer_id = o.transfer_id);
    elsif v_assigned is not null then
        return v_assigned;
    elsif o.last_comment_id is distinct from n.last_comment_id then
        return 'commented';
    end if;
    return 'changed';
end $$;
comment on function fn.ticket_event_kind(ebb.ticket, ebb.ticket, int) is 'Name of the event that turned the old row into the new one; derived, so that nobody can claim another.';
