-- SPDX-License-Identifier: Apache-2.0
-- The transfer contract: a reason, an answer within a limit, responsibility with the giver until then; a return to a former
-- holder or a hop over the budget waits for the service owner. Every path locks the ticket before the transfer.

create or replace function fn.transfer_before_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_service ebb.service;
begin
    select * into v_ticket from ebb.ticket t where t.ticket_id = new.ticket_id for no key update;
    select * into v_service from ebb.service s where s.service_id = v_ticket.service_id;
    if v_ticket.state >= 4 then
        perform fn.fail(409, null, 'Only an open ticket can be transferred.');
    elsif v_ticket.transfer_id is not null then
        perform fn.fail(409, '/to_team_id', 'The ticket is already on offer to another team.', 'Wait for the answer, or withdraw the offer.');
    elsif new.to_team_id = v_ticket.team_id then
        perform fn.fail(422, '/to_team_id', 'The ticket is with this team already.');
    elsif not exists (select from ebb.team t where t.team_id = new.to_team_id and t.is_active and t.department_id = v_ticket.department_id) then
        perform fn.fail(422, '/to_team_id', 'There is no such active team in the ticket''s department.');
    end if;
    new.version := 1;
    new.department_id := v_ticket.department_id;
    new.from_team_id := v_ticket.team_id;
    new.offered_by := fn.person();
    new.offered_at := greatest(fn.now(), v_ticket.last_event_at);
    new.answer_due_at := new.offered_at + make_interval(secs => v_service.transfer_limit_s);
    new.hop_position := v_ticket.handoff_count + 1;
    new.is_return := exists (select from ebb.ticket_span s where s.ticket_id = new.ticket_id and s.team_id = new.to_team_id);
    new.decision_reason := case when new.is_return then 'The team has already held this ticket: the service owner decides whether it goes back.'
                                when new.hop_position > v_service.hop_budget
                                then format('This would be hand-over %s; the service allows %s without the owner''s decision.', new.hop_position, v_service.hop_budget) end;
    new.transfer_status := case when new.decision_reason is null then 'offered' else 'proposed' end;
    new.answered_by := null;
    new.answered_at := null;
    new.answer_note := null;
    return new;
end $$;
comment on function fn.transfer_before_insert() is 'Trigger: completes an offer from the ticket''s own facts, and turns it into a proposal where the service owner must decide.';

create or replace function fn.transfer_after_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.ticket t set transfer_id = new.transfer_id where t.ticket_id = new.ticket_id;
    return null;
end $$;
comment on function fn.transfer_after_insert() is 'Trigger: the ticket shows that it is on offer; its time now counts as transfer.';

create or replace function fn.transfer_may_answer(p_transfer ebb.transfer, p_status text, p_person_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return coalesce(case
        when p_status = 'expired' then p_person_id is null
        when p_person_id is null then false
        when fn.has_right('transfer.decide', p_transfer.department_id) then true
        when p_transfer.transfer_status = 'proposed' and p_status = 'accepted' then exists (
            select from ebb.ticket t join ebb.service s on s.service_id = t.service_id
             where t.ticket_id = p_transfer.ticket_id and p_person_id in (s.accountable_person_id, t.accountable_person_id))
        -- Whoever may end the ticket withdraws what is on offer with it.
        when p_status = 'withdrawn' then fn.has_right('ticket.work', p_transfer.department_id) or exists (
            select from ebb.ticket t where t.ticket_id = p_transfer.ticket_id and t.requester_id = p_person_id)
        else exists (select from ebb.membership m where m.team_id = p_transfer.to_team_id and m.person_id = p_person_id and m.is_active)
    end, false);
end $$;
comment on function fn.transfer_may_answer(ebb.transfer, text, int) is 'Who may answer an offer: the receiver accepts or returns, the desk withdraws, the service owner decides a proposal; an administrator of the department may do all, and without a person an offer can only expire.';

create or replace function fn.transfer_before_update() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person();
begin
    if old.transfer_status not in ('offered', 'proposed') then
        perform fn.fail(409, null, format('This transfer has been answered already: %s.', old.transfer_status));
    elsif new.transfer_status in ('offered', 'proposed') then
        perform fn.fail(409, null, 'A transfer is accepted, returned or withdrawn; nothing else changes it.');
    elsif not fn.transfer_may_answer(old, new.transfer_status, v_person_id) then
        perform fn.fail(403, null,
            case when old.transfer_status = 'proposed' and new.transfer_status = 'accepted' then old.decision_reason
                 when new.transfer_status = 'withdrawn' then 'Only the desk that offered it can withdraw it.'
                 else 'Only a member of the receiving team can answer this transfer.' end,
            'Ask the service owner, a member of that team or an administrator of the department.');
    elsif new.transfer_status = 'returned' and coalesce(new.answer_note, '') ~ '^\s*$' then
        perform fn.fail(422, '/reason', 'Say why the ticket goes back.');
    end if;
    new.version := old.version + 1;
    new.answered_by := v_person_id;
    new.answered_at := greatest(fn.now(), old.offered_at);
    return new;
end $$;
comment on function fn.transfer_before_update() is 'Trigger: an offer is answered once, by somebody who may.';

create or replace function fn.transfer_after_update() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if new.transfer_status = 'accepted' then
        update ebb.ticket t set transfer_id = null, team_id = new.to_team_id, assignee_id = null where t.ticket_id = new.ticket_id;
    else
        update ebb.ticket t set transfer_id = null where t.ticket_id = new.ticket_id;
    end if;
    return null;
end $$;
comment on function fn.transfer_after_update() is 'Trigger: responsibility moves with the acceptance, and only then; the receiver''s team takes it from its queue.';

drop trigger if exists transfer_before_insert on ebb.transfer;
create trigger transfer_before_insert before insert on ebb.transfer for each row when (current_user <> 'ebb_replay') execute function fn.transfer_before_insert();
drop trigger if exists transfer_after_insert on ebb.transfer;
create trigger transfer_after_insert after insert on ebb.transfer for each row when (current_user <> 'ebb_replay') execute function fn.transfer_after_insert();
drop trigger if exists transfer_before_update on ebb.transfer;
create trigger transfer_before_update before update on ebb.transfer for each row when (current_user <> 'ebb_replay') execute function fn.transfer_before_update();
drop trigger if exists transfer_after_update on ebb.transfer;
create trigger transfer_after_update after update on ebb.transfer for each row when (current_user <> 'ebb_replay') execute function fn.transfer_after_update();
