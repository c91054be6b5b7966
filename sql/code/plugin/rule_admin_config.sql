-- SPDX-License-Identifier: Apache-2.0
-- A department's configuration of a plugin against what the plugin declares. All faults at once, each with its pointer and a
-- sentence that says what to change. A secret is text once, on its way in; then it is {"$secret": sealed}, and nobody is shown either.

create or replace function fn.plugin_param_type(p_param jsonb) returns text
language sql immutable
return case when jsonb_typeof(p_param -> 'type') = 'number' then ('{text,integer,boolean,duration,choice,secret,json}'::text[])[(p_param ->> 'type')::int + 1]
            else p_param ->> 'type' end;
comment on function fn.plugin_param_type(jsonb) is 'Type of a declared parameter: text, integer, boolean, duration, choice, secret or json.';

create or replace function fn.plugin_pointer(p_key text) returns text
language sql immutable
return '/config/' || replace(replace(p_key, '~', '~0'), '/', '~1');
comment on function fn.plugin_pointer(text) is 'JSON pointer of a parameter in the arguments.';

create or replace function fn.plugin_number_fault(p_param jsonb, p_value numeric, p_unit text) returns text
language sql immutable
return case when coalesce((p_param ->> 'least')::numeric, 0) = 0 and coalesce((p_param ->> 'most')::numeric, 0) = 0 then null
            when p_value < (p_param ->> 'least')::numeric or p_value > (p_param ->> 'most')::numeric
                then format('%s must be %s to %s%s; this is %s.', p_param ->> 'key', p_param ->> 'least', p_param ->> 'most', coalesce(' ' || nullif(p_unit, ''), ''), p_value) end;
comment on function fn.plugin_number_fault(jsonb, numeric, text) is 'What is wrong with a number, or with the length of a text, that must lie between least and most; NULL: nothing. Both 0: any.';

