-- SPDX-License-Identifier: Apache-2.0
-- The courier's doors: take, done, fail. At least once, in order per ticket: while an older row of a ticket waits, its newer ones do.

create or replace function ctl.outbox_take(p_limit int)
returns table (outbox_id bigint, topic text, ticket_id bigint, payload text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        with due as (
            select o.outbox_id from ebb.outbox o
             where o.done_at is null and o.next_at <= fn.now()
               and not exists (select from ebb.outbox w where w.ticket_id = o.ticket_id and w.outbox_id < o.outbox_id and w.done_at is null and w.next_at > fn.now())
             order by o.next_at, o.outbox_id limit p_limit
               for update skip locked
        ), taken as (
            update ebb.outbox o set attempts = o.attempts + 1, next_at = fn.now() + least(interval '1 hour', interval '15 seconds' * power(2, least(o.attempts, 8)))
              from due where o.outbox_id = due.outbox_id
         returning o.outbox_id, o.topic, o.ticket_id, o.payload::text as payload
        )
        select * from taken t order by t.outbox_id;
end $$;
comment on function ctl.outbox_take(int) is 'Outbox rows that are due, oldest first; each comes again after a growing pause unless it is marked done.';
grant execute on function ctl.outbox_take(int) to ebb_courier;

create or replace function ctl.outbox_done(p_outbox_ids bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    -- In the same transaction: what is meant for a person becomes a mail exactly once.
    perform fn.mail_offer(p_outbox_ids);
    update ebb.outbox o set done_at = fn.now(), last_error = null where o.outbox_id = any (p_outbox_ids) and o.done_at is null;
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function ctl.outbox_done(bigint[]) is 'Marks rows delivered, and puts those that are meant for a person into the queue of mails; returns how many.';
grant execute on function ctl.outbox_done(bigint[]) to ebb_courier;

create or replace function ctl.outbox_fail(p_outbox_id bigint, p_error text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.outbox o set last_error = left(p_error, 500) where o.outbox_id = p_outbox_id;
end $$;
comment on function ctl.outbox_fail(bigint, text) is 'Notes why a delivery failed; the row comes again.';
grant execute on function ctl.outbox_fail(bigint, text) to ebb_courier;
