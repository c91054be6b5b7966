-- SPDX-License-Identifier: Apache-2.0
-- Links that set a pass-phrase: asked for by an administrator (invite) or by somebody who forgot theirs (reset).

-- A plan that was made while the queue was short would walk all of it later on: always by the index, newest first.
create or replace function fn.reset_ask(p_email text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off set enable_bitmapscan = off
as $$
declare
    v_address constant text := lower(btrim(p_email));
    v_now timestamptz;
    v_window_at timestamptz;
    v_kept int;
begin
    -- Whether there is such a person is not looked at here: all addresses cost the same, and only the courier finds out. Also one request
    -- too many writes its row, so that its answer takes no less time.
    perform pg_advisory_xact_lock(7320, hashtext(v_address));
    v_now := fn.now();
    select (m.facts ->> 'window_at')::timestamptz, (m.facts ->> 'kept')::int into v_window_at, v_kept
      from ebb.mail m where m.mail_kind = 'reset' and m.address = v_address order by m.created_at desc limit 1;
    if v_window_at is null or v_window_at < v_now - interval '1 hour' then
        v_window_at := v_now;
        v_kept := 0;
    end if;
    insert into ebb.mail (mail_kind, address, facts, created_at, due_at, next_at, given_up_at, last_error)
    values ('reset', v_address, jsonb_build_object('window_at', v_window_at, 'kept', least(v_kept + 1, 4)), v_now, v_now, v_now,
            case when v_kept >= 3 then v_now end, case when v_kept >= 3 then 'The fourth within an hour.' end);
end $$;
comment on function fn.reset_ask(text) is 'Queues a mail for an address, whether anybody has it or not; from the fourth within an hour on it is only written down.';
grant execute on function fn.reset_ask(text) to ebb_api;

create or replace function fn.invitation_person(p_person_id int) returns ebb.person
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person ebb.person;
begin
    select * into v_person from ebb.person p where p.person_id = p_person_id;
    if not v_person.is_active then
        perform fn.fail(409, null, 'The person is not active.', 'Activate the person first.');
    elsif v_person.email is null then
        perform fn.fail(409, null, 'The person has no address that an invitation could be sent to.', 'Give the person an e-mail address first.');
    end if;
    return v_person;
end $$;
comment on function fn.invitation_person(int) is 'The person to invite; refuses one who is not active or has no address.';

create or replace function fn.invitation_ask(p_person_id int) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person constant ebb.person := fn.invitation_person(p_person_id);
    v_mail_id bigint;
begin
    perform pg_advisory_xact_lock(7320, p_person_id);
    -- One that still waits for the courier is as good as a second one.
    select m.mail_id into v_mail_id from ebb.mail m
     where m.mail_kind = 'invite' and m.person_id = p_person_id and m.address = v_person.email and m.done_at is null and m.given_up_at is null;
    if v_mail_id is null then
        if (select count(*) from ebb.mail m where m.mail_kind = 'invite' and m.person_id = p_person_id and m.created_at > fn.now() - interval '1 hour') >= 5 then
            perform fn.fail(429, null, 'The person was invited five times within an hour.', 'Ask whether the mails arrive, or try again later.');
        end if;
        insert into ebb.mail (mail_kind, department_id, person_id, address, asked_by, created_at, due_at, next_at)
        values ('invite', v_person.department_id, p_person_id, v_person.email, fn.person(), fn.now(), fn.now(), fn.now())
        returning mail_id into v_mail_id;
    end if;
    perform fn.audit_add(v_person.department_id, 'person.invited', 'person', p_person_id::text, null, jsonb_build_object('email', v_person.email));
    return v_mail_id;
end $$;
comment on function fn.invitation_ask(int) is 'Queues an invitation for a person and notes it in the audit; returns the mail. The caller has asked for the right.';
grant execute on function fn.invitation_ask(int) to ebb_api;

create or replace function fn.invitation_open(p_person_id int, p_kind text, p_email text, p_token_hash text, p_is_mailed boolean, p_made_by int) returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_now timestamptz;
begin
    perform from ebb.person p where p.person_id = p_person_id for no key update;
    v_now := fn.now();
    update ebb.invitation i set ended_at = v_now where i.person_id = p_person_id and i.used_at is null and i.ended_at is null;
    insert into ebb.invitation (token_hash, person_id, invitation_kind, email, is_mailed, made_by, created_at, expires_at)
    values (p_token_hash, p_person_id, p_kind, p_email, p_is_mailed, p_made_by, v_now, v_now + interval '1 hour');
    return v_now + interval '1 hour';
end $$;
comment on function fn.invitation_open(int, text, text, text, boolean, int) is 'Makes a link good for an hour and ends the person''s older ones; returns until when.';

create or replace function fn.invitation_live(p_token_hash text) returns ebb.invitation
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_invitation ebb.invitation;
begin
    select i.* into v_invitation from ebb.invitation i
      join ebb.person p on p.person_id = i.person_id and p.is_active and p.email = i.email
     where i.token_hash = p_token_hash and i.used_at is null and i.ended_at is null and i.expires_at > fn.now();
    if v_invitation.invitation_id is null then
        perform fn.fail(403, '/token', 'This link opens nothing any more: it was used, replaced by a newer one, or is older than an hour.',
                        'Ask for a new one with "Forgotten your pass-phrase?", or ask whoever invited you.');
    end if;
    return v_invitation;
end $$;
comment on function fn.invitation_live(text) is 'The invitation behind a secret while it opens something; refuses all others alike. Also asks whether the person is active and still has the address it was made for.';
grant execute on function fn.invitation_live(text) to ebb_api;

create or replace function fn.invitation_redeem(p_token_hash text, p_new json) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_invitation ebb.invitation := fn.invitation_live(p_token_hash);
begin
    -- Two at the same time: the person's row lets one through, and the other finds the link used.
    perform from ebb.person p where p.person_id = v_invitation.person_id for no key update;
    v_invitation := fn.invitation_live(p_token_hash);
    update ebb.invitation i set used_at = fn.now() where i.invitation_id = v_invitation.invitation_id;
    perform fn.password_set(v_invitation.person_id, p_new, false);
    if v_invitation.is_mailed then
        update ebb.person p set email_verified_at = fn.now() where p.person_id = v_invitation.person_id;
    end if;
    -- Whoever reads the mail is the person: what others guessed before delays them no more.
    delete from ebb.sign_in_failure f where f.account_hash = fn.account_hash(v_invitation.email);
    perform fn.audit_add((select p.department_id from ebb.person p where p.person_id = v_invitation.person_id), 'invitation.used', 'person', v_invitation.person_id::text, null,
                         jsonb_build_object('kind', v_invitation.invitation_kind, 'is_mailed', v_invitation.is_mailed));
    return v_invitation.person_id;
end $$;
comment on function fn.invitation_redeem(text, json) is 'Uses a link once: sets the pass-phrase {salt, opslimit, memlimit, verifier}, ends the person''s sessions and, if the link came by mail, proves the address; returns the person.';
grant execute on function fn.invitation_redeem(text, json) to ebb_api;
