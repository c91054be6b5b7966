-- SPDX-License-Identifier: Apache-2.0
-- Guards of a change: each refuses with a sentence, whoever asks, the API or somebody with the web role's SQL.

create or replace function fn.ticket_guard_state(o ebb.ticket, n ebb.ticket, p_at timestamptz) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if o.state = n.state then
        return;
    end if;
    if not exists (select from ebb.state_transition s where s.from_state = o.state and s.to_state = n.state) then
        perform fn.fail(409, '/state', format('A ticket that is %s cannot become %s.',
            (select s.state_code from ebb.state s where s.state = o.state), (select s.state_code from ebb.state s where s.state = n.state)),
            case when o.state >= 5 then 'Open a new ticket and refer to this one.' end);
    end if;
    if n.state in (4, 6) and coalesce(n.state_note, '') ~ '^\s*$' then
        perform fn.fail(422, case n.state when 4 then '/resolution' else '/reason' end, 'Say how it was resolved, or why it is cancelled.');
    end if;
    if n.state >= 4 and n.transfer_id is not null then
        perform fn.fail(409, '/transfer_id', 'The ticket is on offer to another team.', 'Withdraw the offer first.');
    end if;
end $$;
comment on function fn.ticket_guard_state(ebb.ticket, ebb.ticket, timestamptz) is 'Refuses a change of state that ebb.state_transition does not list, and an end without a word.';

create or replace function fn.ticket_guard_waiting(o ebb.ticket, n ebb.ticket, p_at timestamptz) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if n.state <> 3 or (n.waiting_reason, n.waiting_until) is not distinct from (o.waiting_reason, o.waiting_until) then
        return;
    end if;
    if n.waiting_reason is null or not exists (select from ebb.waiting_reason w where w.waiting_reason = n.waiting_reason) then
        perform fn.fail(422, '/waiting_reason', 'Waiting needs a reason: requester, supplier, approval or scheduled.');
    end if;
    if n.waiting_until is null or n.waiting_until <= p_at then
        perform fn.fail(422, '/waiting_until', 'Waiting needs a date in the future at which somebody looks again.');
    end if;
    if n.waiting_until > p_at + interval '1 year' then
        perform fn.fail(422, '/waiting_until', 'A ticket may wait for a year at most.', 'Choose an earlier date, or decline the demand.');
    end if;
end $$;
comment on function fn.ticket_guard_waiting(ebb.ticket, ebb.ticket, timestamptz) is 'Refuses to let a ticket wait without a known reason and a date within a year.';

create or replace function fn.ticket_guard_owner(o ebb.ticket, n ebb.ticket) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp
as $$
begin
    if n.team_id <> o.team_id and not exists (
            select from ebb.transfer t
             where t.transfer_id = o.transfer_id and n.transfer_id is null
               and t.ticket_id = n.ticket_id and t.transfer_status = 'accepted' and t.to_team_id = n.team_id) then
        perform fn.fail(409, '/team_id', 'A ticket changes its team only by a transfer that the other team accepts.', 'Offer a transfer.');
    end if;
    -- Whoever is being disabled just now keeps this waiting, and then is no longer active.
    if n.assignee_id is not null and (n.assignee_id, n.team_id) is distinct from (o.assignee_id, o.team_id) and not exists (
            select from ebb.membership m join ebb.person p on p.person_id = m.person_id
             where m.team_id = n.team_id and m.person_id = n.assignee_id and m.is_active and p.is_active for key share of p) then
        perform fn.fail(422, '/assignee_id', 'The assignee must be an active member of the accountable team.', 'Choose a member of the team, or transfer the ticket first.');
    end if;
    if n.accountable_person_id is distinct from o.accountable_person_id and not exists (
            select from ebb.person p where p.person_id = n.accountable_person_id and p.is_active and p.department_id = n.department_id for key share) then
        perform fn.fail(422, '/accountable_person_id', 'The accountable person must be an active person of the department.');
    end if;
    if n.transfer_id is distinct from o.transfer_id and n.transfer_id is not null and not exists (
            select from ebb.transfer t where t.transfer_id = n.transfer_id and t.ticket_id = n.ticket_id and t.transfer_status in ('offered', 'proposed')) then
        perform fn.fail(409, '/transfer_id', 'There is no such offer for this ticket.');
    end if;
    if n.transfer_id is null and o.transfer_id is not null and exists (
            select from ebb.transfer t where t.transfer_id = o.transfer_id and t.transfer_status in ('offered', 'proposed')) then
        perform fn.fail(409, '/transfer_id', 'The offer has not been answered yet.', 'Accept, return or withdraw it.');
    end if;
