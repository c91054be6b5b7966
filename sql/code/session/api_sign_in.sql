-- SPDX-License-Identifier: Apache-2.0
-- The door of the session workers. What opens a session is granted to ebb_session alone: the workers that serve everything else
-- can open none, whoever they say it is for. These functions return what was refused instead of raising: a count that a refusal
-- takes back would count nothing.

drop view if exists api.totp;
create view api.totp as select null::text as secret, null::text as uri;
comment on view api.totp is 'What an authenticator is set up with, in this one answer.';
comment on column api.totp.secret is 'Secret in base32, to be typed into an authenticator.';
comment on column api.totp.uri is 'The same as otpauth:// address, to be shown as a QR code.';
drop view if exists api.recovery_codes;
create view api.recovery_codes as select null::json as recovery_codes;
comment on view api.recovery_codes is 'Codes for who has lost their authenticator, in this one answer.';
comment on column api.recovery_codes.recovery_codes is 'Array of ten codes; each stands in for a one-time code once.';

create or replace function api.session_look(p_args json) returns table (salt text, opslimit bigint, memlimit bigint, wait_s int)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select encode(s.salt, 'hex'), s.opslimit, s.memlimit, fn.guess_begin(p_args ->> 'email', p_args ->> 'network')
          from fn.session_salt(p_args ->> 'email') s;
end $$;
comment on function api.session_look(json) is 'Counts an attempt of {email, network} and says how to derive the key, or how many seconds to wait; the same for every address, known or not. Needs no right.';
grant execute on function api.session_look(json) to ebb_session;

create or replace function api.session_prove(p_args json) returns table (person_id int, person_name text, must_change boolean, totp text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_needs record;
begin
    -- There is no api.enter before this, which would name the request to the audit.
    perform set_config('ebb.request', coalesce(p_args ->> 'request_id', ''), true);
    select * into v_needs from fn.session_needs(p_args ->> 'email', decode(p_args ->> 'proof', 'hex'));
    if v_needs.person_id is null then
        perform fn.session_refused(p_args ->> 'email', 'pass-phrase', p_args ->> 'network');
        return;
    end if;
    if (v_needs.totp is not null and not (p_args ->> 'has_code')::boolean) or (v_needs.must_change and not (p_args ->> 'has_new')::boolean) then
        perform fn.guess_was_no_guess(p_args ->> 'email', p_args ->> 'network');
    end if;
    return query select v_needs.person_id, v_needs.person_name, v_needs.must_change, v_needs.totp;
end $$;
comment on function api.session_prove(json) is 'No row when {email, proof} is not right; else what it takes to go on: a new pass-phrase, a code for the sealed secret. Needs no right, the proof is it.';
grant execute on function api.session_prove(json) to ebb_session;

-- It was the workers' door once, and raised: neither its form nor whom it was granted to may stay.
drop function if exists api.session_open(json);
drop function if exists api.session_salt(json);
create function api.session_open(p_args json) returns table (refused text, session json)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_needs record;
begin
    -- There is no api.enter before this, which would name the request to the audit.
    perform set_config('ebb.request', coalesce(p_args ->> 'request_id', ''), true);
    perform fn.session_lock(p_args ->> 'email');
    select * into v_needs from fn.session_needs(p_args ->> 'email', decode(p_args ->> 'proof', 'hex'));
    if v_needs.person_id is null then
        perform fn.session_refused(p_args ->> 'email', 'pass-phrase', p_args ->> 'network');
        return query select 'pass-phrase', null::json;
        return;
    elsif v_needs.must_change and p_args -> 'new' is null then
        return query select 'new_password', null::json;
        return;
    elsif v_needs.totp is not null and not fn.totp_take(v_needs.person_id, p_args) then
        perform fn.session_refused(p_args ->> 'email', 'code', p_args ->> 'network');
        return query select 'code', null::json;
        return;
    end if;
    perform fn.guess_end(p_args ->> 'email', p_args ->> 'network');
    if p_args -> 'new' is not null then
        perform fn.password_set(v_needs.person_id, p_args -> 'new', false);
    elsif p_args -> 'rehash' is not null then
        perform fn.password_rehash(v_needs.person_id, decode(p_args ->> 'proof', 'hex'), p_args -> 'rehash');
    end if;
    perform fn.session_begin(v_needs.person_id, 'local', p_args);
    return query select null::text, api.session_get('{}');
end $$;
comment on function api.session_open(json) is 'Opens a session with a proof derived from the pass-phrase, the code where one is needed, and the new pass-phrase where one is asked for; says otherwise what it refused: pass-phrase, code or new_password. Needs no right, the proof is it.';
grant execute on function api.session_open(json) to ebb_session;

create or replace function api.session_own(p_args json) returns table (person_id int, email text, person_name text, has_password boolean, totp text, pending text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.session_must();
    return query
        select p.person_id, p.email, p.person_name, fn.password_is_set(p.person_id), fn.totp_secret(p.person_id), fn.totp_pending()
          from ebb.person p where p.person_id = fn.person();
end $$;
comment on function api.session_own(json) is 'What the session workers need of the signed-in person before a change of how they sign in.';
grant execute on function api.session_own(json) to ebb_session;

create or replace function api.session_password(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.session_must();
    perform fn.session_proved(p_args);
    perform fn.guess_end(p_args ->> 'email', p_args ->> 'network');
    perform fn.password_set(fn.person(), p_args -> 'new', false);
    perform fn.session_begin((p_args ->> 'person_id')::int, 'local', p_args);
    return api.session_get('{}');
end $$;
comment on function api.session_password(json) is 'Changes my pass-phrase, ends all my sessions and opens a new one in place of this.';
grant execute on function api.session_password(json) to ebb_session;

create or replace function api.session_totp(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.session_must();
    perform fn.session_proved(p_args);
    perform fn.guess_end(p_args ->> 'email', p_args ->> 'network');
    perform fn.totp_begin(p_args ->> 'sealed');
    return json_build_object();
end $$;
comment on function api.session_totp(json) is 'Begins to set up one-time codes: makes a secret that is used once it has shown its first code, within an hour.';
grant execute on function api.session_totp(json) to ebb_session;

create or replace function api.session_totp_confirm(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.session_must();
    perform fn.totp_confirm(p_args ->> 'sealed', (p_args ->> 'step')::bigint, p_args -> 'recovery');
    return json_build_object();
end $$;
comment on function api.session_totp_confirm(json) is 'Ends the set-up with a first code: from now on signing in takes one. Gives ten recovery codes, this once, and ends my other sessions.';
grant execute on function api.session_totp_confirm(json) to ebb_session;

create or replace function api.session_totp_remove(p_args json) returns table (refused text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.session_must();
    perform fn.session_proved(p_args);
    if fn.totp_is_on(fn.person()) and not fn.totp_take(fn.person(), p_args) then
        perform fn.session_refused(p_args ->> 'email', 'code', p_args ->> 'network');
        return query select 'code';
        return;
    end if;
    perform fn.guess_end(p_args ->> 'email', p_args ->> 'network');
    perform fn.totp_remove(fn.person());
end $$;
comment on function api.session_totp_remove(json) is 'Signing in takes no one-time codes any more; takes the pass-phrase and one last code.';
grant execute on function api.session_totp_remove(json) to ebb_session;
