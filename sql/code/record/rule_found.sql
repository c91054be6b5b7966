-- SPDX-License-Identifier: Apache-2.0
-- Records in words, as the command line gives and shows them: by name, address or code instead of by number.

create or replace function fn.record_found(p_kind text, p_word text, p_department_id int, p_pointer text) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    k fn.record_kind;
    v_ids int[];
    v_names text;
begin
    select * into strict k from fn.record_kind x where x.kind = p_kind;
    execute format('select array_agg(x.%1$I order by x.%1$I) from ebb.%2$I x where (x.%1$I::text = $1 or x.%3$I::text = $1 %4$s) and ($2 is null or x.department_id = $2)',
                   p_kind || '_id', p_kind, k.name_field, case p_kind when 'person' then 'or x.email = lower($1)' when 'department' then 'or x.department_code = $1' else '' end)
       into v_ids using p_word, case when p_kind <> 'department' then p_department_id end;
    if v_ids is null and p_kind not in ('person', 'shift', 'absence') then
        execute format('select string_agg(y.id || '' "'' || y.name || ''"'', '', '') from (select x.%I as id, x.%I as name from ebb.%I x where $1 is null or x.department_id = $1 order by 1 limit 20) y',
                       p_kind || '_id', case p_kind when 'department' then 'department_code' else k.name_field end, p_kind) into v_names using case when p_kind <> 'department' then p_department_id end;
    end if;
    if v_ids is null then
        perform fn.fail(404, p_pointer, format('There is no %s "%s"%s.', k.noun_text, p_word, coalesce(' in ' || fn.department_code(case when p_kind <> 'department' then p_department_id end), '')),
                        'There are: ' || v_names || '.');
    elsif cardinality(v_ids) > 1 then
        perform fn.fail(422, p_pointer, format('There are %s of the name "%s".', cardinality(v_ids), p_word), format('Name the department, or one by its number: %s.', array_to_string(v_ids[1:20], ', ')));
    end if;
    return v_ids[1];
end $$;
comment on function fn.record_found(text, text, int, text) is 'A record by number, name, address or code, within a department or among all; refuses none and several, saying which there are.';

create or replace function fn.record_name(p_kind text, p_id int) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_name text;
begin
    execute format('select x.%I::text from ebb.%I x where x.%I = $1', (select k.name_field from fn.record_kind k where k.kind = p_kind), p_kind, p_kind || '_id') into v_name using p_id;
    return v_name;
end $$;
comment on function fn.record_name(text, int) is 'Name of a record.';

create or replace function fn.record_named() returns jsonb
language sql immutable
return '{"department_id": "department", "person_id": "person", "team_id": "team", "lead_person_id": "person", "parent_team_id": "team", "owner_team_id": "team", "accountable_person_id": "person",
         "default_request_type_id": "request_type", "calendar_id": "calendar", "sla_policy_id": "sla_policy", "deputy_person_id": "person", "hand_over_to": "person", "admin_person_id": "person"}'::jsonb;
comment on function fn.record_named() is 'Fields of records that name another one, and of which kind that is.';

create or replace function fn.record_shown(p_kind text, p_row jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_id constant int := (p_row ->> (p_kind || '_id'))::int;
    v_row jsonb := p_row || coalesce((
        select jsonb_object_agg(regexp_replace(n.key, '_id$', ''), case n.value when 'department' then fn.department_code((p_row ->> n.key)::int) else fn.record_name(n.value, (p_row ->> n.key)::int) end)
          from jsonb_each_text(fn.record_named()) n where n.key <> p_kind || '_id' and p_row ->> n.key is not null), '{}');
begin
    case p_kind
    when 'person' then
        v_row := v_row || jsonb_build_object(
            'roles', (select coalesce(jsonb_agg(r.role_code || ' in ' || fn.department_code(r.department_id) || case when r.provider_id is not null then ' (by a provider)' else '' end order by r.department_id, r.role_code), '[]')
                        from ebb.person_role r where r.person_id = v_id),
            'teams', (select coalesce(jsonb_agg(t.team_name || case when t.lead_person_id = v_id then ' (lead)' when m.membership_role = 'deputy' then ' (deputy)' else '' end order by t.team_id), '[]')
                        from ebb.membership m join ebb.team t on t.team_id = m.team_id where m.person_id = v_id and m.is_active),
            'skills', (select coalesce(jsonb_agg(s.skill_name || ' ' || k.skill_level order by s.skill_name), '[]') from ebb.person_skill k join ebb.skill s on s.skill_id = k.skill_id where k.person_id = v_id),
            'is_operator', exists (select from ebb.operator o where o.person_id = v_id));
    when 'team' then
        v_row := v_row || jsonb_build_object(
            'members', (select coalesce(jsonb_agg(p.person_name || case when m.membership_role = 'deputy' then ' (deputy)' else '' end order by p.person_id), '[]')
                          from ebb.membership m join ebb.person p on p.person_id = m.person_id where m.team_id = v_id and m.is_active));
    when 'service' then
        v_row := v_row || jsonb_build_object('serves', (select jsonb_agg(fn.department_code(x.department_id) order by x.department_id) from ebb.service_department x where x.service_id = v_id));
    else null;
    end case;
    return v_row;
end $$;
comment on function fn.record_shown(text, jsonb) is 'A record with the names of what it refers to beside the numbers, and what belongs to it.';

create or replace function fn.record_heard(p_kind text, p_values jsonb, p_department_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_values jsonb := p_values;
    v_field record;
    v_department_id int := p_department_id;
begin
    if jsonb_typeof(p_values -> 'department_id') = 'string' then
        v_values := v_values || jsonb_build_object('department_id', fn.record_found('department', p_values ->> 'department_id', null, '/department_id'));
        v_department_id := (v_values ->> 'department_id')::int;
    end if;
    for v_field in select n.key as name, n.value as kind, p_values ->> n.key as word from jsonb_each_text(fn.record_named()) n
                    where jsonb_typeof(p_values -> n.key) = 'string' and n.key <> 'department_id'
    loop
        v_values := v_values || jsonb_build_object(v_field.name, case when v_field.word <> '' then fn.record_found(v_field.kind, v_field.word,
            case when v_field.kind <> 'person' then v_department_id end, '/' || v_field.name) end);
    end loop;
    if jsonb_typeof(p_values -> 'served_department_ids') = 'string' then
        v_values := v_values || jsonb_build_object('served_department_ids', (
            select jsonb_agg(fn.record_found('department', btrim(w), null, '/served_department_ids')) from unnest(string_to_array(p_values ->> 'served_department_ids', ',')) w));
    end if;
    return v_values;
end $$;
comment on function fn.record_heard(text, jsonb, int) is 'Values as the command line gives them, with numbers in the place of names.';
