-- SPDX-License-Identifier: Apache-2.0
-- A comment says who wrote it by the presented token, and moves its ticket: first answer, end of waiting.

create or replace function fn.comment_before_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_actor record;
begin
    select * into v_ticket from ebb.ticket t where t.ticket_id = new.ticket_id for no key update;
    if v_ticket.state >= 5 then
        perform fn.fail(409, null, 'The ticket has ended and takes no more comments.', 'Open a new ticket and refer to this one.');
    end if;
    v_actor := fn.actor(v_ticket.department_id);
    new.department_id := v_ticket.department_id;
    new.author_id := v_actor.person_id;
    new.plugin_run_id := v_actor.plugin_run_id;
    new.is_from_desk := v_actor.actor_kind = 'agent' and v_actor.person_id <> v_ticket.requester_id;
    new.created_at := greatest(fn.now(), v_ticket.last_event_at);
    return new;
end $$;
comment on function fn.comment_before_insert() is 'Trigger: author, side and instant of a comment, none of them taken from the caller.';

create or replace function fn.comment_after_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.ticket t
       set last_comment_id = new.comment_id,
           first_response_at = coalesce(t.first_response_at, case when new.is_from_desk and not new.is_internal then new.created_at end),
           state = case when t.state = 3 and t.waiting_reason = 'requester' and new.author_id = t.requester_id then 2 else t.state end
     where t.ticket_id = new.ticket_id;
    return null;
end $$;
comment on function fn.comment_after_insert() is 'Trigger: the first public answer of the desk stops the response clock; the requester''s answer ends the wait for it.';

drop trigger if exists comment_before_insert on ebb.comment;
create trigger comment_before_insert before insert on ebb.comment for each row when (current_user <> 'ebb_replay') execute function fn.comment_before_insert();
drop trigger if exists comment_after_insert on ebb.comment;
create trigger comment_after_insert after insert on ebb.comment for each row when (current_user <> 'ebb_replay') execute function fn.comment_after_insert();
