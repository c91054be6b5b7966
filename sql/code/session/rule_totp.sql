-- SPDX-License-Identifier: Apache-2.0
-- One-time codes: a worker, who alone can open the secret, says which time step a code belongs to; here it is taken once.

create or replace function fn.totp_is_on(p_person_id int) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return exists (select from ebb.totp c where c.person_id = p_person_id and c.confirmed_at is not null);
end $$;
comment on function fn.totp_is_on(int) is 'True when a person signs in with one-time codes.';
grant execute on function fn.totp_is_on(int) to ebb_api;

create or replace function fn.totp_secret(p_person_id int) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select c.sealed_secret from ebb.totp c where c.person_id = p_person_id);
end $$;
comment on function fn.totp_secret(int) is 'The sealed secret of a person''s codes, or NULL.';
grant execute on function fn.totp_secret(int) to ebb_api;

create or replace function fn.totp_take(p_person_id int, p_args json) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p_args ->> 'step' is not null then
        -- Of two who bring the same code at once, the second finds the step taken.
        update ebb.totp c set last_step = (p_args ->> 'step')::bigint
         where c.person_id = p_person_id and c.confirmed_at is not null and coalesce(c.last_step, 0) < (p_args ->> 'step')::bigint;
        return found;
    elsif p_args ->> 'recovery' is not null then
        update ebb.recovery_code r set used_at = fn.now()
         where r.person_id = p_person_id and r.code_hash = decode(p_args ->> 'recovery', 'hex') and r.used_at is null;
        if found then
            perform fn.audit_add((select p.department_id from ebb.person p where p.person_id = p_person_id), 'totp.recover', 'person', p_person_id::text, null,
                                 jsonb_build_object('codes_left', (select count(*) from ebb.recovery_code r where r.person_id = p_person_id and r.used_at is null)));
            return true;
        end if;
    end if;
    return false;
end $$;
comment on function fn.totp_take(int, json) is 'Takes a code {step} or {recovery: hash} of a person; false when it was taken before or is none. Each is good once.';
grant execute on function fn.totp_take(int, json) to ebb_api;

create or replace function fn.totp_begin(p_sealed text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person();
begin
    perform fn.door_must();
    insert into ebb.totp (person_id, pending_secret, pending_at) values (v_person_id, p_sealed, fn.now())
    on conflict (person_id) do update set pending_secret = excluded.pending_secret, pending_at = excluded.pending_at where ebb.totp.confirmed_at is null;
    if not found then
        perform fn.fail(409, null, 'You sign in with one-time codes already.', 'Remove them first, then set up the new device.');
    end if;
end $$;
comment on function fn.totp_begin(text) is 'Keeps a new sealed secret of the signed-in person until its first code comes.';
grant execute on function fn.totp_begin(text) to ebb_api;

create or replace function fn.totp_pending() returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select c.pending_secret from ebb.totp c where c.person_id = fn.person() and c.pending_at > fn.now() - interval '1 hour');
end $$;
comment on function fn.totp_pending() is 'The sealed secret of the signed-in person that waits for its first code; NULL when there is none, or for more than an hour.';
grant execute on function fn.totp_pending() to ebb_api;

create or replace function fn.totp_confirm(p_sealed text, p_step bigint, p_recovery json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person();
begin
    perform fn.door_must();
    perform fn.sign_in_lock(v_person_id);
    update ebb.totp c set sealed_secret = c.pending_secret, confirmed_at = fn.now(), last_step = p_step, pending_secret = null, pending_at = null
     where c.person_id = v_person_id and c.pending_secret = p_sealed and c.confirmed_at is null;
    if not found then
        perform fn.fail(409, null, 'These one-time codes are not being set up any more.', 'Begin again.');
    end if;
    delete from ebb.recovery_code r where r.person_id = v_person_id;
    insert into ebb.recovery_code (person_id, code_hash) select v_person_id, decode(x.hash, 'hex') from json_array_elements_text(p_recovery) x (hash);
    -- Whoever is signed in elsewhere has not shown a code.
    perform fn.sessions_end(v_person_id, '{session}', current_setting('ebb.token', true));
    perform fn.audit_add(fn.home_department(), 'totp.set', 'person', v_person_id::text, null, jsonb_build_object('recovery_codes', json_array_length(p_recovery)));
end $$;
comment on function fn.totp_confirm(text, bigint, json) is 'From now on the signed-in person needs codes: the pending secret has shown its first one. Keeps the hashes of recovery codes and ends the person''s other sessions.';
grant execute on function fn.totp_confirm(text, bigint, json) to ebb_api;

create or replace function fn.totp_remove(p_person_id int) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_was_on boolean;
begin
    perform fn.door_must();
    delete from ebb.totp c where c.person_id = p_person_id returning c.confirmed_at is not null into v_was_on;
    delete from ebb.recovery_code r where r.person_id = p_person_id;
    if v_was_on then
        perform fn.audit_add((select p.department_id from ebb.person p where p.person_id = p_person_id), 'totp.remove', 'person', p_person_id::text, null, null);
    end if;
    return coalesce(v_was_on, false);
end $$;
comment on function fn.totp_remove(int) is 'Forgets secret and recovery codes of a person; true when codes were asked for until now.';
grant execute on function fn.totp_remove(int) to ebb_api;
