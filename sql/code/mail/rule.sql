-- SPDX-License-Identifier: Apache-2.0
-- Which mails there are, to whom they may go, and what they say. A mail names a ticket by its reference and never by its subject;
-- it names no person, because a name could hold a link that mail programs would make live.

create or replace function fn.mail_offer(p_outbox_ids bigint[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    insert into ebb.mail (mail_kind, department_id, person_id, ticket_id, outbox_id, facts, created_at, due_at, next_at)
    select o.topic, o.department_id, (o.payload ->> 'person_id')::int, (o.payload ->> 'ticket_id')::bigint, o.outbox_id,
           o.payload - array['person_id', 'ticket_id'], o.created_at, greatest(o.created_at, fn.now()), fn.now()
      from ebb.outbox o
     where o.outbox_id = any (p_outbox_ids) and o.topic in ('notice', 'escalation') and o.payload ->> 'person_id' is not null
     order by o.outbox_id
        on conflict (outbox_id) do nothing;
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function fn.mail_offer(bigint[]) is 'Puts messages of the outbox that are meant for a person into the queue of mails; again is no more than once. Returns how many are new.';

create or replace function fn.mail_limit(p_kind text) returns interval
language sql immutable
return case p_kind when 'reset' then interval '1 hour' when 'invite' then interval '1 day' else interval '3 days' end;
comment on function fn.mail_limit(text) is 'How long a mail of this kind is worth sending after it was due.';

create or replace function fn.mail_person(m ebb.mail) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if m.mail_kind = 'reset' then
        return (select p.person_id from ebb.person p join ebb.password w on w.person_id = p.person_id
                 where p.email = m.address and p.is_active and p.email_verified_at is not null);
    elsif m.mail_kind = 'invite' then
        return (select p.person_id from ebb.person p where p.person_id = m.person_id and p.is_active and p.email = m.address);
    elsif m.ticket_id is not null and not fn.person_sees(m.person_id, m.ticket_id) then
        return null;
    end if;
    return (select p.person_id from ebb.person p where p.person_id = m.person_id and p.is_active and p.email is not null);
end $$;
comment on function fn.mail_person(ebb.mail) is 'Who gets the mail at this moment; NULL when nobody may: no such active person with this (proved) address, or a ticket that is not theirs to see.';

create or replace function fn.mail_why_not(m ebb.mail) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if m.due_at < fn.now() - fn.mail_limit(m.mail_kind) then
        return coalesce('Too late by now. Before: ' || m.last_error, 'Too late by now.');
    elsif fn.mail_person(m) is null then
        return case m.mail_kind when 'reset' then 'Nobody with a pass-phrase has proved this address.'
                                when 'invite' then 'The person was disabled or has another address by now.'
                                else 'The person is not active, has no address, or may not see the ticket.' end;
    elsif m.mail_kind = 'escalation' and m.facts ? 'target_code' and exists (select from ebb.ticket t where t.ticket_id = m.ticket_id and t.state >= 4) then
        return 'The ticket is no longer open.';
    end if;
    return null;
end $$;
comment on function fn.mail_why_not(ebb.mail) is 'Why a mail is not sent, for the administrator; NULL when it is.';

create or replace function fn.mail_instant(p_at timestamptz, p_zone text) returns text
language sql stable
return to_char(p_at at time zone p_zone, 'YYYY-MM-DD HH24:MI') || ' (' || p_zone || ')';
comment on function fn.mail_instant(timestamptz, text) is 'An instant as the recipient''s clock shows it.';

create or replace function fn.mail_escalation(m ebb.mail, p_ref text, p_zone text, out subject text, out head text)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_due_at constant timestamptz := (m.facts ->> 'due_at')::timestamptz;
begin
    if m.facts ->> 'target_code' is null then
        subject := p_ref || ': escalated to you';
        head := format(E'Ticket %s was escalated to you.\n\n%s\n\n', p_ref, m.facts ->> 'text');
        return;
    end if;
    subject := format('%s: %s %s %s', p_ref, m.facts ->> 'target_code', case when v_due_at < fn.now() then 'was due' else 'is due' end, fn.mail_instant(v_due_at, p_zone));
    head := format(E'Ticket %s: its target "%s" %s at %s.\n\nThe service level says that you are told now.\n\n', p_ref, m.facts ->> 'target_code',
                   case when v_due_at < fn.now() then 'was due' else 'is due' end, fn.mail_instant(v_due_at, p_zone));
end $$;
comment on function fn.mail_escalation(ebb.mail, text, text) is 'Subject and beginning of the mail about a step of escalation, or about a plugin''s own escalation.';

create or replace function fn.mail_text(m ebb.mail, out address text, out subject text, out head text, out path text, out tail text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_zone text;
    v_ref text;
begin
    select p.email, p.time_zone_name into address, v_zone from ebb.person p where p.person_id = fn.mail_person(m);
    v_ref := 'EBB-' || m.ticket_id;
    path := case when m.mail_kind in ('invite', 'reset') then '/redeem/#' when m.ticket_id is not null then '/?ticket=' || m.ticket_id else '' end;
    tail := E'\n\nThis mail was sent by the service desk itself; nobody reads answers to it.\n';
    if m.mail_kind = 'invite' then
        subject := 'Your account at the service desk';
        head := E'You have been invited to the service desk. Choose your pass-phrase here:\n\n';
        tail := E'\n\nThe link works once and for an hour. If you did not expect it, leave it alone; it then ends by itself.\n' || substr(tail, 2);
    elsif m.mail_kind = 'reset' then
        subject := 'A new pass-phrase for the service desk';
        head := E'Somebody, we hope you, has forgotten the pass-phrase for this address at the service desk. Choose a new one here:\n\n';
        tail := E'\n\nThe link works once and for an hour. If it was not you, leave it alone: your pass-phrase stays as it is.\n' || substr(tail, 2);
    elsif m.mail_kind = 'escalation' then
        select e.subject, e.head into subject, head from fn.mail_escalation(m, v_ref, v_zone) e;
    else
        subject := v_ref || ': a notice';
        head := format(E'About ticket %s:\n\n%s\n\n', v_ref, m.facts ->> 'text');
    end if;
end $$;
comment on function fn.mail_text(ebb.mail) is 'What a mail says: subject, text before the link, the link''s path (the courier adds the desk''s address before it, and for invite and reset the secret behind it), text after it.';
