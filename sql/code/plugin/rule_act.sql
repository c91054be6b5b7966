-- SPDX-License-Identifier: Apache-2.0
-- The actions that a plugin may ask for, one function each kind of change. They change columns; guards, journal, spans and clocks
-- are the triggers', the same as for people. A refusal is an exception with a sentence, and undoes that one action.

create or replace function fn.action_number(p_args jsonb, p_key text) returns int
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if p_args -> p_key is not null and p_args -> p_key <> 'null' and p_args ->> p_key !~ '^[0-9]{1,9}$' then
        perform fn.fail(422, '/args/' || p_key, format('%s must be a whole number.', p_key));
    end if;
    return (p_args ->> p_key)::int;
end $$;
comment on function fn.action_number(jsonb, text) is 'A number among an action''s arguments; NULL when it is not there.';

create or replace function fn.action_only(p_args jsonb, p_known text[]) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_key text;
begin
    for v_key in select k from jsonb_object_keys(p_args) k where k <> all (p_known) order by k loop
        perform fn.fail(422, '/args/' || v_key, format('This action knows no %s.', v_key), 'It takes ' || coalesce(nullif(array_to_string(p_known, ', '), ''), 'nothing') || '.');
    end loop;
end $$;
comment on function fn.action_only(jsonb, text[]) is 'Refuses arguments that an action does not know.';

