-- SPDX-License-Identifier: Apache-2.0
-- Signing in: the worker derives a key from pass-phrase and salt; only who derives the right one gets a session.

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

create or replace function fn.session_open(p_email text, p_proof bytea, p_token_hash text, p_hours int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    select p.person_id into v_person_id
      from ebb.person p join ebb.password w on w.person_id = p.person_id
     where p.email = lower(p_email) and p.is_active and w.verifier = sha256(p_proof);
    if v_person_id is null then
        perform fn.fail(401, null, 'The address or the pass-phrase is wrong.');
    end if;
    insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at, last_used_at)
    values (p_token_hash, v_person_id, 'session', 'browser', fn.now(), fn.now() + make_interval(hours => p_hours), fn.now());
    return v_person_id;
end $$;
comment on function fn.session_open(text, bytea, text, int) is 'Opens a session for whoever derived the right key; returns the person.';
grant execute on function fn.session_open(text, bytea, text, int) to ebb_api;

create or replace function fn.session_close() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    update ebb.token t set revoked_at = fn.now() where t.token_hash = nullif(current_setting('ebb.token', true), '') and t.token_kind = 'session';
end $$;
comment on function fn.session_close() is 'Ends the session whose token was presented; an API token is not ended so.';
grant execute on function fn.session_close() to ebb_api;
