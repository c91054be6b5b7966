-- SPDX-License-Identifier: Apache-2.0
-- Export and erasure of a person by the operator at the host.

create or replace function fn.person_named(p_person text) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    select p.person_id into v_person_id from ebb.person p where p.email = lower(p_person) or p.person_id::text = p_person;
    if v_person_id is null then
        perform fn.fail(404, '/person', format('There is no person "%s".', coalesce(p_person, '')), 'Name them by address or by number.');
    end if;
    return v_person_id;
end $$;
comment on function fn.person_named(text) is 'Person by address or number, active or not; 404 when there is none.';

create or replace function ctl.person_data_export(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.person_named(p ->> 'person');
begin
    perform fn.audit_add((select x.department_id from ebb.person x where x.person_id = v_person_id), 'export', 'operation', 'person_export', null, jsonb_build_object('filters', jsonb_build_object('person_id', v_person_id)));
    return fn.person_export(v_person_id)::json;
end $$;
comment on function ctl.person_data_export(json) is 'All that is kept about a person {person: address or number}; stands in the audit as an export.';
grant execute on function ctl.person_data_export(json) to ebb_ctl;

create or replace function ctl.person_data_erase(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_erasure jsonb;
begin
    begin
        v_erasure := fn.person_erase(fn.person_named(p ->> 'person'), null, fn.want_text(p, 'reason'));
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZZ777';
        end if;
    exception when sqlstate 'ZZ777' then null;
    end;
    return v_erasure::json;
end $$;
comment on function ctl.person_data_erase(json) is 'Erases a person for good {person: address or number, reason, is_dry_run?}; on trial everything is done and undone.';
grant execute on function ctl.person_data_erase(json) to ebb_ctl;
