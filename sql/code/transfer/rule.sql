-- SPDX-License-Identifier: Apache-2.0
-- What other nouns need of transfers.

create or replace function fn.transfer_withdraw_open(p_ticket_id bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.transfer t set transfer_status = 'withdrawn', answer_note = 'The ticket ended while it was on offer.'
     where t.ticket_id = p_ticket_id and t.transfer_status in ('offered', 'proposed');
end $$;
comment on function fn.transfer_withdraw_open(bigint) is 'Withdraws the open offer of a ticket that the caller has locked.';
grant execute on function fn.transfer_withdraw_open(bigint) to ebb_api;

create or replace function fn.transfer_lock(p_args json) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_transfer record;
begin
    select t.transfer_id, t.ticket_id, t.version into v_transfer from ebb.transfer t where t.transfer_id = (p_args ->> 'transfer_id')::bigint;
    if v_transfer.transfer_id is null then
        perform fn.fail(404, '/transfer_id', 'There is no such transfer, or you may not see it.');
    end if;
    -- The ticket first, as everywhere, so that two people cannot wait for each other.
    perform from ebb.ticket k where k.ticket_id = v_transfer.ticket_id for no key update;
    select t.version into v_transfer.version from ebb.transfer t where t.transfer_id = v_transfer.transfer_id;
    if (p_args ->> 'if_match')::int <> v_transfer.version then
        perform fn.fail(412, null, format('The transfer has changed since you read it: it is at version %s.', v_transfer.version), 'Read it again.');
    end if;
    return v_transfer.transfer_id;
end $$;
comment on function fn.transfer_lock(json) is 'Locks the ticket of the transfer named in the arguments, then the transfer can be answered; 404 unseen, 412 when If-Match names another version.';
grant execute on function fn.transfer_lock(json) to ebb_api;
