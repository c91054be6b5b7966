-- SPDX-License-Identifier: Apache-2.0
-- The one rule that makes and changes records, with its audit.

create or replace function fn.record_place(p_kind text, p_values jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_from constant text := case p_kind when 'shift' then 'team' when 'absence' then 'person' end;
    v_row jsonb;
begin
    if v_from is null then
        if p_kind <> 'department' and p_values ->> 'department_id' is null then
            perform fn.fail(422, '/department_id', 'department_id must not be empty.');
        elsif p_kind <> 'department' and fn.by_operator() and not exists (select from ebb.department d where d.department_id = (p_values ->> 'department_id')::int) then
            perform fn.fail(422, '/department_id', 'There is no such department.');
        end if;
        return p_values;
    end if;
    v_row := fn.record_get(v_from, (p_values ->> (v_from || '_id'))::int);
    if v_row is null or not fn.record_sees(v_from, v_row) then
        perform fn.fail(422, format('/%s_id', v_from), format('There is no such %s.', v_from));
    end if;
    return p_values || jsonb_build_object('department_id', v_row -> 'department_id');
end $$;
comment on function fn.record_place(text, jsonb) is 'Values of a new record with the department it belongs to: named, or that of its team or person.';

create or replace function fn.record_store(p_kind text, p_id int, p_values jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_columns constant text[] := array(select a.attname::text from pg_attribute a where a.attrelid = format('ebb.%I', p_kind)::regclass and a.attnum > 0 and p_values ? a.attname::text order by a.attnum);
    v_list constant text := (select string_agg(quote_ident(c), ', ') from unnest(v_columns) c);
    v_id int := p_id;
begin
    if p_id is null then
        execute format('insert into ebb.%1$I (%2$s) select %2$s from jsonb_populate_record(null::ebb.%1$I, $1) returning %3$I', p_kind, v_list, p_kind || '_id') into v_id using p_values;
    elsif cardinality(v_columns) > 0 then
        execute format('update ebb.%1$I t set %2$s from jsonb_populate_record(null::ebb.%1$I, $1) v where t.%3$I = $2', p_kind,
                       (select string_agg(format('%1$I = v.%1$I', c), ', ') from unnest(v_columns) c), p_kind || '_id') using p_values, p_id;
    end if;
    return v_id;
end $$;
comment on function fn.record_store(text, int, jsonb) is 'Writes those values that are columns; returns the key.';

create or replace function fn.record_write(p_kind text, p_id int, p_values jsonb, p_version int) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    k fn.record_kind;
    v_old jsonb;
    v_new jsonb;
    v_values jsonb;
    v_id int;
begin
    select * into strict k from fn.record_kind x where x.kind = p_kind and x.fields <> '{}';
    perform fn.fields_check(p_values, k.fields || case when p_id is null then k.first_fields else '{}' end);
    if p_id is not null then
        v_old := fn.record_lock(p_kind, p_id, p_version);
        v_values := fn.record_tidy(p_kind, p_values, false);
    else
        v_values := fn.record_place(p_kind, p_values);
        perform fn.record_must(p_kind, v_values);
        v_values := fn.record_tidy(p_kind, v_values, true);
    end if;
    v_new := coalesce(v_old, '{}') || v_values;
    if v_old -> 'department_id' <> v_new -> 'department_id' and not (fn.by_operator() or fn.has_right(k.right_code, (v_new ->> 'department_id')::int)) then
        perform fn.fail(422, '/department_id', 'There is no such department.', 'Whoever moves somebody manages people in both departments.');
    end if;
    perform fn.record_refs(p_kind, v_old, v_new);
    -- What is said again changes nothing and is no change.
    if v_old is null or v_old || v_values <> v_old then
        v_id := fn.record_store(p_kind, p_id, v_values);
        execute format('select fn.%I($1, $2, $3)', p_kind || '_settle') using v_id, v_old, v_values;
        perform fn.record_audit(p_kind, v_id, case when v_old is null then 'create' else 'change' end, v_old, v_values);
    end if;
    return coalesce(v_id, p_id);
end $$;
comment on function fn.record_write(text, int, jsonb, int) is 'Makes a record (p_id NULL) or changes one, for whoever has the right: checks names, rights, version and what it refers to, writes it, does what the kind asks for besides, and notes it in the audit; returns the key.';
grant execute on function fn.record_write(text, int, jsonb, int) to ebb_api;

create or replace function fn.record_remove(p_kind text, p_id int, p_version int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_old jsonb;
begin
    if p_kind not in ('shift', 'absence') then
        perform fn.fail(409, null, 'What is used stays: it is made inactive and not removed.');
    end if;
    v_old := fn.record_lock(p_kind, p_id, p_version);
    perform fn.record_audit(p_kind, p_id, 'remove', v_old, '{}');
    execute format('delete from ebb.%I x where x.%I = $1', p_kind, p_kind || '_id') using p_id;
end $$;
comment on function fn.record_remove(text, int, int) is 'Removes a shift or an absence; all else becomes inactive instead.';
grant execute on function fn.record_remove(text, int, int) to ebb_api;

create or replace function fn.record_audit(p_kind text, p_id int, p_verb text, p_old jsonb, p_values jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_row constant jsonb := coalesce(fn.record_get(p_kind, p_id), p_old);
    v_before constant jsonb := (select jsonb_object_agg(o.key, o.value) from jsonb_each(p_old) o where p_verb = 'remove' or (p_values ? o.key and p_values -> o.key <> o.value));
    v_after constant jsonb := (select jsonb_object_agg(n.key, n.value) from jsonb_each(p_values) n where p_old is null or not p_old ? n.key or p_old -> n.key <> n.value);
begin
    perform fn.audit_add(case p_kind when 'department' then p_id else (v_row ->> 'department_id')::int end, p_kind || '.' || p_verb, p_kind,
                         case p_kind when 'person' then p_id::text else v_row ->> (select k.name_field from fn.record_kind k where k.kind = p_kind) end, v_before, v_after);
end $$;
comment on function fn.record_audit(text, int, text, jsonb, jsonb) is 'Notes what a change of a record changed, before and after. A person stands there by number; what tells who it is the audit keeps aside.';

create or replace function fn.record_make(p_kind text, p_args json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return json_build_object(p_kind || '_id', fn.record_write(p_kind, null, p_args::jsonb, null));
end $$;
comment on function fn.record_make(text, json) is 'Makes a record out of the arguments of an api function; returns its key as the argument of the next one.';
grant execute on function fn.record_make(text, json) to ebb_api;

create or replace function fn.record_change(p_kind text, p_args json) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.record_write(p_kind, (p_args ->> (p_kind || '_id'))::int, p_args::jsonb - array[p_kind || '_id', 'if_match'], (p_args ->> 'if_match')::int);
end $$;
comment on function fn.record_change(text, json) is 'Changes the record that the arguments of an api function name.';
grant execute on function fn.record_change(text, json) to ebb_api;

create or replace function fn.record_touched() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if new is distinct from old then
        new.version := old.version + 1;
    end if;
    return new;
end $$;
comment on function fn.record_touched() is 'Trigger: every change of a record counts its version, whoever makes it.';

create or replace function fn.record_touch(p_kind text, p_id int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    execute format('update ebb.%I x set version = x.version + 1 where x.%I = $1', p_kind, p_kind || '_id') using p_id;
end $$;
comment on function fn.record_touch(text, int) is 'Counts the version of a record of which something beside its own row has changed.';
