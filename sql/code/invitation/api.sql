-- SPDX-License-Identifier: Apache-2.0
-- Invitations and forgotten pass-phrases: asking for a link, and using one.

drop view if exists api.invitation;
create view api.invitation as
select p.person_id, p.email, null::boolean as is_queued from ebb.person p where false;
comment on view api.invitation is 'An invitation that was asked for: it leaves by mail in a moment.';
comment on column api.invitation.person_id is 'Who is invited.';
comment on column api.invitation.email is 'Address that the mail goes to.';
comment on column api.invitation.is_queued is 'True: the mail is in the queue of the desk.';

drop view if exists api.reset_asked;
create view api.reset_asked as select null::text as sentence;
comment on view api.reset_asked is 'What everybody is told who asks for a new pass-phrase.';
comment on column api.reset_asked.sentence is 'What happens next; the same for every address.';

drop view if exists api.session_redeemed;
create view api.session_redeemed as select p.email from ebb.person p where false;
comment on view api.session_redeemed is 'What a used link has opened.';
comment on column api.session_redeemed.email is 'Address to sign in with, with the pass-phrase that was just set.';

create or replace function api.person_invite(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person record;
begin
    perform fn.must('person.manage');
    select p.person_id, p.email, p.department_id into v_person from ebb.person p where p.person_id = (p_args ->> 'person_id')::int;
    if v_person.person_id is null then
        perform fn.fail(404, '/person_id', 'There is no such person, or you may not see it.');
    end if;
    perform fn.must('person.manage', v_person.department_id);
    if fn.person_outranks(v_person.person_id) then
        perform fn.fail(403, null, 'This person has rights that you do not have, so how they sign in is not yours to change.', 'Ask somebody who has them, or the operator.');
    end if;
    perform fn.invitation_ask(v_person.person_id);
    return json_build_object('person_id', v_person.person_id, 'email', v_person.email, 'is_queued', true);
end $$;
comment on function api.person_invite(json) is 'Sends a person a link by which they set their pass-phrase: once, within an hour, to the address on file. A newer one ends the older. Nobody invites a person who may more than they do.';
grant execute on function api.person_invite(json) to ebb_app;

create or replace function api.session_reset(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.reset_ask(p_args ->> 'email');
    return json_build_object('sentence', 'If this address has an account here, a mail with a link is on its way. The link works once and for an hour.');
end $$;
comment on function api.session_reset(json) is 'Asks for a link by mail to set a new pass-phrase. The answer is the same for every address; a mail goes out only where an active person with a pass-phrase has proved the address before, and to three requests an hour. Needs no right.';
grant execute on function api.session_reset(json) to ebb_session;

create or replace function api.session_redeem_look(p_args json) returns table (email text, person_name text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_invitation constant ebb.invitation := fn.invitation_live(p_args ->> 'token');
begin
    return query select v_invitation.email, p.person_name from fn.person_label p where p.person_id = v_invitation.person_id;
end $$;
comment on function api.session_redeem_look(json) is 'Whose link it is, for the rules a new pass-phrase has to keep; needs no right, the secret is it.';
grant execute on function api.session_redeem_look(json) to ebb_session;

create or replace function api.session_redeem(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_invitation constant ebb.invitation := fn.invitation_live(p_args ->> 'token');
begin
    perform fn.invitation_redeem(p_args ->> 'token', p_args -> 'new');
    return json_build_object('email', v_invitation.email);
end $$;
comment on function api.session_redeem(json) is 'Sets a pass-phrase with a link that came by mail, and ends all sessions of the person. A link works once and for an hour. Needs no right, the secret is it.';
grant execute on function api.session_redeem(json) to ebb_session;
