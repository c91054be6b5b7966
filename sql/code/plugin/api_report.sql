-- SPDX-License-Identifier: Apache-2.0
-- Reports of plugins: which there are, asking for one, what schedules made.

drop view if exists api.report;
create view api.report as
select r.report_id, d.department_id, n.department_name, p.plugin_name, r.report_name, r.report_title, to_jsonb(r.formats) as formats, to_jsonb(r.params) as params
  from ebb.plugin_report r
  join ebb.plugin p on p.plugin_id = r.plugin_id
  join ebb.plugin_department d on d.plugin_id = r.plugin_id
  join fn.department_label n on n.department_id = d.department_id
 where r.is_offered and fn.plugin_is_used(r.plugin_id, d.department_id);
comment on view api.report is 'A report that a plugin offers in a department.';
comment on column api.report.department_id is 'Department; with report_id the key.';
comment on column api.report.department_name is 'Name of the department.';
comment on column api.report.plugin_name is 'Plugin that makes it.';
comment on column api.report.formats is 'Array of the formats it can be had in, the default first.';
comment on column api.report.params is 'Array of what may be asked for beyond the department.';

drop view if exists api.report_document;
create view api.report_document as
select d.report_document_id, d.report_id, d.report_schedule_id, d.department_id, p.plugin_name, r.report_name, r.report_title, d.format, d.params, d.created_at, d.done_at,
       d.failed_at, d.sentence, d.media_type, octet_length(d.document) as byte_count
  from ebb.report_document d
  join ebb.plugin_report r on r.report_id = d.report_id
  join ebb.plugin p on p.plugin_id = r.plugin_id;
comment on view api.report_document is 'A report as it was made for a schedule, or waits to be made.';
comment on column api.report_document.plugin_name is 'Plugin that made it.';
comment on column api.report_document.byte_count is 'Size of the document, bytes; null until it was made.';

drop view if exists api.report_schedule;
create view api.report_schedule as
select s.version, s.report_schedule_id, s.report_id, p.plugin_name, r.report_name, r.report_title, s.department_id, s.format, s.params, s.weekday,
       to_char(s.at_time, 'HH24:MI:SS') as at_time, s.time_zone_name, s.is_active, s.next_at
  from ebb.report_schedule s
  join ebb.plugin_report r on r.report_id = s.report_id
  join ebb.plugin p on p.plugin_id = r.plugin_id;
comment on view api.report_schedule is 'A report that is made by itself, daily or weekly.';
comment on column api.report_schedule.plugin_name is 'Plugin that makes it.';
do $$
begin
    perform fn.copy_comments('api.report', '{ebb.plugin_report}');
    perform fn.copy_comments('api.report_document', '{ebb.report_document,ebb.plugin_report}');
    perform fn.copy_comments('api.report_schedule', '{ebb.report_schedule,ebb.plugin_report}');
end $$;

