-- SPDX-License-Identifier: Apache-2.0
-- Asking for a rehearsal, and what it shows.

create or replace function fn.rehearsal_begin(p_department_id int, p_args jsonb) returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_months constant int := coalesce((p_args ->> 'months')::int, 6);
    v_until constant timestamptz := fn.now();
    v_from constant timestamptz := v_until - make_interval(months => v_months);
    v_draft constant jsonb := jsonb_strip_nulls(jsonb_build_object('calendar', p_args -> 'calendar', 'policy', p_args -> 'policy'));
    v_id int;
begin
    if v_months not between 1 and 60 then
        perform fn.fail(422, '/months', 'A rehearsal looks back over 1 to 60 months.');
    end if;
    perform fn.rehearsal_check(p_department_id, v_draft, v_from);
    insert into ebb.sla_rehearsal (department_id, draft, from_at, until_at, asked_by, created_at, ticket_count)
    select p_department_id, v_draft, v_from, v_until, fn.person(), v_until, count(*)
      from ebb.ticket t where t.department_id = p_department_id and t.opened_at >= v_from and t.opened_at < v_until and not t.is_confidential
    returning sla_rehearsal_id into v_id;
    return v_id;
end $$;
comment on function fn.rehearsal_begin(int, jsonb) is 'Takes a draft {calendar?, policy?, months?} for rehearsal over the last months; refuses at once what could not be written for good.';
grant execute on function fn.rehearsal_begin(int, jsonb) to ebb_api;

create or replace function fn.rehearsal_show(p_rehearsal_id int) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select json_build_object(
                   'sla_rehearsal_id', r.sla_rehearsal_id, 'department_id', r.department_id, 'status', case when r.failed_sentence is not null then 'failed' when r.finished_at is not null then 'done' else 'running' end,
                   'failed_sentence', r.failed_sentence, 'from_at', r.from_at, 'until_at', r.until_at, 'created_at', r.created_at, 'finished_at', r.finished_at, 'ticket_count', r.ticket_count,
                   'done_count', r.done_count, 'draft', r.draft,
                   'totals', (select json_build_object('was_met_count', coalesce(sum(g.was_met_count), 0), 'was_breached_count', coalesce(sum(g.was_breached_count), 0),
                                     'met_count', coalesce(sum(g.met_count), 0), 'breached_count', coalesce(sum(g.breached_count), 0), 'clock_count', coalesce(sum(g.clock_count), 0))
                                from ebb.sla_rehearsal_group g where g.sla_rehearsal_id = r.sla_rehearsal_id),
                   'groups', (select coalesce(json_agg(json_build_object('service_id', g.service_id, 'service_name', s.service_name, 'team_id', g.team_id, 'team_name', m.team_name,
                                     'priority', g.priority, 'target_code', g.target_code, 'was_met_count', g.was_met_count, 'was_breached_count', g.was_breached_count,
                                     'met_count', g.met_count, 'breached_count', g.breached_count, 'clock_count', g.clock_count)
                                     order by abs(g.breached_count - g.was_breached_count) desc, s.service_name, m.team_name, g.priority, g.target_code), '[]')
                                from ebb.sla_rehearsal_group g join ebb.service s on s.service_id = g.service_id join ebb.team m on m.team_id = g.team_id
                               where g.sla_rehearsal_id = r.sla_rehearsal_id),
                   'changed_count', (select count(*) from ebb.sla_rehearsal_change c where c.sla_rehearsal_id = r.sla_rehearsal_id))
          from ebb.sla_rehearsal r where r.sla_rehearsal_id = p_rehearsal_id);
end $$;
comment on function fn.rehearsal_show(int) is 'A rehearsal: how far it is, totals, and groups by service, team, priority and target, the most changed first.';
grant execute on function fn.rehearsal_show(int) to ebb_api;
