-- SPDX-License-Identifier: Apache-2.0
-- People out of a list: known again by the source's own reference, else by address; a second run changes what has changed and no more.

create or replace function fn.person_known(p_department_id int, p_source text, p_ref text, p_email text) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_by_ref ebb.person;
    v_by_email ebb.person;
begin
    select * into v_by_ref from ebb.person p where p.department_id = p_department_id and p.source_name = p_source and p.source_ref = p_ref;
    select * into v_by_email from ebb.person p where p.email = lower(btrim(p_email));
    if p_ref is null and p_email is null then
        perform fn.fail(422, '/email', 'Neither an address nor a reference: nobody could be known again by that.');
    elsif v_by_email.department_id <> p_department_id then
        perform fn.fail(409, '/email', 'The address is that of somebody in another department.');
    elsif v_by_ref.person_id <> v_by_email.person_id then
        perform fn.fail(409, '/email', format('The address is that of person %s, the reference that of person %s.', v_by_email.person_id, v_by_ref.person_id));
    elsif v_by_ref.person_id is null and v_by_email.source_name = p_source and v_by_email.source_ref <> p_ref then
        perform fn.fail(409, '/source_ref', format('The source calls whoever has this address %s.', v_by_email.source_ref));
    end if;
    return coalesce(v_by_ref.person_id, v_by_email.person_id);
end $$;
comment on function fn.person_known(int, text, text, text) is 'The person whom a row of a list means, or NULL for somebody new; refuses where reference and address contradict.';

create or replace function fn.person_import_flag(p_values jsonb, p_field text) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_word constant text := lower(btrim(p_values ->> p_field));
begin
    if v_word is null then
        return p_values;
    elsif v_word not in ('yes', 'no', 'true', 'false', '1', '0', 'y', 'n') then
        perform fn.fail(422, '/' || p_field, format('%s is yes or no, not "%s".', p_field, left(p_values ->> p_field, 40)));
    end if;
    return p_values || jsonb_build_object(p_field, v_word in ('yes', 'true', '1', 'y'));
end $$;
comment on function fn.person_import_flag(jsonb, text) is 'The values with one of them read as yes or no.';

create or replace function fn.person_import_row(p_department_id int, p_source text, p_row jsonb) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_values jsonb := fn.person_import_flag(fn.person_import_flag(p_row - '{source_ref,team}'::text[], 'is_active'), 'is_vip');
    v_ref constant text := nullif(btrim(p_row ->> 'source_ref'), '');
    v_id int;
    v_version int;
    v_team_id int;
    v_is_new boolean;
begin
    v_id := fn.person_known(p_department_id, p_source, v_ref, v_values ->> 'email');
    v_is_new := v_id is null;
    if v_is_new then
        v_id := fn.record_write('person', null, fn.record_heard('person', v_values || jsonb_build_object('department_id', p_department_id)
            || case when v_ref is null then '{}' else jsonb_build_object('source_name', p_source, 'source_ref', v_ref) end, p_department_id), null);
    else
        v_version := (select p.version from ebb.person p where p.person_id = v_id);
        perform fn.record_write('person', v_id, fn.record_heard('person', v_values, p_department_id), null);
        update ebb.person p set source_name = p_source, source_ref = v_ref where p.person_id = v_id and p.source_name is null and v_ref is not null;
    end if;
    if p_row ->> 'team' is not null then
        v_team_id := fn.record_found('team', btrim(p_row ->> 'team'), p_department_id, '/team');
        if not exists (select from ebb.membership m where m.team_id = v_team_id and m.person_id = v_id and m.is_active) then
            perform fn.membership_set(v_team_id, v_id, 'member', null);
            v_version := 0;
        end if;
    end if;
    return case when v_is_new then 'created' when v_version is distinct from (select p.version from ebb.person p where p.person_id = v_id) then 'changed' else 'unchanged' end;
end $$;
comment on function fn.person_import_row(int, text, jsonb) is 'Makes or changes the person of one row; returns created, changed or unchanged.';

create or replace function fn.person_import_reason(p_state text, p_message text, p_constraint text) returns text
language sql immutable
return case when p_state like 'ZE%' then p_message
            when p_constraint = 'person_email_format' then 'This is no address such as dana@example.org.'
            when p_constraint = 'person_email_unique' then 'The address is taken.'
            when p_constraint = 'person_name_length' then 'A name has 1 to 200 characters.'
            else format('It cannot be kept (%s).', coalesce(nullif(p_constraint, ''), p_state)) end;
comment on function fn.person_import_reason(text, text, text) is 'Why a row was refused, in words.';

create or replace function ctl.person_import(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := fn.record_found('department', p ->> 'department_code', null, '/department');
    v_row record;
    v_done jsonb := jsonb_build_object('created', 0, 'changed', 0, 'unchanged', 0);
    v_refused jsonb := jsonb_build_array();
    v_outcome text;
    v_detail text;
    v_constraint text;
begin
    if not fn.by_operator() then
        perform fn.fail(403, null, 'This door is the operator''s at the host.');
    end if;
    begin
        for v_row in select r.value ->> 'n' as n, (r.value -> 'v')::jsonb as v from json_array_elements(p -> 'rows') with ordinality r order by r.ordinality
        loop
            begin
                v_outcome := fn.person_import_row(v_department_id, p ->> 'source_name', v_row.v);
                v_done := v_done || jsonb_build_object(v_outcome, (v_done ->> v_outcome)::int + 1);
            exception when others then
                get stacked diagnostics v_detail = pg_exception_detail, v_constraint = constraint_name;
                v_refused := v_refused || jsonb_build_object('n', v_row.n::bigint, 'reason', fn.person_import_reason(sqlstate, sqlerrm, v_constraint),
                                                             'pointer', case when sqlstate like 'ZE%' then v_detail::json -> 0 ->> 'pointer' end);
            end;
        end loop;
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZZ777';
        end if;
    exception when sqlstate 'ZZ777' then null;
    end;
    return v_done || jsonb_build_object('refused', v_refused);
end $$;
comment on function ctl.person_import(json) is 'Makes and changes the persons of some rows {department_code, source_name, is_dry_run?, rows: [{n: line, v: {field: text}}]}, each row for itself; returns how many were created, changed and unchanged, and which were refused and why.';
grant execute on function ctl.person_import(json) to ebb_ctl;