create or replace function api.report_list(p_args json)
returns table (report_id int, department_id int, department_name text, plugin_name text, report_name text, report_title text, formats jsonb, params jsonb, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select r.*, (r.report_id * 100000000::bigint + r.department_id)::text from api.report r
         where r.report_id * 100000000::bigint + r.department_id > v_after
           and (p_args ->> 'department_id' is null or r.department_id = (p_args ->> 'department_id')::int)
         order by r.report_id, r.department_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.report_list(json) is 'Reports that plugins offer in the departments whose desk I read.';
grant execute on function api.report_list(json) to ebb_app;

create or replace function api.report_ask(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_report_id constant int := (p_args ->> 'report_id')::int;
    v_department_id constant int := (p_args ->> 'department_id')::int;
    v_wanted record;
begin
    perform fn.must('desk.read');
    if v_department_id is null then
        perform fn.fail(422, '/department_id', 'Say for which department.');
    elsif not exists (select from api.report r where r.report_id = v_report_id and r.department_id = v_department_id) then
        perform fn.fail(404, '/report_id', 'There is no such report in this department.', 'GET /api/v1/reports lists them.');
    end if;
    v_wanted := fn.report_wanted(v_report_id, p_args);
    return fn.report_call(v_report_id, v_department_id, v_wanted.format, v_wanted.params);
end $$;
comment on function api.report_ask(json) is 'Asks for a report of a plugin, in a department whose desk I read: checks what is asked for, and gathers what the plugin is told.';
grant execute on function api.report_ask(json) to ebb_app;

create or replace function api.report_document_list(p_args json)
returns table (report_document_id bigint, report_id int, report_schedule_id int, department_id int, plugin_name text, report_name text, report_title text, format text,
               params jsonb, created_at timestamptz, done_at timestamptz, failed_at timestamptz, sentence text, media_type text, byte_count int, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before constant bigint := coalesce(fn.cursor_int(p_args), 9223372036854775807);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select d.*, d.report_document_id::text from api.report_document d
         where d.report_document_id < v_before
           and (p_args ->> 'department_id' is null or d.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'report_id' is null or d.report_id = (p_args ->> 'report_id')::int)
         order by d.report_document_id desc limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.report_document_list(json) is 'Reports that schedules have made or will make in the departments whose desk I read, the latest first.';
grant execute on function api.report_document_list(json) to ebb_app;

create or replace function api.report_document_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('desk.read');
    select to_jsonb(v) || jsonb_build_object('document', replace(encode(d.document, 'base64'), E'\n', '')) into v_reply
      from api.report_document v join ebb.report_document d on d.report_document_id = v.report_document_id
     where v.report_document_id = (p_args ->> 'report_document_id')::bigint;
    if v_reply is null then
        perform fn.fail(404, '/report_document_id', 'There is no such document, or you may not see it.');
    end if;
    return v_reply::json;
end $$;
comment on function api.report_document_get(json) is 'A report that a schedule has made, the document itself in base64; null until it was made.';
grant execute on function api.report_document_get(json) to ebb_app;

create or replace function api.report_schedule_list(p_args json)
returns table (version int, report_schedule_id int, report_id int, plugin_name text, report_name text, report_title text, department_id int, format text, params jsonb,
               weekday smallint, at_time text, time_zone_name text, is_active boolean, next_at timestamptz, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select s.*, s.report_schedule_id::text from api.report_schedule s
         where s.report_schedule_id > v_after and (p_args ->> 'department_id' is null or s.department_id = (p_args ->> 'department_id')::int)
         order by s.report_schedule_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.report_schedule_list(json) is 'Schedules of reports in the departments whose desk I read.';
grant execute on function api.report_schedule_list(json) to ebb_app;

create or replace function api.report_schedule_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_schedule json;
begin
    perform fn.must('desk.read');
    select row_to_json(s) into v_schedule from api.report_schedule s where s.report_schedule_id = (p_args ->> 'report_schedule_id')::int;
    if v_schedule is null then
        perform fn.fail(404, '/report_schedule_id', 'There is no such schedule, or you may not see it.');
    end if;
    return v_schedule;
end $$;
comment on function api.report_schedule_get(json) is 'One schedule of a report.';
grant execute on function api.report_schedule_get(json) to ebb_app;

create or replace function api.report_schedule_add(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_schedule_id int;
begin
    perform fn.must('desk.configure');
    -- A statement of its own: what reads it next looks at the state after it.
    v_schedule_id := fn.report_schedule_add(p_args);
    return api.report_schedule_get(json_build_object('report_schedule_id', v_schedule_id));
end $$;
comment on function api.report_schedule_add(json) is 'Lets a report be made by itself for a department, by its administrators.';
grant execute on function api.report_schedule_add(json) to ebb_app;

create or replace function api.report_schedule_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_schedule_id int;
begin
    perform fn.must('any');
    -- A statement of its own: what reads it next looks at the state after it.
    v_schedule_id := fn.report_schedule_change(p_args);
    return api.report_schedule_get(json_build_object('report_schedule_id', v_schedule_id));
end $$;
comment on function api.report_schedule_change(json) is 'Changes the schedule of a report, by administrators of its department.';
grant execute on function api.report_schedule_change(json) to ebb_app;

create or replace function api.report_schedule_remove(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('any');
    perform fn.report_schedule_remove(p_args);
    return json_build_object();
end $$;
comment on function api.report_schedule_remove(json) is 'Removes the schedule of a report, by administrators of its department; what it made stays.';
grant execute on function api.report_schedule_remove(json) to ebb_app;
