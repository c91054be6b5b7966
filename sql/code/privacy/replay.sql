-- SPDX-License-Identifier: Apache-2.0
-- Texts of tickets and hand-overs, erased without an event: the desk's triggers do not fire for ebb_replay.

create or replace function ctl.erase_ticket_texts(p_tickets bigint[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count bigint;
begin
    update ebb.ticket t set subject = '[erased]', description = case when t.description = '' then '' else '[erased]' end, state_note = case when t.state_note is not null and t.state_note <> '' then '[erased]' else t.state_note end
     where t.ticket_id = any (p_tickets);
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function ctl.erase_ticket_texts(bigint[]) is 'Replaces subject, description and note of these tickets, as fn.erased_changes() does in their journal. For fn.erase_texts() alone.';
grant execute on function ctl.erase_ticket_texts(bigint[]) to ebb_owner;

create or replace function ctl.erase_transfer_texts(p_tickets bigint[], p_person_id int) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count bigint;
begin
    update ebb.transfer x
       set reason = case when x.offered_by = p_person_id or x.ticket_id = any (p_tickets) then '[erased]' else x.reason end,
           answer_note = case when (x.answered_by = p_person_id or x.ticket_id = any (p_tickets)) and x.answer_note <> '' then '[erased]' else x.answer_note end
     where x.ticket_id = any (p_tickets) or x.offered_by = p_person_id or x.answered_by = p_person_id;
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function ctl.erase_transfer_texts(bigint[], int) is 'Replaces what was written in hand-overs of these tickets, or by this person. For erasures alone.';
grant execute on function ctl.erase_transfer_texts(bigint[], int) to ebb_owner;
