-- SPDX-License-Identifier: Apache-2.0
-- Changes of state: wait, resume, resolve, reopen, close, cancel.

create or replace function api.ticket_wait(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'desk');
    update ebb.ticket t set state = 3, waiting_reason = p_args ->> 'waiting_reason', waiting_until = (p_args ->> 'waiting_until')::timestamptz, state_note = p_args ->> 'note'
     where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_wait(json) is 'Lets a ticket wait for a reason and until a date; on that date it is active again by itself.';
grant execute on function api.ticket_wait(json) to ebb_app;

create or replace function api.ticket_resume(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'desk');
    if v_ticket.state <> 3 then
        perform fn.fail(409, '/state', 'The ticket is not waiting.');
    end if;
    update ebb.ticket t set state = 2, state_note = null where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_resume(json) is 'Ends the waiting of a ticket.';
grant execute on function api.ticket_resume(json) to ebb_app;

create or replace function api.ticket_resolve(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_person_id int;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'desk');
    v_person_id := fn.person();
    perform fn.transfer_withdraw_open(v_ticket.ticket_id);
    update ebb.ticket t
       set state = 4, state_note = fn.want_text(p_args, 'resolution'),
           assignee_id = coalesce(t.assignee_id, (select m.person_id from ebb.membership m where m.team_id = t.team_id and m.person_id = v_person_id and m.is_active))
     where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_resolve(json) is 'Resolves a ticket with a word on how; an open offer to another team is withdrawn first, and who resolves an unassigned ticket of their team is its assignee.';
grant execute on function api.ticket_resolve(json) to ebb_app;

create or replace function api.ticket_reopen(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'own');
    if v_ticket.state <> 4 then
        perform fn.fail(409, '/state', 'Only a resolved ticket can be reopened.', case when v_ticket.state >= 5 then 'Open a new ticket and refer to this one.' end);
    end if;
    update ebb.ticket t set state = 2, state_note = fn.want_text(p_args, 'reason') where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_reopen(json) is 'Reopens a resolved ticket, by the desk or its requester; a closed one stays closed.';
grant execute on function api.ticket_reopen(json) to ebb_app;

create or replace function api.ticket_close(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'own');
    if v_ticket.state <> 4 then
        perform fn.fail(409, '/state', 'Only a resolved ticket can be closed.', 'Resolve it with a word on how, or cancel it.');
    end if;
    update ebb.ticket t set state = 5 where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_close(json) is 'Closes a resolved ticket, by the desk or its requester.';
grant execute on function api.ticket_close(json) to ebb_app;

create or replace function api.ticket_cancel(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'own');
    if v_ticket.state < 4 then
        perform fn.transfer_withdraw_open(v_ticket.ticket_id);
    end if;
    update ebb.ticket t set state = 6, state_note = fn.want_text(p_args, 'reason') where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_cancel(json) is 'Cancels an open ticket with a reason, by the desk or its requester.';
grant execute on function api.ticket_cancel(json) to ebb_app;
