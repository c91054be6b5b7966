-- SPDX-License-Identifier: Apache-2.0
-- Reports of plugins: what is handed to the plugin's process, and when a schedule is due.

create or replace function fn.report_call(p_report_id int, p_department_id int, p_format text, p_params jsonb) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    r record;
    v_input jsonb;
begin
    select o.report_name, o.plugin_id, p.plugin_name, d.config_version into r
      from ebb.plugin_report o
      join ebb.plugin p on p.plugin_id = o.plugin_id
      join ebb.plugin_department d on d.plugin_id = o.plugin_id and d.department_id = p_department_id
     where o.report_id = p_report_id and o.is_offered and fn.plugin_is_used(o.plugin_id, p_department_id)
       and (fn.by_operator() or fn.has_right('desk.read', p_department_id));
    if r.plugin_id is null then
        perform fn.fail(404, '/report_id', 'There is no such report in this department.', 'GET /api/v1/reports lists them.');
    end if;
    v_input := jsonb_build_object('department_id', p_department_id, 'report', r.report_name, 'format', p_format, 'params', p_params);
    return json_build_object('plugin_id', r.plugin_id, 'plugin_name', r.plugin_name, 'department_id', p_department_id, 'config_version', r.config_version,
                             'kind', 'report', 'now', fn.micros(fn.now()), 'report', r.report_name, 'format', p_format, 'params', p_params,
                             'rows', fn.plugin_rows(r.plugin_id, p_department_id, 4, r.report_name, v_input));
end $$;
comment on function fn.report_call(int, int, text, jsonb) is 'The call of a report for its plugin''s process, with the rows of its statements; 404 when the department does not use the plugin, or the person does not read its desk.';
grant execute on function fn.report_call(int, int, text, jsonb) to ebb_api;

create or replace function fn.schedule_next(p_schedule ebb.report_schedule, p_after timestamptz) returns timestamptz
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_day date := (p_after at time zone p_schedule.time_zone_name)::date;
    v_at timestamptz;
begin
    for i in 0 .. 8 loop
        v_at := ((v_day + i) + p_schedule.at_time) at time zone p_schedule.time_zone_name;
        if v_at > p_after and (p_schedule.weekday is null or extract(isodow from v_day + i) = p_schedule.weekday) then
            return v_at;
        end if;
    end loop;
    return p_after + interval '7 days';
end $$;
comment on function fn.schedule_next(ebb.report_schedule, timestamptz) is 'First instant after the given one at which the schedule''s local weekday and time come.';
grant execute on function fn.schedule_next(ebb.report_schedule, timestamptz) to ebb_api;

create or replace function fn.report_media(p_format text) returns text
language sql immutable parallel safe
return case p_format when 'json' then 'application/json' when 'csv' then 'text/csv; charset=utf-8' when 'html' then 'text/html; charset=utf-8' when 'pdf' then 'application/pdf' end;
comment on function fn.report_media(text) is 'Media type of a report''s format.';
grant execute on function fn.report_media(text) to ebb_api;
