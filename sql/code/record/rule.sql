-- SPDX-License-Identifier: Apache-2.0
-- Records: the nouns an administrator makes and changes. What may be set of each stands in one table; one rule writes them all, for the
-- API and for ebbctl alike. What only one noun asks for is its own: fn.<kind>_settle, in its folder.

create or replace view fn.record_kind as
select k.kind, k.right_code, k.noun_text, k.name_field, k.first_fields, k.fields, k.refs
  from (values
    ('department', 'desk.operate', 'department', 'department_name', '{department_code,admin_person_id}'::text[], '{department_name,is_active}'::text[], '{}'::jsonb),
    ('person', 'person.manage', 'person', 'person_name', '{source_name,source_ref}',
     '{department_id,person_name,email,site_name,organisation_unit_name,time_zone_name,is_vip,calendar_id,is_active,hand_over_to}', '{"calendar_id": "calendar"}'),
    ('team', 'person.manage', 'team', 'team_name', '{department_id}', '{team_name,lead_person_id,parent_team_id,is_active}', '{"lead_person_id": "person", "parent_team_id": "team"}'),
    ('service', 'desk.configure', 'service', 'service_name', '{department_id}',
     '{service_name,owner_team_id,accountable_person_id,default_request_type_id,criticality,calendar_id,sla_policy_id,hop_budget,transfer_limit_s,is_active,served_department_ids}',
     '{"owner_team_id": "team", "accountable_person_id": "person", "default_request_type_id": "request_type", "calendar_id": "calendar", "sla_policy_id": "sla_policy"}'),
    ('request_type', 'desk.configure', 'request type', 'request_type_name', '{department_id}', '{request_type_name,ticket_kind,default_impact,default_urgency,is_active,is_confidential}', '{}'),
    ('skill', 'person.manage', 'skill', 'skill_name', '{department_id}', '{skill_name,is_active}', '{}'),
    ('shift', 'team.lead', 'shift', 'shift_id', '{team_id,person_id}', '{starts_at,ends_at,is_on_call,note}', '{"person_id": "person"}'),
    ('absence', 'team.lead', 'absence', 'absence_id', '{person_id}', '{starts_at,ends_at,deputy_person_id}', '{"deputy_person_id": "person"}'),
    -- Only named by others here.
    ('calendar', 'desk.configure', 'calendar', 'calendar_name', '{}', '{}', '{}'),
    ('sla_policy', 'desk.configure', 'policy', 'sla_policy_name', '{}', '{}', '{}'))
    as k (kind, right_code, noun_text, name_field, first_fields, fields, refs);
comment on view fn.record_kind is 'Records by kind: the right to write them, the word for people, the column that names one, what is set at the beginning only, what can be changed, and which of it names other records.';

create or replace function fn.record_get(p_kind text, p_id int, p_is_locked boolean default false) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_row jsonb;
begin
    execute format('select to_jsonb(x) from ebb.%I x where x.%I = $1 %s', p_kind, p_kind || '_id', case when p_is_locked then 'for no key update' else '' end) into v_row using p_id;
    if p_kind = 'service' then
        v_row := v_row || jsonb_build_object('served_department_ids', (select jsonb_agg(x.department_id order by x.department_id) from ebb.service_department x where x.service_id = p_id));
    end if;
    return v_row;
end $$;
comment on function fn.record_get(text, int, boolean) is 'A record as it stands in its table, locked for a change if asked for; NULL when there is none.';

create or replace function fn.record_sees(p_kind text, p_row jsonb) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.by_operator()
        or (p_row ->> 'department_id')::int = any (fn.departments('ebb_api'))
        or (p_kind = 'department' and fn.has_right('desk.operate', null))
        or (p_kind in ('person', 'absence') and ((p_row ->> 'person_id')::int = fn.person() or fn.person_works_here((p_row ->> 'person_id')::int)));
end $$;
comment on function fn.record_sees(text, jsonb) is 'True when whoever asks may know of a record; else it is answered as if there were none.';

create or replace function fn.record_must(p_kind text, p_row jsonb) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := (p_row ->> 'department_id')::int;
    v_person_id constant int := (p_row ->> 'person_id')::int;
