-- SPDX-License-Identifier: Apache-2.0
-- Asking for reports, and schedules by which they are made without asking.

create or replace function fn.report_params(p_args json, p_known text[]) returns jsonb
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_all constant jsonb := (p_args::jsonb - '{params,report_id,department_id,format,limit,cursor,if_match,report_schedule_id,weekday,at_time,time_zone_name,is_active}'::text[])
                            || coalesce(nullif((p_args -> 'params')::jsonb, 'null'), '{}');
    v_errors jsonb := jsonb_build_array();
    v_near text;
    e record;
begin
    for e in select a.key, a.value from jsonb_each(v_all) a order by a.key loop
        if e.key <> all (p_known) then
            v_near := fn.word_nearest(e.key, p_known);
            v_errors := v_errors || fn.fault('/' || e.key, format('The report knows no %s.', left(e.key, 80))
                || case when v_near is not null then format(' Did you mean %s?', v_near) when cardinality(p_known) = 0 then ' It takes nothing but the department.'
                        else format(' It takes %s.', array_to_string(p_known, ', ')) end);
        elsif jsonb_typeof(e.value) in ('object', 'array') or octet_length(e.value::text) > 4096 then
            v_errors := v_errors || fn.fault('/' || e.key, format('%s must be a text of at most 4 KiB.', e.key));
        end if;
    end loop;
    perform fn.fail_all(422, v_errors);
    return (select coalesce(jsonb_object_agg(a.key, a.value #>> '{}'), '{}') from jsonb_each(v_all) a where a.value <> 'null');
end $$;
comment on function fn.report_params(json, text[]) is 'What is asked of a report beyond the department, as texts: members of params, or beside it. Refuses what the report does not know.';

create or replace function fn.report_wanted(p_report_id int, p_args json, out format text, out params jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_report ebb.plugin_report;
begin
    select * into v_report from ebb.plugin_report r where r.report_id = p_report_id;
    if not found then
        perform fn.fail(404, '/report_id', 'There is no such report in this department.', 'GET /api/v1/reports lists them.');
    end if;
    format := coalesce(p_args ->> 'format', v_report.formats[1]);
    if format <> all (v_report.formats) then
        perform fn.fail(422, '/format', pg_catalog.format('This report comes as %s.', array_to_string(v_report.formats, ', ')));
    end if;
    params := fn.report_params(p_args, v_report.params);
end $$;
comment on function fn.report_wanted(int, json) is 'Format and parameters that are asked of a report, checked against what it declares; the first format is the default.';
grant execute on function fn.report_wanted(int, json) to ebb_api;

create or replace function fn.report_schedule_fields(p_args json, p_schedule ebb.report_schedule) returns ebb.report_schedule
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    s ebb.report_schedule := p_schedule;
    v_wanted record;
    v_errors jsonb := jsonb_build_array();
begin
    if p_args -> 'weekday' is not null then
        if coalesce(p_args ->> 'weekday', '1') !~ '^[1-7]$' then
            v_errors := v_errors || fn.fault('/weekday', 'weekday must be 1 (Monday) to 7, or null for every day.');
        else
            s.weekday := (p_args ->> 'weekday')::smallint;
        end if;
    end if;
    if coalesce(p_args ->> 'at_time', s.at_time::text, '') !~ '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$' then
        v_errors := v_errors || fn.fault('/at_time', 'at_time must be a local time of day, such as 07:30.');
    else
        s.at_time := coalesce(p_args ->> 'at_time', s.at_time::text)::time;
    end if;
    s.time_zone_name := coalesce(p_args ->> 'time_zone_name', s.time_zone_name, (select r.time_zone_name from ebb.report_setting r));
    if not exists (select from pg_timezone_names z where z.name = s.time_zone_name) then
        v_errors := v_errors || fn.fault('/time_zone_name', format('There is no time zone %s. Name one of the tz database, such as Europe/Berlin.', left(s.time_zone_name, 80)));
    end if;
    s.is_active := coalesce((p_args ->> 'is_active')::boolean, s.is_active, true);
    perform fn.fail_all(422, v_errors);
    v_wanted := fn.report_wanted(s.report_id, json_build_object('format', coalesce(p_args ->> 'format', s.format), 'params', coalesce((p_args -> 'params')::jsonb, s.params, '{}')));
    s.format := v_wanted.format;
    s.params := v_wanted.params;
    s.next_at := fn.schedule_next(s, fn.now());
    return s;
end $$;
comment on function fn.report_schedule_fields(json, ebb.report_schedule) is 'A schedule with the fields that are given, all checked; next_at follows from them.';

create or replace function fn.report_schedule_find(p_args json) returns ebb.report_schedule
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    s ebb.report_schedule;
begin
    select * into s from ebb.report_schedule r where r.report_schedule_id = (p_args ->> 'report_schedule_id')::int for no key update;
    if not found or not (fn.by_operator() or fn.has_right('desk.read', s.department_id)) then
        perform fn.fail(404, '/report_schedule_id', 'There is no such schedule, or you may not see it.');
    end if;
    perform fn.plugin_must(s.department_id);
    perform fn.plugin_fresh(p_args, s.version, 'The schedule');
    return s;
end $$;
comment on function fn.report_schedule_find(json) is 'Locks the schedule named in the arguments for a change by an administrator of its department; 404 unseen, 403 without the right, 412 when If-Match names another version.';

create or replace function fn.report_schedule_add(p_args json) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    s ebb.report_schedule;
begin
    s.department_id := fn.plugin_department_find(p_args);
    s.report_id := (p_args ->> 'report_id')::int;
    if not exists (select from ebb.plugin_report r where r.report_id = s.report_id and r.is_offered and fn.plugin_is_used(r.plugin_id, s.department_id)) then
        perform fn.fail(404, '/report_id', 'There is no such report in this department.', 'GET /api/v1/reports lists them.');
    end if;
    s := fn.report_schedule_fields(p_args, s);
    insert into ebb.report_schedule (report_id, department_id, format, params, weekday, at_time, time_zone_name, is_active, next_at)
    values (s.report_id, s.department_id, s.format, s.params, s.weekday, s.at_time, s.time_zone_name, s.is_active, s.next_at)
    returning report_schedule_id into s.report_schedule_id;
    perform fn.audit_add(s.department_id, 'report_schedule.add', 'report_schedule', s.report_schedule_id::text, null, fn.report_schedule_values(s));
    return s.report_schedule_id;
end $$;
comment on function fn.report_schedule_add(json) is 'Adds a schedule {report_id, department_id, format, params, weekday, at_time, time_zone_name, is_active}; returns its key.';
grant execute on function fn.report_schedule_add(json) to ebb_api;

create or replace function fn.report_schedule_values(p_schedule ebb.report_schedule) returns jsonb
language sql immutable
return to_jsonb(p_schedule) - '{report_schedule_id,version,department_id,next_at}'::text[];
comment on function fn.report_schedule_values(ebb.report_schedule) is 'A schedule for the audit.';

create or replace function fn.report_schedule_change(p_args json) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_have constant ebb.report_schedule := fn.report_schedule_find(p_args);
    s ebb.report_schedule;
begin
    s := fn.report_schedule_fields(p_args, v_have);
    if fn.report_schedule_values(s) <> fn.report_schedule_values(v_have) then
        update ebb.report_schedule r
           set version = r.version + 1, format = s.format, params = s.params, weekday = s.weekday, at_time = s.at_time, time_zone_name = s.time_zone_name,
               is_active = s.is_active, next_at = s.next_at
         where r.report_schedule_id = s.report_schedule_id;
        perform fn.audit_add(s.department_id, 'report_schedule.change', 'report_schedule', s.report_schedule_id::text, fn.report_schedule_values(v_have), fn.report_schedule_values(s));
    end if;
    return s.report_schedule_id;
end $$;
comment on function fn.report_schedule_change(json) is 'Changes a schedule; its report and department stay.';
grant execute on function fn.report_schedule_change(json) to ebb_api;

create or replace function fn.report_schedule_remove(p_args json) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_have constant ebb.report_schedule := fn.report_schedule_find(p_args);
begin
    -- What it has made stays.
    update ebb.report_document d set report_schedule_id = null where d.report_schedule_id = v_have.report_schedule_id;
    delete from ebb.report_schedule r where r.report_schedule_id = v_have.report_schedule_id;
    perform fn.audit_add(v_have.department_id, 'report_schedule.remove', 'report_schedule', v_have.report_schedule_id::text, fn.report_schedule_values(v_have), null);
end $$;
comment on function fn.report_schedule_remove(json) is 'Removes a schedule; the documents it made stay.';
grant execute on function fn.report_schedule_remove(json) to ebb_api;