create or replace function fn.plugin_json_fault(p_key text, p_text text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_detail text;
    v_context text;
begin
    perform p_text::json;
    return null;
exception when invalid_text_representation then
    get stacked diagnostics v_detail = pg_exception_detail, v_context = pg_exception_context;
    return format('%s is not JSON: %s (%s)', p_key, v_detail, substring(v_context from '^[^\n]*'));
end $$;
comment on function fn.plugin_json_fault(text, text) is 'Why a text is not JSON, and where; NULL when it is.';

create or replace function fn.plugin_value(p_param jsonb, p_value jsonb, out value_text text, out fault text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_key constant text := p_param ->> 'key';
    v_type constant text := fn.plugin_param_type(p_param);
    v_given constant text := jsonb_typeof(p_value);
begin
    value_text := p_value #>> '{}';
    case v_type
    when 'integer', 'duration' then
        if v_given not in ('number', 'string') or value_text !~ '^-?[0-9]{1,18}$' then
            fault := format('%s must be a whole number%s.', v_key, case when v_type = 'duration' then ' of seconds' else coalesce(' of ' || nullif(p_param ->> 'unit', ''), '') end);
        elsif v_type = 'duration' and value_text::bigint < 0 then
            fault := format('%s must not be negative.', v_key);
        else
            value_text := value_text::bigint::text;
            fault := fn.plugin_number_fault(p_param, value_text::numeric, case when v_type = 'duration' then 'seconds' else p_param ->> 'unit' end);
        end if;
    when 'boolean' then
        if value_text not in ('true', 'false') then
            fault := format('%s must be true or false.', v_key);
        end if;
    when 'choice' then
        if v_given <> 'string' or value_text <> all (string_to_array(p_param ->> 'unit', '|')) then
            fault := format('%s must be one of %s.', v_key, replace(p_param ->> 'unit', '|', ', '));
        end if;
    when 'json' then
        if v_given = 'string' then
            fault := fn.plugin_json_fault(v_key, value_text);
        else
            value_text := p_value::text;
        end if;
    else
        if v_given <> 'string' then
            fault := format('%s must be a text.', v_key);
        elsif v_type = 'secret' and value_text = '' then
            fault := format('%s must not be empty; null takes it away.', v_key);
        else
            fault := fn.plugin_number_fault(p_param, length(value_text), 'characters long');
            if v_type = 'secret' then
                fault := regexp_replace(fault, '; this is.*', '.');
            end if;
        end if;
    end case;
    if fault is null and octet_length(value_text) > 1048576 then
        fault := format('%s is longer than 1 MiB.', v_key);
    end if;
end $$;
comment on function fn.plugin_value(jsonb, jsonb) is 'A value for a declared parameter as the text a plugin is given, or what is wrong with it.';

create or replace function fn.plugin_config_missing(p_params jsonb, p_config jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select coalesce(jsonb_agg(jsonb_build_object('pointer', fn.plugin_pointer(p.value ->> 'key'),
                'detail', format('%s must be set: %s', p.value ->> 'key', coalesce(p.value ->> 'help', 'the plugin declares no initial value.')))), '[]')
      from jsonb_array_elements(coalesce(nullif(p_params, 'null'), '[]')) p
     where p.value ->> 'initial' is null and not p_config ? (p.value ->> 'key')
$$;
comment on function fn.plugin_config_missing(jsonb, jsonb) is 'Faults for parameters without a value, stored or initial.';

create or replace function fn.plugin_config_merge(p_params jsonb, p_have jsonb, p_come jsonb, p_sealed boolean, out config jsonb, out errors jsonb)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_keys constant text[] := coalesce((select array_agg(p.value ->> 'key') from jsonb_array_elements(coalesce(nullif(p_params, 'null'), '[]')) p), '{}');
    v_param jsonb;
    v_read record;
    e record;
begin
    -- What comes sealed is whole already. What an older version declared and this one does not is let go.
    config := coalesce((select jsonb_object_agg(h.key, h.value) from jsonb_each(p_have) h where h.key = any (v_keys) and not p_sealed), '{}');
    errors := '[]';
    if jsonb_typeof(p_come) <> 'object' then
        errors := fn.fault('/config', 'config must be an object of parameters and their values.');
        return;
    end if;
    for e in select c.key, c.value from jsonb_each(p_come) c order by c.key loop
        select p.value into v_param from jsonb_array_elements(coalesce(nullif(p_params, 'null'), '[]')) p where p.value ->> 'key' = e.key;
        if v_param is null then
            errors := errors || fn.fault(fn.plugin_pointer(e.key), format('There is no parameter %s.', left(e.key, 80))
                || coalesce(' Did you mean ' || fn.word_nearest(e.key, v_keys) || '?', case when v_keys = '{}' then ' The plugin has none.' else ' There are: ' || array_to_string(v_keys, ', ') || '.' end));
        elsif e.value = 'null' then
            config := config - e.key;
        elsif fn.plugin_param_type(v_param) = 'secret' and e.value -> 'is_set' is not null then
            -- What we showed of it, sent back: it stays as it is.
            config := config || coalesce((select jsonb_build_object(h.key, h.value) from jsonb_each(p_have) h where h.key = e.key), '{}');
        elsif fn.plugin_param_type(v_param) = 'secret' and p_sealed then
            if jsonb_typeof(e.value -> '$secret') is distinct from 'string' then
                errors := errors || fn.fault(fn.plugin_pointer(e.key), format('%s is a secret and did not arrive sealed.', e.key));
            end if;
            config := config || jsonb_build_object(e.key, e.value);
        else
            v_read := fn.plugin_value(v_param, e.value);
            if v_read.fault is not null then
                errors := errors || fn.fault(fn.plugin_pointer(e.key), v_read.fault);
            end if;
            config := config || jsonb_build_object(e.key, v_read.value_text);
        end if;
    end loop;
end $$;
comment on function fn.plugin_config_merge(jsonb, jsonb, jsonb, boolean) is 'Stored values with those that come, null taking one away, checked against the declared parameters; and all that is wrong. Sealed, the second time: what comes is whole, and its secrets are {"$secret"}.';

create or replace function fn.plugin_config_shown(p_params jsonb, p_config jsonb) returns jsonb
language sql immutable set search_path = pg_catalog, pg_temp
as $$
    select coalesce(jsonb_object_agg(c.key, case when c.value -> '$secret' is not null or coalesce(s.is_secret, false) then jsonb_build_object('is_set', true) else c.value end), '{}')
      from jsonb_each(p_config) c
      left join lateral (select fn.plugin_param_type(p.value) = 'secret' as is_secret from jsonb_array_elements(coalesce(nullif(p_params, 'null'), '[]')) p where p.value ->> 'key' = c.key limit 1) s on true
$$;
comment on function fn.plugin_config_shown(jsonb, jsonb) is 'A configuration as people may see it: a secret is {"is_set": true}.';
