-- SPDX-License-Identifier: Apache-2.0
-- Doors of courier and ebbctl to invitations. Only hashes arrive here.

create or replace function ctl.mail_token(p_mail_id bigint, p_token_hash text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    m ebb.mail;
    v_person_id int;
    v_email text;
begin
    select * into m from ebb.mail w where w.mail_id = p_mail_id and w.mail_kind in ('invite', 'reset') and w.done_at is null and w.given_up_at is null for update;
    if not found then
        return false;
    end if;
    v_person_id := fn.mail_person(m);
    if v_person_id is null then
        update ebb.mail w set given_up_at = fn.now(), last_error = fn.mail_why_not(m) where w.mail_id = p_mail_id;
        return false;
    end if;
    select p.email into v_email from ebb.person p where p.person_id = v_person_id;
    perform fn.invitation_open(v_person_id, m.mail_kind, v_email, p_token_hash, true, m.asked_by);
    if m.mail_kind = 'reset' then
        perform fn.audit_add((select p.department_id from ebb.person p where p.person_id = v_person_id), 'password.reset_mailed', 'person', v_person_id::text, null, null);
    end if;
    return true;
end $$;
comment on function ctl.mail_token(bigint, text) is 'Makes the link of a mail that is about to leave, by the hash of its secret; false when nobody is to have one any more.';
grant execute on function ctl.mail_token(bigint, text) to ebb_courier;

create or replace function ctl.user_invite(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person constant ebb.person := fn.invitation_person(fn.person_by_email(p ->> 'email'));
    v_expires_at timestamptz;
begin
    if coalesce((p ->> 'mail')::boolean, false) then
        return json_build_object('person_id', v_person.person_id, 'email', v_person.email, 'mail_id', fn.invitation_ask(v_person.person_id));
    end if;
    v_expires_at := fn.invitation_open(v_person.person_id, 'invite', v_person.email, p ->> 'token', false, null);
    perform fn.audit_add(v_person.department_id, 'person.invited', 'person', v_person.person_id::text, null, jsonb_build_object('email', v_person.email, 'is_printed', true));
    return json_build_object('person_id', v_person.person_id, 'email', v_person.email, 'expires_at', v_expires_at);
end $$;
comment on function ctl.user_invite(json) is 'Invites a person {email, token: hash of a secret that ebbctl prints} or by mail {email, mail: true}.';
grant execute on function ctl.user_invite(json) to ebb_ctl;