end $$;
comment on function fn.ticket_guard_owner(ebb.ticket, ebb.ticket) is 'Keeps the chain of responsibility: team only by accepted transfer, assignee only from the team, an accountable person always.';

create or replace function fn.accountable_of(p_person_id int, p_team_id int, p_is_confidential boolean) returns int
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if p_is_confidential and not exists (select from ebb.membership m where m.team_id = p_team_id and m.person_id = p_person_id and m.is_active) then
        return (select m.lead_person_id from ebb.team m where m.team_id = p_team_id);
    end if;
    return p_person_id;
end $$;
comment on function fn.accountable_of(int, int, boolean) is 'Who answers for a ticket: the service''s accountable person; for a confidential one, which only its team sees, the team''s lead unless that person works in the team.';

create or replace function fn.service_serves(p_service ebb.service, p_requester_id int) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.service_department x join ebb.person p on p.department_id = x.department_id where x.service_id = p_service.service_id and p.person_id = p_requester_id)
        -- Who works there may open one for anybody; what has no person behind it follows a rule of the desk.
        or fn.person() is null or fn.has_right('ticket.work', p_service.department_id);
end $$;
comment on function fn.service_serves(ebb.service, int) is 'True when a ticket for this requester may be opened with the service: it serves the requester''s department, or whoever opens it works there.';

create or replace function fn.ticket_guard_confidential(n ebb.ticket) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if n.is_confidential and n.requester_id <> fn.person() and n.team_id <> all (fn.teams('ebb_api')) then
        perform fn.fail(403, '/request_type_id', 'A confidential ticket is opened by whoever asks, or by a member of its team.', 'Let the requester open it, or ask somebody of the team.');
    end if;
end $$;
comment on function fn.ticket_guard_confidential(ebb.ticket) is 'Refuses to open a confidential ticket for somebody else from outside its team: the opener would not see it.';

create or replace function fn.ticket_derive_service(o ebb.ticket, n ebb.ticket, p_at timestamptz) returns ebb.ticket
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_service ebb.service;
    v_priority record;
begin
    if n.service_id <> o.service_id then
        select * into v_service from ebb.service s where s.service_id = n.service_id and s.is_active and s.department_id = o.department_id;
        if not found then
            perform fn.fail(422, '/service_id', 'There is no such active service in the ticket''s department.');
        end if;
        n.accountable_person_id := v_service.accountable_person_id;
    end if;
    if n.request_type_id <> o.request_type_id then
        select r.is_confidential into n.is_confidential from ebb.request_type r where r.request_type_id = n.request_type_id and r.is_active and r.department_id = o.department_id;
        if not found then
            perform fn.fail(422, '/request_type_id', 'There is no such active request type in the ticket''s department.');
        end if;
    end if;
    if n.is_confidential and (n.service_id, n.team_id, o.is_confidential) is distinct from (o.service_id, o.team_id, n.is_confidential) then
        n.accountable_person_id := fn.accountable_of(n.accountable_person_id, n.team_id, true);
    end if;
    if (n.impact, n.urgency) is distinct from (o.impact, o.urgency) then
        v_priority := fn.priority_of(o.department_id, n.impact, n.urgency, p_at);
        n.priority := v_priority.priority;
        n.matrix_version_id := v_priority.matrix_version_id;
    end if;
    if (n.service_id, n.request_type_id, n.impact, n.urgency, n.priority, n.requester_id) is distinct from (o.service_id, o.request_type_id, o.impact, o.urgency, o.priority, o.requester_id) then
        n.sla_policy_version_id := fn.sla_policy_of(n);
    end if;
    return n;
end $$;
comment on function fn.ticket_derive_service(ebb.ticket, ebb.ticket, timestamptz) is 'What follows from service, impact and urgency: the accountable person, the priority by the matrix, and the policy.';
