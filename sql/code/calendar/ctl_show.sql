-- SPDX-License-Identifier: Apache-2.0
-- Calendars for the command line: list, show, and every change with its audit, for real or on trial.

create or replace function ctl.calendar_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(json_agg(json_build_object('calendar_id', c.calendar_id, 'calendar_name', c.calendar_name, 'department_code', d.department_code, 'version', v.version,
                                                   'valid_from', v.valid_from, 'time_zone_name', v.time_zone_name, 'holiday_count', jsonb_array_length(v.holidays),
                                                   'service_count', (select count(*) from ebb.service s where s.calendar_id = c.calendar_id and s.is_active)) order by d.department_code, c.calendar_id), '[]')
          from ebb.calendar c
          join ebb.department d on d.department_id = c.department_id
         cross join lateral (select x.* from ebb.calendar_version x where x.calendar_id = c.calendar_id order by x.version desc limit 1) v
         where p ->> 'department_code' is null or d.department_code = p ->> 'department_code');
end $$;
comment on function ctl.calendar_list(json) is 'Calendars {department_code?}, each in its latest version.';
grant execute on function ctl.calendar_list(json) to ebb_ctl;

create or replace function ctl.calendar_show(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.calendar_values(fn.calendar_found(p ->> 'calendar', p ->> 'department_code'));
end $$;
comment on function ctl.calendar_show(json) is 'One calendar {calendar (number or name), department_code?}.';
grant execute on function ctl.calendar_show(json) to ebb_ctl;

create or replace function ctl.calendar_apply(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_values jsonb := (p -> 'values')::jsonb;
    v_id int;
    v_before jsonb;
    v_after jsonb;
    v_added jsonb;
begin
    perform fn.fields_check(v_values, case p ->> 'action'
        when 'create' then array['calendar_name', 'department_code', 'time_zone_name', 'weekly', 'holidays', 'exceptions', 'valid_from', 'note']
        when 'change' then array['time_zone_name', 'weekly', 'holidays', 'exceptions', 'valid_from', 'note'] else array['holidays', 'note'] end);
    begin
        if p ->> 'action' = 'create' then
            v_values := v_values || jsonb_strip_nulls(jsonb_build_object('department_code', p ->> 'department_code'));
            v_id := (ctl.calendar_create(v_values::json) ->> 'calendar_id')::int;
        else
            v_id := fn.calendar_found(p ->> 'calendar', p ->> 'department_code');
            perform fn.calendar_lock(v_id, (p ->> 'if_version')::int);
            v_before := fn.calendar_values(v_id);
            v_values := v_values || jsonb_build_object('calendar_id', v_id);
            if p ->> 'action' = 'change' then
                perform ctl.calendar_version_add(v_values::json);
            else
                select coalesce(jsonb_agg(h.value order by h.value ->> 'date'), '[]') into v_added
                  from jsonb_array_elements(v_values -> 'holidays') h
                 where not exists (select from jsonb_array_elements(v_before -> 'holidays') b where b.value -> 'date' = h.value -> 'date');
                -- A file that brings nothing new makes no version.
                if v_added <> '[]' then
                    perform ctl.calendar_holidays_add(v_values::json);
                end if;
            end if;
        end if;
        v_after := fn.calendar_values(v_id) || jsonb_strip_nulls(jsonb_build_object('added', v_added));
        if coalesce(v_added <> '[]', true) then
            perform fn.audit_add((select c.department_id from ebb.calendar c where c.calendar_id = v_id), case when v_before is null then 'calendar.create' else 'calendar.change' end, 'calendar',
                                 v_after ->> 'calendar_name', v_before - 'versions', v_values - 'calendar_id');
        end if;
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZZ777';
        end if;
    exception when sqlstate 'ZZ777' then null;
    end;
    return v_after;
end $$;
comment on function ctl.calendar_apply(json) is 'Makes or changes a calendar {action: create, change or holidays; calendar?, department_code?, if_version?, is_dry_run?, values}, with its audit, and returns it; added are the days off that were new. On trial everything is done and undone.';
grant execute on function ctl.calendar_apply(json) to ebb_ctl;
