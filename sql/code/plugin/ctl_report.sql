-- SPDX-License-Identifier: Apache-2.0
-- The courier's doors to scheduled reports.

create or replace function ctl.report_take(p_limit int)
returns table (report_document_id bigint, plugin_id int, plugin_name text, department_id int, config_version int, payload text)
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    d ebb.report_document;
    v_call json;
    v_is_late boolean := false;
begin
    with due as (
        update ebb.report_schedule s set next_at = fn.schedule_next(s, fn.now()) where s.is_active and s.next_at <= fn.now()
     returning s.report_schedule_id, s.report_id, s.department_id, s.format, s.params
    )
    insert into ebb.report_document (report_id, report_schedule_id, department_id, format, params, created_at, next_at)
    select due.report_id, due.report_schedule_id, due.department_id, due.format, due.params, fn.now(), fn.now() from due;
    for d in select w.* from ebb.report_document w where w.done_at is null and w.failed_at is null and w.next_at <= fn.now()
              order by w.report_document_id limit p_limit for update skip locked loop
        exit when fn.plugin_time_is_up();
        update ebb.report_document w set attempts = w.attempts + 1, next_at = fn.now() + interval '1 minute' * power(2, least(w.attempts, 6))
         where w.report_document_id = d.report_document_id;
        begin
            v_call := fn.report_call(d.report_id, d.department_id, d.format, d.params);
            report_document_id := d.report_document_id;
            plugin_id := (v_call ->> 'plugin_id')::int;
            plugin_name := v_call ->> 'plugin_name';
            department_id := d.department_id;
            config_version := (v_call ->> 'config_version')::int;
            payload := v_call::text;
            return next;
        exception
            when query_canceled then
                update ebb.report_document w set failed_at = fn.now(), sentence = 'A statement of the plugin did not end in time.' where w.report_document_id = d.report_document_id;
                perform fn.plugin_late((select o.plugin_id from ebb.plugin_report o where o.report_id = d.report_id), d.department_id);
                v_is_late := true;
            when others or assert_failure then
                update ebb.report_document w set failed_at = fn.now(), sentence = left(sqlerrm, 1000) where w.report_document_id = d.report_document_id;
        end;
        exit when v_is_late;
    end loop;
end $$;
comment on function ctl.report_take(int) is 'Scheduled reports that are due, each with the call for its plugin''s process; a report that cannot be asked for is marked failed with the reason.';
grant execute on function ctl.report_take(int) to ebb_courier;

create or replace function ctl.report_done(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    d ebb.report_document;
begin
    select * into d from ebb.report_document w where w.report_document_id = (p_args ->> 'report_document_id')::bigint and w.done_at is null and w.failed_at is null for update;
    if not found then
        return json_build_object('is_kept', false);
    end if;
    perform fn.plugin_count((select o.plugin_id from ebb.plugin_report o where o.report_id = d.report_id), d.department_id, 'report', p_args ->> 'result',
                            coalesce((p_args ->> 'duration_us')::bigint, 0));
    if p_args ->> 'result' = 'ok' then
        update ebb.report_document w set done_at = fn.now(), sentence = null, media_type = coalesce(p_args ->> 'media_type', fn.report_media(w.format)),
               document = decode(p_args ->> 'document', 'base64')
         where w.report_document_id = d.report_document_id;
        insert into ebb.outbox (department_id, topic, payload, created_at, next_at)
        values (d.department_id, 'report.ready', jsonb_build_object('report_document_id', d.report_document_id, 'report_id', d.report_id), fn.now(), fn.now());
    elsif d.attempts >= 5 or p_args ->> 'result' = 'fail' then
        update ebb.report_document w set failed_at = fn.now(), sentence = left(p_args ->> 'sentence', 1000) where w.report_document_id = d.report_document_id;
    end if;
    return json_build_object('is_kept', true);
end $$;
comment on function ctl.report_done(json) is 'Keeps a scheduled report (report_document_id, result, sentence, media_type, document in base64); after five attempts, or when the plugin says it cannot, it is given up with the reason.';
grant execute on function ctl.report_done(json) to ebb_courier;
