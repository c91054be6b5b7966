-- SPDX-License-Identifier: Apache-2.0
-- Signing in: the worker derives a key from pass-phrase and salt; only who derives the right one gets a session.

drop function if exists fn.session_open(text, bytea, text, int);

create or replace function fn.session_salt(p_email text, out salt bytea, out opslimit bigint, out memlimit bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    select w.salt, w.opslimit, w.memlimit into salt, opslimit, memlimit
      from ebb.person p join ebb.password w on w.person_id = p.person_id
     where p.email = lower(p_email) and p.is_active;
    if salt is null then
        -- An address nobody has costs the same and looks the same: its salt is made from it and from what only this database holds.
        select substring(sha256(convert_to(lower(p_email), 'UTF8') || d.secret) for 16) into salt from ebb.desk_secret d;
        opslimit := 2;
        memlimit := 67108864;
    end if;
end $$;
comment on function fn.session_salt(text) is 'Salt and cost for deriving the key of an address; an unknown address gets a constant one of its own.';
grant execute on function fn.session_salt(text) to ebb_api;

create or replace function fn.session_needs(p_email text, p_proof bytea, out person_id int, out person_name text, out must_change boolean, out totp text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    select p.person_id, p.person_name, w.must_change, c.sealed_secret into person_id, person_name, must_change, totp
      from ebb.person p join ebb.password w on w.person_id = p.person_id left join ebb.totp c on c.person_id = p.person_id
     where p.email = lower(p_email) and p.is_active and w.verifier = sha256(p_proof);
end $$;
comment on function fn.session_needs(text, bytea) is 'The active person with this address who has derived the right key, and what else it takes: a new pass-phrase, a code. All NULL for everybody else.';
grant execute on function fn.session_needs(text, bytea) to ebb_api;

create or replace function fn.sign_in_lock(p_person_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- Disabling a person updates the row, so it waits its turn here, too.
    perform from ebb.person p where p.person_id = p_person_id for no key update;
end $$;
comment on function fn.sign_in_lock(int) is 'Whoever opens a session of a person and whoever ends all of them take turns: none that was proved by what has just changed is opened after the end.';

create or replace function fn.session_lock(p_email text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.sign_in_lock((select p.person_id from ebb.person p where p.email = lower(p_email)));
end $$;
comment on function fn.session_lock(text) is 'Takes the person''s turn before the proof is looked at; nobody''s for an address that nobody has.';
grant execute on function fn.session_lock(text) to ebb_api;

create or replace function fn.session_proved(p_args json) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if (select s.person_id from fn.session_needs(p_args ->> 'email', decode(p_args ->> 'proof', 'hex')) s) is distinct from fn.person() then
        perform fn.fail(422, '/password', 'The pass-phrase is wrong.');
    end if;
end $$;
comment on function fn.session_proved(json) is 'Refuses unless {email, proof} are the signed-in person''s own.';
grant execute on function fn.session_proved(json) to ebb_api;

create or replace function fn.password_is_set(p_person_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.password w where w.person_id = p_person_id);
end $$;
comment on function fn.password_is_set(int) is 'True when a person has a pass-phrase here and does not sign in elsewhere only.';
grant execute on function fn.password_is_set(int) to ebb_api;

create or replace function fn.csrf_token() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select encode(sha256(convert_to('ebb csrf ' || l.token_hash, 'UTF8')), 'hex') from fn.live_token l where l.token_kind = 'session');
end $$;
comment on function fn.csrf_token() is 'What a change by the presented session''s cookie has to repeat in a header; the worker computes the same.';
grant execute on function fn.csrf_token() to ebb_api;

create or replace function fn.session_refused(p_email text, p_reason text, p_network text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person ebb.person;
begin
    select * into v_person from ebb.person p where p.email = lower(p_email);
    -- What somebody types where nobody has that address may be a pass-phrase in the wrong field: it is not written down.
    perform fn.audit_add(v_person.department_id, 'session.refused', case when v_person.person_id is null then 'account' else 'person' end,
                         coalesce(v_person.person_id::text, 'unknown'), null, jsonb_build_object('reason', p_reason, 'network', p_network));
end $$;
comment on function fn.session_refused(text, text, text) is 'Notes a refused attempt to sign in: whose account, what was wrong in one word, from which network.';
grant execute on function fn.session_refused(text, text, text) to ebb_api;

create or replace function fn.session_begin(p_person_id int, p_method text, p_args json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person ebb.person;
    v_token_id int;
begin
    perform fn.door_must();
    perform fn.sign_in_lock(p_person_id);
    select * into strict v_person from ebb.person p where p.person_id = p_person_id;
    if not v_person.is_active then
        perform fn.fail(401, null, 'The address or the pass-phrase is wrong.');
    end if;
    -- A browser that signs in anew has no use for the session it had.
    update ebb.token t set revoked_at = fn.now() where t.token_hash = p_args ->> 'previous' and t.token_kind = 'session' and t.revoked_at is null;
    insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at, last_used_at, idle_s, user_agent, network, method_code)
    values (p_args ->> 'token', p_person_id, 'session', 'session', fn.now(), fn.now() + make_interval(hours => coalesce((p_args ->> 'hours')::int, 12)), fn.now(),
            (p_args ->> 'idle_s')::int, left(p_args ->> 'user_agent', 300), p_args ->> 'network', p_method)
    returning token_id into v_token_id;
    if p_args ->> 'network' is not null then
        insert into ebb.sign_in_network (person_id, network, seen_at) values (p_person_id, p_args ->> 'network', fn.now())
        on conflict (person_id, network) do update set seen_at = excluded.seen_at;
    end if;
    perform set_config('ebb.token', p_args ->> 'token', true), set_config('ebb.request', coalesce(p_args ->> 'request_id', current_setting('ebb.request', true), ''), true);
    perform fn.audit_add(v_person.department_id, 'session.opened', 'person', p_person_id::text, null,
                         jsonb_build_object('token_id', v_token_id, 'method', p_method, 'network', p_args ->> 'network'));
end $$;
comment on function fn.session_begin(int, text, json) is 'Opens a session {token: hash, hours, idle_s, user_agent, network, previous: hash of the one it replaces, request_id} for a person whom the caller has proved, by method local, oidc, ldap or proxy; the rest of the transaction is theirs.';
grant execute on function fn.session_begin(int, text, json) to ebb_api;

create or replace function fn.session_close() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.token t set revoked_at = fn.now() where t.token_hash = nullif(current_setting('ebb.token', true), '') and t.token_kind = 'session';
end $$;
comment on function fn.session_close() is 'Ends the session whose token was presented; an API token is not ended so.';
grant execute on function fn.session_close() to ebb_api;

create or replace function fn.session_must() returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from fn.live_token l where l.token_kind = 'session') then
        perform fn.fail(403, null, 'This takes a session; an API token does not change how its person signs in.', 'Sign in with address and pass-phrase.');
    end if;
end $$;
comment on function fn.session_must() is 'Refuses with 403 what is asked with an API token and only a signed-in person may do.';
grant execute on function fn.session_must() to ebb_api;

create or replace function fn.sessions_end(p_person_id int, p_kinds text[], p_but text default null) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    perform fn.sign_in_lock(p_person_id);
    update ebb.token t set revoked_at = fn.now()
     where t.person_id = p_person_id and t.token_kind = any (p_kinds) and t.revoked_at is null and t.token_hash is distinct from p_but;
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function fn.sessions_end(int, text[], text) is 'Ends the tokens of a person of these kinds (session, api), all but one; returns how many.';

create or replace function fn.password_set(p_person_id int, p_new json, p_must_change boolean) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.door_must();
    perform fn.sign_in_lock(p_person_id);
    insert into ebb.password (person_id, salt, opslimit, memlimit, verifier, changed_at, must_change)
    values (p_person_id, decode(p_new ->> 'salt', 'hex'), (p_new ->> 'opslimit')::bigint, (p_new ->> 'memlimit')::bigint, decode(p_new ->> 'verifier', 'hex'), fn.now(), p_must_change)
    on conflict (person_id) do update
       set salt = excluded.salt, opslimit = excluded.opslimit, memlimit = excluded.memlimit, verifier = excluded.verifier, changed_at = excluded.changed_at, must_change = excluded.must_change;
    -- Noted first: with the sessions ends the one that says who does this.
    perform fn.audit_add((select p.department_id from ebb.person p where p.person_id = p_person_id), 'password.set', 'person', p_person_id::text, null,
                         jsonb_build_object('must_change', p_must_change));
    perform fn.sessions_end(p_person_id, '{session}');
end $$;
comment on function fn.password_set(int, json, boolean) is 'Sets a pass-phrase {salt, opslimit, memlimit, verifier: hexadecimal} and ends all sessions of the person; with p_must_change the person has to choose another at the next sign-in.';
grant execute on function fn.password_set(int, json, boolean) to ebb_api;

create or replace function fn.password_rehash(p_person_id int, p_proof bytea, p_new json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.door_must();
    update ebb.password w
       set salt = decode(p_new ->> 'salt', 'hex'), opslimit = (p_new ->> 'opslimit')::bigint, memlimit = (p_new ->> 'memlimit')::bigint, verifier = decode(p_new ->> 'verifier', 'hex')
     where w.person_id = p_person_id and w.verifier = sha256(p_proof);
end $$;
comment on function fn.password_rehash(int, bytea, json) is 'The same pass-phrase at today''s cost, for one that was derived more cheaply.';
grant execute on function fn.password_rehash(int, bytea, json) to ebb_api;
