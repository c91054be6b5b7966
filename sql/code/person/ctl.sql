-- SPDX-License-Identifier: Apache-2.0
-- What ebbctl does to persons: pass-phrases and tokens. Only hashes arrive here.

create or replace function fn.person_by_email(p_email text) returns int
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    select p.person_id into v_person_id from ebb.person p where p.email = lower(p_email) and p.is_active;
    if v_person_id is null then
        perform fn.fail(422, '/email', format('There is no active person with the address %s.', p_email));
    end if;
    return v_person_id;
end $$;
comment on function fn.person_by_email(text) is 'Person with that address; 422 when there is none.';

create or replace function ctl.user_password(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person_by_email(p ->> 'email');
begin
    insert into ebb.password (person_id, salt, opslimit, memlimit, verifier, changed_at)
    values (v_person_id, decode(p ->> 'salt', 'hex'), (p ->> 'opslimit')::bigint, (p ->> 'memlimit')::bigint, decode(p ->> 'verifier', 'hex'), fn.now())
    on conflict (person_id) do update
       set salt = excluded.salt, opslimit = excluded.opslimit, memlimit = excluded.memlimit, verifier = excluded.verifier, changed_at = excluded.changed_at;
    update ebb.token t set revoked_at = fn.now() where t.person_id = v_person_id and t.token_kind = 'session' and t.revoked_at is null;
    return json_build_object('person_id', v_person_id, 'email', lower(p ->> 'email'));
end $$;
comment on function ctl.user_password(json) is 'Sets a pass-phrase {email, salt, opslimit, memlimit, verifier}, the last three as ebbctl derived them, and ends the person''s sessions.';
grant execute on function ctl.user_password(json) to ebb_ctl;

create or replace function ctl.token_create(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person_by_email(p ->> 'email');
    v_expires_at constant timestamptz := fn.now() + make_interval(days => coalesce((p ->> 'days')::int, 90));
begin
    insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at)
    values (p ->> 'token', v_person_id, 'api', coalesce(p ->> 'name', 'ebbctl'), fn.now(), v_expires_at);
    return json_build_object('person_id', v_person_id, 'name', coalesce(p ->> 'name', 'ebbctl'), 'expires_at', v_expires_at);
end $$;
comment on function ctl.token_create(json) is 'Makes an API token {email, name, days, token: SHA-256 of its text}.';
grant execute on function ctl.token_create(json) to ebb_ctl;

create or replace function ctl.token_revoke(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    update ebb.token t set revoked_at = fn.now()
     where t.revoked_at is null
       and (t.token_hash = p ->> 'token'
            or (t.person_id = (select x.person_id from ebb.person x where x.email = lower(p ->> 'email')) and t.token_name = coalesce(p ->> 'name', t.token_name)));
    get diagnostics v_count = row_count;
    return json_build_object('revoked_count', v_count);
end $$;
comment on function ctl.token_revoke(json) is 'Revokes one token {token}, or those of a person {email, name}; at once, on every path.';
grant execute on function ctl.token_revoke(json) to ebb_ctl;
