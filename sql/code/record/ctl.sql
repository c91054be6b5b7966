-- SPDX-License-Identifier: Apache-2.0
-- Records for the command line: list, show, and every change, for real or on trial. The rule is the API's.

create or replace function fn.record_kind_must(p_kind text) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from fn.record_kind k where k.kind = p_kind and k.fields <> '{}') then
        perform fn.fail(422, '/kind', format('There is no kind of record "%s".', coalesce(p_kind, '')));
    end if;
    return p_kind;
end $$;
comment on function fn.record_kind_must(text) is 'Refuses a kind of record that is not administered.';

create or replace function ctl.record_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind constant text := fn.record_kind_must(p ->> 'kind');
    v_department_id constant int := case when p ->> 'department_code' is not null then fn.record_found('department', p ->> 'department_code', null, '/department') end;
    v_has_end constant boolean := exists (select from pg_attribute a where a.attrelid = format('ebb.%I', v_kind)::regclass and a.attname = 'is_active');
    v_list json;
begin
    execute format('select coalesce(json_agg(fn.record_shown($1, fn.record_get($1, x.%1$I)) order by x.%1$I), ''[]'') from ebb.%2$I x
                     where ($2 is null or x.department_id = $2) %3$s and ($4 is null or strpos(lower(to_jsonb(x) ->> $5), lower($4)) > 0 or strpos(to_jsonb(x) ->> ''email'', lower($4)) > 0)',
                   v_kind || '_id', v_kind, case when v_has_end then 'and (x.is_active or $3)' else 'and $3 is not null' end)
       into v_list using v_kind, v_department_id, coalesce((p ->> 'is_all')::boolean, false), p ->> 'match', (select k.name_field from fn.record_kind k where k.kind = v_kind);
    return v_list;
end $$;
comment on function ctl.record_list(json) is 'Records of a kind {kind, department_code?, match?: part of a name or address, is_all?: also what has ended}.';
grant execute on function ctl.record_list(json) to ebb_ctl;

create or replace function ctl.record_show(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind constant text := fn.record_kind_must(p ->> 'kind');
begin
    return fn.record_shown(v_kind, fn.record_get(v_kind, fn.record_found(v_kind, p ->> 'word',
        case when p ->> 'department_code' is not null then fn.record_found('department', p ->> 'department_code', null, '/department') end, '/' || v_kind)));
end $$;
comment on function ctl.record_show(json) is 'One record {kind, word: number, name, address or code; department_code?}.';
grant execute on function ctl.record_show(json) to ebb_ctl;

create or replace function ctl.record_apply(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind constant text := fn.record_kind_must(p ->> 'kind');
    v_values jsonb := coalesce((p -> 'values')::jsonb, '{}');
    v_department_id constant int := case when p ->> 'department_code' is not null then fn.record_found('department', p ->> 'department_code', null, '/department') end;
    v_id int;
    v_row jsonb;
begin
    if not fn.by_operator() then
        perform fn.fail(403, null, 'This door is the operator''s at the host.');
    end if;
    begin
        if p ->> 'action' = 'create' then
            if v_department_id is not null and v_kind in ('person', 'team', 'service', 'request_type', 'skill') then
                v_values := v_values || jsonb_build_object('department_id', v_department_id);
            end if;
            v_id := fn.record_write(v_kind, null, fn.record_heard(v_kind, v_values, v_department_id), null);
        else
            v_id := fn.record_found(v_kind, p ->> 'word', v_department_id, '/' || v_kind);
            v_row := fn.record_get(v_kind, v_id);
            if p ->> 'action' = 'remove' then
                perform fn.record_remove(v_kind, v_id, (p ->> 'if_version')::int);
            else
                perform fn.record_write(v_kind, v_id, fn.record_heard(v_kind, v_values, (v_row ->> 'department_id')::int), (p ->> 'if_version')::int);
            end if;
        end if;
        v_row := fn.record_shown(v_kind, coalesce(fn.record_get(v_kind, v_id), v_row));
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZZ777';
        end if;
    exception when sqlstate 'ZZ777' then null;
    end;
    return v_row;
end $$;
comment on function ctl.record_apply(json) is 'Makes, changes or removes a record {kind, action: create, change or remove; word?, department_code?, if_version?, is_dry_run?, values: with names or numbers}, and returns it. On trial everything is done and undone.';
grant execute on function ctl.record_apply(json) to ebb_ctl;

create or replace function ctl.record_belong(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := fn.record_found('person', p ->> 'person', null, '/person');
    v_department_id constant int := case when p ->> 'department_code' is not null then fn.record_found('department', p ->> 'department_code', null, '/department') end;
    v_team_id int;
    v_roles text[];
    v_row jsonb;
begin
    if not fn.by_operator() then
        perform fn.fail(403, null, 'This door is the operator''s at the host.');
    end if;
    begin
        case p ->> 'what'
        when 'roles' then
            select coalesce(array_agg(distinct x order by x), '{}') into v_roles
              from (select r.role_code from ebb.person_role r where r.person_id = v_person_id and r.department_id = v_department_id
                    union select json_array_elements_text(coalesce(p -> 'grant', '[]'))) y (x)
             where x not in (select json_array_elements_text(coalesce(p -> 'take', '[]')));
            if v_department_id is null then
                perform fn.fail(422, '/department', 'A role holds for a department.', 'Name it by --department.');
            end if;
            perform fn.roles_set(v_person_id, v_department_id, v_roles, null);
        when 'member' then
            v_team_id := fn.record_found('team', p ->> 'team', v_department_id, '/team');
            perform fn.membership_set(v_team_id, v_person_id, p ->> 'as', null);
        when 'skill' then
            perform fn.person_skill_set(v_person_id, fn.record_found('skill', p ->> 'skill', v_department_id, '/skill'), (p ->> 'level')::int, null);
        when 'operator' then
            perform fn.operator_set(v_person_id, (p ->> 'is_operator')::boolean);
        end case;
        v_row := fn.record_shown('person', fn.record_get('person', v_person_id));
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZZ777';
        end if;
    exception when sqlstate 'ZZ777' then null;
    end;
    return v_row;
end $$;
comment on function ctl.record_belong(json) is 'What belongs to a person {person, what: roles (department_code, grant [], take []), member (team, as: member, deputy, lead or null), skill (skill, level 1 to 3 or null) or operator (is_operator); is_dry_run?}; returns the person.';
grant execute on function ctl.record_belong(json) to ebb_ctl;

create or replace function ctl.operator_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(json_agg(json_build_object('person_id', o.person_id, 'person_name', p.person_name, 'email', p.email, 'granted_at', o.granted_at, 'is_active', p.is_active) order by o.person_id), '[]')
              from ebb.operator o join ebb.person p on p.person_id = o.person_id);
end $$;
comment on function ctl.operator_list(json) is 'Operators of the desk.';
grant execute on function ctl.operator_list(json) to ebb_ctl;
