-- SPDX-License-Identifier: Apache-2.0
-- What ebbctl does to the ways in which persons sign in, and what the clock clears away.

create or replace function ctl.user_password(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person_by_email(p ->> 'email');
begin
    perform fn.password_set(v_person_id, p, coalesce((p ->> 'must_change')::boolean, true));
    return json_build_object('person_id', v_person_id, 'email', lower(p ->> 'email'), 'must_change', coalesce((p ->> 'must_change')::boolean, true));
end $$;
comment on function ctl.user_password(json) is 'Sets a pass-phrase {email, salt, opslimit, memlimit, verifier, must_change}, as ebbctl derived it, and ends the person''s sessions.';
grant execute on function ctl.user_password(json) to ebb_ctl;

create or replace function ctl.user_totp(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person_by_email(p ->> 'email');
begin
    return json_build_object('person_id', v_person_id, 'email', lower(p ->> 'email'), 'was_on', fn.totp_remove(v_person_id));
end $$;
comment on function ctl.user_totp(json) is 'Removes the one-time codes of a person {email} who has lost device and recovery codes.';
grant execute on function ctl.user_totp(json) to ebb_ctl;

create or replace function ctl.tick_sign_in() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
    v_total int := 0;
begin
    delete from ebb.sign_in_failure f where f.ctid in (select x.ctid from ebb.sign_in_failure x where x.failed_at < fn.now() - interval '1 day' limit 5000 for update skip locked);
    get diagnostics v_count = row_count; v_total := v_total + v_count;
    delete from ebb.sign_in_network n where n.ctid in (select x.ctid from ebb.sign_in_network x where x.seen_at < fn.now() - interval '90 days' limit 5000);
    get diagnostics v_count = row_count;
    return v_total + v_count;
end $$;
comment on function ctl.tick_sign_in() is 'Tick: forgets failed attempts to sign in after a day and networks after 90; returns how many rows.';
grant execute on function ctl.tick_sign_in() to ebb_clock;
