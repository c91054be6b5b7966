-- SPDX-License-Identifier: Apache-2.0
-- The courier's doors to the queue of mails, its housekeeping, and what ebbctl shows of it. At least once: a courier that dies
-- while a mail is under way leaves it to the next one.

create or replace function ctl.mail_take(p_limit int)
returns table (mail_id bigint, mail_kind text, address text, subject text, head text, path text, tail text, ticket_id bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off
as $$
declare
    m ebb.mail;
    v_why text;
    v_left int := p_limit;
begin
    for m in
        select * from ebb.mail w
         where w.done_at is null and w.given_up_at is null and w.next_at <= fn.now()
         order by w.next_at, w.mail_id limit p_limit * 10
           for update skip locked
    loop
        exit when v_left = 0;
        v_why := fn.mail_why_not(m);
        if v_why is not null then
            update ebb.mail w set given_up_at = fn.now(), last_error = v_why where w.mail_id = m.mail_id;
            continue;
        end if;
        -- The lease is longer than the courier lets a mail server take.
        update ebb.mail w set attempts = w.attempts + 1, next_at = fn.now() + interval '3 minutes' where w.mail_id = m.mail_id;
        mail_id := m.mail_id;
        mail_kind := m.mail_kind;
        ticket_id := m.ticket_id;
        begin
            select t.address, t.subject, t.head, t.path, t.tail into address, subject, head, path, tail from fn.mail_text(m) t;
        exception when others then
            -- One that cannot be put into words must not hold up the others.
            update ebb.mail w set given_up_at = fn.now(), last_error = left('It could not be written: ' || sqlerrm, 500) where w.mail_id = m.mail_id;
            continue;
        end;
        v_left := v_left - 1;
        return next;
    end loop;
end $$;
comment on function ctl.mail_take(int) is 'Mails that are due, oldest first, each with its words; what may not be sent any more is given up here. A mail comes again after three minutes unless it is marked done or failed.';
grant execute on function ctl.mail_take(int) to ebb_courier;

create or replace function ctl.mail_done(p_mail_id bigint) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.mail m set done_at = fn.now(), last_error = null where m.mail_id = p_mail_id and m.done_at is null;
end $$;
comment on function ctl.mail_done(bigint) is 'The mail server has taken it.';
grant execute on function ctl.mail_done(bigint) to ebb_courier;

create or replace function ctl.mail_fail(p_mail_id bigint, p_error text, p_is_final boolean) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.mail m
       set last_error = left(p_error, 500), given_up_at = case when p_is_final then fn.now() end,
           next_at = fn.now() + least(interval '1 hour', interval '15 seconds' * power(2, least(m.attempts - 1, 8)))
     where m.mail_id = p_mail_id and m.done_at is null;
end $$;
comment on function ctl.mail_fail(bigint, text, boolean) is 'Notes why a mail was not taken: for good, or it comes again after a growing pause, until it is too late for its kind.';
grant execute on function ctl.mail_fail(bigint, text, boolean) to ebb_courier;

create or replace function ctl.tick_mail() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int := 0;
    v_more int;
begin
    update ebb.mail m set given_up_at = fn.now(), last_error = fn.mail_why_not(m)
     where m.mail_id in (select w.mail_id from ebb.mail w
                          where w.done_at is null and w.given_up_at is null and w.next_at <= fn.now() and w.due_at < fn.now() - fn.mail_limit(w.mail_kind)
                          order by w.next_at limit 1000 for update skip locked);
    get diagnostics v_count = row_count;
    delete from ebb.mail m where m.mail_id in (select w.mail_id from ebb.mail w
        where (w.done_at is not null or w.given_up_at is not null)
          and coalesce(w.done_at, w.given_up_at) < fn.now() - case w.mail_kind when 'reset' then interval '1 day' else interval '7 days' end
        order by coalesce(w.done_at, w.given_up_at) limit 1000);
    get diagnostics v_more = row_count;
    v_count := v_count + v_more;
    delete from ebb.invitation i where i.invitation_id in (select x.invitation_id from ebb.invitation x where x.created_at < fn.now() - interval '30 days' order by x.created_at limit 1000);
    get diagnostics v_more = row_count;
    return v_count + v_more;
end $$;
comment on function ctl.tick_mail() is 'Tick: gives up mails that it is too late for, also where no mail server is configured; removes ended ones after seven days (resets, which hold a typed address, after one) and old invitations after thirty; returns how many rows.';
grant execute on function ctl.tick_mail() to ebb_clock;

create or replace function ctl.mail_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(json_agg(x), '[]') from (
        select m.mail_id, m.mail_kind, coalesce(m.address, r.email) as address, 'EBB-' || m.ticket_id as ticket_ref, m.created_at, m.next_at, m.attempts, m.done_at, m.given_up_at, m.last_error,
               case when m.done_at is not null then 'taken' when m.given_up_at is not null then 'given up'
                    when m.attempts = 0 then 'waits' else 'comes again' end as state
          from ebb.mail m
          left join ebb.person r on r.person_id = m.person_id
         where coalesce((p ->> 'all')::boolean, false) or (m.done_at is null and m.given_up_at is null)
         order by m.mail_id desc limit least(coalesce((p ->> 'limit')::int, 50), 1000)) x);
end $$;
comment on function ctl.mail_list(json) is 'Mails {all, limit}: those that wait, or all that are kept, newest first, with what became of them.';
grant execute on function ctl.mail_list(json) to ebb_ctl;
