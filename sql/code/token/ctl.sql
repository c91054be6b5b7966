-- SPDX-License-Identifier: Apache-2.0
-- What ebbctl does to tokens. Only hashes arrive here.

create or replace function ctl.token_create(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person_by_email(p ->> 'email');
    v_expires_at constant timestamptz := fn.now() + make_interval(days => coalesce((p ->> 'days')::int, 90));
    v_scopes constant text[] := fn.token_scopes(p -> 'scopes');
    v_unknown text;
    v_ids int[];
    v_token_id int;
begin
    select x.code into v_unknown from json_array_elements_text(coalesce(p -> 'departments', '[]')) x (code)
     where not exists (select from ebb.department d where d.department_code = x.code) limit 1;
    if v_unknown is not null then
        perform fn.fail(422, '/departments', format('There is no department %s.', v_unknown));
    end if;
    if p -> 'departments' is not null then
        v_ids := fn.token_departments((select json_agg(d.department_id) from json_array_elements_text(p -> 'departments') x (code) join ebb.department d on d.department_code = x.code), v_person_id);
    end if;
    v_token_id := fn.token_add(v_person_id, coalesce(p ->> 'name', 'ebbctl'), p ->> 'token', v_expires_at, v_scopes, v_ids);
    return json_build_object('token_id', v_token_id, 'person_id', v_person_id, 'name', coalesce(p ->> 'name', 'ebbctl'), 'expires_at', v_expires_at, 'scopes', v_scopes, 'department_ids', v_ids);
end $$;
comment on function ctl.token_create(json) is 'Makes an API token {email, name, days, scopes, departments: codes, token: SHA-256 of its text}.';
grant execute on function ctl.token_create(json) to ebb_ctl;

create or replace function ctl.token_revoke(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_token record;
    v_count int := 0;
begin
    for v_token in
        update ebb.token t set revoked_at = fn.now()
         where t.revoked_at is null
           and (t.token_hash = p ->> 'token'
                or (t.person_id = (select x.person_id from ebb.person x where x.email = lower(p ->> 'email')) and t.token_name = coalesce(p ->> 'name', t.token_name)))
        returning t.token_id, t.token_name, t.person_id
    loop
        v_count := v_count + 1;
        perform fn.audit_add((select x.department_id from ebb.person x where x.person_id = v_token.person_id), 'token.revoke', 'token', v_token.token_id::text,
                             jsonb_build_object('person_id', v_token.person_id, 'token_name', v_token.token_name), null);
    end loop;
    return json_build_object('revoked_count', v_count);
end $$;
comment on function ctl.token_revoke(json) is 'Revokes one token {token}, or those of a person {email, name}; at once, on every path.';
grant execute on function ctl.token_revoke(json) to ebb_ctl;