create or replace function fn.action_set(p_ticket ebb.ticket, p_args jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.action_only(p_args, '{impact,urgency,service_id,request_type_id,subject}');
    update ebb.ticket t
       set impact = coalesce(fn.action_number(p_args, 'impact'), t.impact), urgency = coalesce(fn.action_number(p_args, 'urgency'), t.urgency),
           service_id = coalesce(fn.action_number(p_args, 'service_id'), t.service_id),
           request_type_id = coalesce(fn.action_number(p_args, 'request_type_id'), t.request_type_id), subject = coalesce(p_args ->> 'subject', t.subject)
     where t.ticket_id = p_ticket.ticket_id;
end $$;
comment on function fn.action_set(ebb.ticket, jsonb) is 'Action set: words, impact, urgency, service or request type of a ticket.';

create or replace function fn.action_assign(p_ticket ebb.ticket, p_args jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_assignee_id constant int := fn.action_number(p_args, 'assignee_id');
begin
    perform fn.action_only(p_args, '{assignee_id}');
    if p_ticket.state >= 4 then
        perform fn.fail(409, '/state', 'Only an open ticket can be assigned.');
    end if;
    update ebb.ticket t set assignee_id = v_assignee_id, state = case when t.state = 1 and v_assignee_id is not null then 2 else t.state end
     where t.ticket_id = p_ticket.ticket_id;
end $$;
comment on function fn.action_assign(ebb.ticket, jsonb) is 'Action assign: to a member of the accountable team, or back to its queue (null).';

create or replace function fn.action_comment(p_ticket ebb.ticket, p_args jsonb, p_is_internal boolean) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.action_only(p_args, '{text}');
    insert into ebb.comment (ticket_id, is_internal, body, department_id, is_from_desk, created_at)
    values (p_ticket.ticket_id, p_is_internal, fn.want_text(p_args::json, 'text'), p_ticket.department_id, false, fn.now());
end $$;
comment on function fn.action_comment(ebb.ticket, jsonb, boolean) is 'Actions note (internal) and reply (public). A reply by a plugin is no first response: that clock waits for a person.';

create or replace function fn.action_person(p_ticket ebb.ticket, p_to text) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return case p_to when 'assignee' then p_ticket.assignee_id when 'accountable' then p_ticket.accountable_person_id when 'requester' then p_ticket.requester_id
                     when 'lead' then (select m.lead_person_id from ebb.team m where m.team_id = p_ticket.team_id)
                     else (select p.person_id from ebb.person p
                            where p_to ~ '^[0-9]{1,9}$' and p.person_id = p_to::int and p.is_active and p.department_id = p_ticket.department_id) end;
end $$;
comment on function fn.action_person(ebb.ticket, text) is 'Person meant by assignee, accountable, requester, lead, or the number of an active person of the department; NULL when there is none.';

create or replace function fn.action_notify(p_ticket ebb.ticket, p_to text, p_text text, p_topic text) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.action_person(p_ticket, p_to);
begin
    if v_person_id is null then
        perform fn.fail(422, '/args/to', case when p_to = 'assignee' then 'Nobody works on the ticket.'
            else 'There is nobody to tell: to is assignee, accountable, lead, requester or the number of a person of the department.' end);
    end if;
    insert into ebb.outbox (department_id, topic, ticket_id, payload, created_at, next_at)
    values (p_ticket.department_id, p_topic, p_ticket.ticket_id, jsonb_build_object('ticket_id', p_ticket.ticket_id, 'person_id', v_person_id, 'text', p_text,
            'plugin_run_id', fn.plugin_run_current()), fn.now(), fn.now());
    return v_person_id;
end $$;
comment on function fn.action_notify(ebb.ticket, text, text, text) is 'Action notify: a message to a person, through the outbox; returns whom.';

create or replace function fn.action_escalate(p_ticket ebb.ticket, p_args jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    perform fn.action_only(p_args, '{to,reason}');
    if coalesce(p_args ->> 'to', '') not in ('lead', 'accountable') then
        perform fn.fail(422, '/args/to', 'A ticket is escalated to lead or accountable.');
    elsif p_ticket.state >= 4 then
        perform fn.fail(409, '/state', 'Only an open ticket is escalated.');
    end if;
    v_person_id := fn.action_notify(p_ticket, p_args ->> 'to', fn.want_text(p_args::json, 'reason'), 'escalation');
    perform fn.ticket_note(p_ticket.ticket_id, 'escalated', jsonb_build_object('escalated_to', jsonb_build_array(null, v_person_id), 'reason', jsonb_build_array(null, p_args ->> 'reason')));
end $$;
comment on function fn.action_escalate(ebb.ticket, jsonb) is 'Action escalate: tells the team lead or the accountable person, and stands in the journal. Responsibility does not move by it.';

create or replace function fn.action_transfer(p_ticket ebb.ticket, p_args jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.action_only(p_args, '{to_team_id,reason}');
    insert into ebb.transfer (ticket_id, to_team_id, reason, department_id, transfer_status, from_team_id, offered_at, hop_position)
    values (p_ticket.ticket_id, fn.action_number(p_args, 'to_team_id'), fn.want_text(p_args::json, 'reason'), p_ticket.department_id, 'offered', p_ticket.team_id, fn.now(), 1);
end $$;
comment on function fn.action_transfer(ebb.ticket, jsonb) is 'Action transfer: offers the ticket to another team; people accept it or send it back.';

create or replace function fn.action_state(p_ticket ebb.ticket, p_kind text, p_args jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    case p_kind
    when 'wait' then
        perform fn.action_only(p_args, '{waiting_reason,waiting_until,note}');
        update ebb.ticket t set state = 3, waiting_reason = p_args ->> 'waiting_reason', waiting_until = (p_args ->> 'waiting_until')::timestamptz, state_note = p_args ->> 'note'
         where t.ticket_id = p_ticket.ticket_id;
    when 'resume' then
        perform fn.action_only(p_args, '{}');
        if p_ticket.state <> 3 then
            perform fn.fail(409, '/state', 'The ticket is not waiting.');
        end if;
        update ebb.ticket t set state = 2, state_note = null where t.ticket_id = p_ticket.ticket_id;
    when 'resolve' then
        perform fn.action_only(p_args, '{resolution}');
        update ebb.ticket t set state = 4, state_note = fn.want_text(p_args::json, 'resolution') where t.ticket_id = p_ticket.ticket_id;
    when 'reopen' then
        perform fn.action_only(p_args, '{reason}');
        if p_ticket.state <> 4 then
            perform fn.fail(409, '/state', 'Only a resolved ticket can be reopened.');
        end if;
        update ebb.ticket t set state = 2, state_note = fn.want_text(p_args::json, 'reason') where t.ticket_id = p_ticket.ticket_id;
    when 'cancel' then
        perform fn.action_only(p_args, '{reason}');
        update ebb.ticket t set state = 6, state_note = fn.want_text(p_args::json, 'reason') where t.ticket_id = p_ticket.ticket_id;
    end case;
end $$;
comment on function fn.action_state(ebb.ticket, text, jsonb) is 'Actions wait, resume, resolve, reopen and cancel.';

create or replace function fn.action_do(p_ticket_id bigint, p_kind text, p_args jsonb) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_after ebb.ticket;
begin
    select * into v_ticket from ebb.ticket t where t.ticket_id = p_ticket_id for no key update;
    -- A confidential ticket is no plugin's: it is not told of one, and what it guesses is not there.
    if v_ticket.ticket_id is null or v_ticket.is_confidential then
        perform fn.fail(422, '/args/ticket_id', 'A tick has no ticket of its own: name one of the department as ticket_id among the arguments.');
    end if;
    case p_kind
    when 'set' then perform fn.action_set(v_ticket, p_args);
    when 'assign' then perform fn.action_assign(v_ticket, p_args);
    when 'note' then perform fn.action_comment(v_ticket, p_args, true);
    when 'reply' then perform fn.action_comment(v_ticket, p_args, false);
    when 'notify' then
        perform fn.action_only(p_args, '{to,text}');
        perform fn.action_notify(v_ticket, p_args ->> 'to', fn.want_text(p_args::json, 'text'), 'notice');
    when 'escalate' then perform fn.action_escalate(v_ticket, p_args);
    when 'transfer' then perform fn.action_transfer(v_ticket, p_args);
    when 'wait', 'resume', 'resolve', 'reopen', 'cancel' then perform fn.action_state(v_ticket, p_kind, p_args);
    when 'webhook' then perform fn.fail(422, '/action', 'There is no channel for webhooks yet.');
    else perform fn.fail(422, '/action', format('There is no action %s.', p_kind), 'set, assign, note, reply, notify, escalate, transfer, wait, resume, resolve, reopen, cancel.');
    end case;
    select * into v_after from ebb.ticket t where t.ticket_id = p_ticket_id;
    return (select count(*) from jsonb_object_keys(fn.ticket_changes(v_ticket, v_after)));
end $$;
comment on function fn.action_do(bigint, text, jsonb) is 'Does one action of a plugin to a ticket, by the desk''s own rules; returns how many of its fields changed. Raises when a rule refuses.';