begin
    if fn.by_operator() or fn.has_right('person.manage', v_department_id) and p_kind in ('shift', 'absence') then
        return;
    elsif p_kind = 'absence' and (v_person_id = fn.person() or fn.person_led(v_person_id)) then
        return;
    elsif p_kind = 'absence' or (p_kind = 'shift' and not fn.team_led((p_row ->> 'team_id')::int)) then
        perform fn.must('person.manage', v_department_id);
    else
        perform fn.must((select k.right_code from fn.record_kind k where k.kind = p_kind), case p_kind when 'department' then null else v_department_id end);
    end if;
end $$;
comment on function fn.record_must(text, jsonb) is 'Refuses whoever may not write the record: the kind''s right in its department; shifts and absences also by those who lead, absences by the person.';

create or replace function fn.record_lock(p_kind text, p_id int, p_version int) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_row jsonb;
    v_noun constant text := (select k.noun_text from fn.record_kind k where k.kind = p_kind);
begin
    v_row := fn.record_get(p_kind, p_id, true);
    if v_row is null or not fn.record_sees(p_kind, v_row) then
        perform fn.fail(404, format('/%s_id', p_kind), format('There is no such %s, or you may not see it.', v_noun));
    end if;
    perform fn.record_must(p_kind, v_row);
    if p_version <> (v_row ->> 'version')::int then
        perform fn.fail(412, null, format('The %s has changed since you read it: it is at version %s.', v_noun, v_row ->> 'version'), 'Read it again, then repeat your change.');
    end if;
    return v_row;
end $$;
comment on function fn.record_lock(text, int, int) is 'Locks a record for a change and returns it; 404 unseen, 403 without the right, 412 when the version is another one.';

create or replace function fn.record_refs(p_kind text, p_old jsonb, p_new jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ref record;
    v_row jsonb;
begin
    for v_ref in select r.key as field, r.value as kind, x.noun_text, (p_new ->> r.key)::int as id
                   from fn.record_kind k cross join jsonb_each_text(k.refs) r join fn.record_kind x on x.kind = r.value where k.kind = p_kind
    loop
        -- What was there before may have become inactive since; it is looked at again where the department changes.
        continue when v_ref.id is null or (v_ref.id = (p_old ->> v_ref.field)::int and p_old -> 'department_id' = p_new -> 'department_id');
        v_row := fn.record_get(v_ref.kind, v_ref.id);
        if v_row is null or v_row -> 'department_id' <> p_new -> 'department_id' or not coalesce((v_row ->> 'is_active')::boolean, true) or not fn.record_sees(v_ref.kind, v_row) then
            -- One sentence for what does not exist, what is elsewhere, what has ended and what whoever asks does not see.
            perform fn.fail(422, '/' || v_ref.field, format('There is no such active %s in the department.', v_ref.noun_text));
        end if;
    end loop;
end $$;
comment on function fn.record_refs(text, jsonb, jsonb) is 'Refuses a record that names what is not there, in another department, inactive or not seen: the same answer for all.';

create or replace function fn.record_tidy(p_kind text, p_values jsonb, p_is_new boolean) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_field record;
    v_values jsonb := p_values;
begin
    for v_field in select v.key as name, v.value #>> '{}' as text from jsonb_each(p_values) v where jsonb_typeof(v.value) = 'string'
    loop
        if v_field.text ~ '[[:cntrl:]]' then
            perform fn.fail(422, '/' || v_field.name, format('%s holds characters that cannot be shown.', v_field.name), 'Take out line breaks, tabs and control characters.');
        end if;
        v_values := v_values || jsonb_build_object(v_field.name, nullif(btrim(case v_field.name when 'email' then lower(v_field.text) else v_field.text end), ''));
    end loop;
    for v_field in select a.attname as name from pg_attribute a
                    where a.attrelid = format('ebb.%I', p_kind)::regclass and a.attnum > 0 and not a.attisdropped and a.attnotnull and a.attidentity = ''
                      and (coalesce(v_values -> a.attname, 'null') = 'null') and (v_values ? a.attname or (p_is_new and not a.atthasdef and a.attname <> 'department_id'))
                    order by a.attnum limit 1
    loop
        perform fn.fail(422, '/' || v_field.name, format('%s must not be empty.', v_field.name));
    end loop;
    return v_values;
end $$;
comment on function fn.record_tidy(text, jsonb, boolean) is 'Values as they are kept: without blanks around, an empty text as NULL, an address in lower case; refuses control characters and what must not be missing.';
