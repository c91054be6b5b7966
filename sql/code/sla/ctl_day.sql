-- SPDX-License-Identifier: Apache-2.0
-- Days written down as they were believed, and recomputation in batches.

create or replace function ctl.tick_sla_day() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_zone constant text := (select r.time_zone_name from ebb.report_setting r);
    v_today constant date := (fn.now() at time zone v_zone)::date;
    v_date date;
    v_tickets bigint[];
begin
    select coalesce(max(c.date) + 1, v_today - 1) into v_date from ebb.sla_day_closed c;
    -- Sampled days of long ago are nobody's report: after a pause of the clock a month is caught up with.
    v_date := greatest(v_date, v_today - 31);
    if v_date >= v_today then
        return 0;
    end if;
    v_tickets := fn.sla_day_tickets(v_date);
    for v_from in 1 .. cardinality(v_tickets) by 10000 loop
        insert into ebb.sla_day as d (date, department_id, team_id, sla_target_id, met_count, breached_count, running_count, at_risk_count)
        select v_date, f.* from fn.sla_day_figures(v_tickets[v_from:v_from + 9999], v_date, (v_date + 1)::timestamp at time zone v_zone) f
            on conflict (date, team_id, sla_target_id) do update
           set met_count = d.met_count + excluded.met_count, breached_count = d.breached_count + excluded.breached_count,
               running_count = d.running_count + excluded.running_count, at_risk_count = d.at_risk_count + excluded.at_risk_count;
    end loop;
    insert into ebb.sla_day_closed (date, closed_at) values (v_date, fn.now());
    return 1;
end $$;
comment on function ctl.tick_sla_day() is 'Tick: writes down the service levels of the first day that has ended and is not written down yet, by what was known at its end; returns how many days.';
grant execute on function ctl.tick_sla_day() to ebb_clock;

create or replace function ctl.sla_recompute_begin(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_job ebb.sla_recompute;
    v_department_id constant int := coalesce((p ->> 'department_id')::int, (select d.department_id from ebb.department d where d.department_code = p ->> 'department_code'));
    v_scope constant jsonb := jsonb_strip_nulls(jsonb_build_object('department_id', v_department_id, 'service_id', p -> 'service_id', 'ticket_ids', p -> 'ticket_ids',
                                                                   'is_open', p -> 'is_open', 'is_choosing', p -> 'is_choosing'));
    v_tickets constant bigint[] := case when v_scope ? 'ticket_ids' then array(select jsonb_array_elements_text(v_scope -> 'ticket_ids')::bigint) end;
begin
    if v_department_id is null and p ->> 'department_code' is not null then
        perform fn.fail(422, '/department_code', format('There is no department with the code "%s".', p ->> 'department_code'),
                        'There are: ' || (select string_agg(d.department_code, ', ' order by d.department_id) from ebb.department d) || '.');
    elsif coalesce((p ->> 'is_dry_run')::boolean, false) then
        return (select json_build_object('scope', v_scope, 'ticket_count', count(*)) from ebb.ticket t where fn.sla_is_in_scope(t, v_scope, v_tickets));
    end if;
    -- The same again goes on where it was cut short.
    select * into v_job from ebb.sla_recompute r where r.scope = v_scope and r.finished_at is null order by r.sla_recompute_id desc limit 1;
    if not found then
        insert into ebb.sla_recompute (scope, through_ticket_id, ticket_count, started_at)
        select v_scope, coalesce(max(t.ticket_id), 0), count(*), fn.now() from ebb.ticket t where fn.sla_is_in_scope(t, v_scope, v_tickets)
        returning * into v_job;
    end if;
    return row_to_json(v_job);
end $$;
comment on function ctl.sla_recompute_begin(json) is 'Begins a recomputation of clocks {department_id or department_code?, service_id?, ticket_ids?, is_open?, is_choosing?, is_dry_run?: only count}, or finds the one of the same scope that was cut short; is_choosing also chooses the policy of open tickets anew. Then call ctl.sla_recompute_step until it is finished.';
grant execute on function ctl.sla_recompute_begin(json) to ebb_ctl;

create or replace function ctl.sla_recompute_step(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_job ebb.sla_recompute;
    v_limit constant int := least(greatest(coalesce((p ->> 'limit')::int, 2000), 1), 20000);
    v_all bigint[];
    v_tickets bigint[];
    v_done record;
begin
    select * into v_job from ebb.sla_recompute r where r.sla_recompute_id = (p ->> 'sla_recompute_id')::int for update;
    if not found then
        perform fn.fail(404, '/sla_recompute_id', 'There is no such recomputation.');
    elsif v_job.finished_at is not null then
        return row_to_json(v_job);
    end if;
    v_all := case when v_job.scope ? 'ticket_ids' then array(select jsonb_array_elements_text(v_job.scope -> 'ticket_ids')::bigint) end;
    v_tickets := array(select t.ticket_id from ebb.ticket t
                        where t.ticket_id > v_job.last_ticket_id and t.ticket_id <= v_job.through_ticket_id and fn.sla_is_in_scope(t, v_job.scope, v_all)
                        order by t.ticket_id limit v_limit);
    if coalesce((v_job.scope ->> 'is_choosing')::boolean, false) then
        update ebb.ticket t set sla_policy_version_id = c.chosen_id
          from (select x.ticket_id, x.sla_policy_version_id as chosen_id
                  from fn.sla_policies_of(array(select o.ticket_id from ebb.ticket o where o.ticket_id = any (v_tickets) and o.state < 4)) x) c
         where t.ticket_id = c.ticket_id and t.sla_policy_version_id is distinct from c.chosen_id;
    end if;
    v_done := ctl.sla_renew(v_tickets, null);
    update ebb.sla_recompute r
       set last_ticket_id = coalesce(v_tickets[cardinality(v_tickets)], r.last_ticket_id), done_count = r.done_count + v_done.ticket_count,
           changed_count = r.changed_count + v_done.changed_count, finished_at = case when cardinality(v_tickets) < v_limit then fn.now() end
     where r.sla_recompute_id = v_job.sla_recompute_id
    returning * into v_job;
    return row_to_json(v_job);
end $$;
comment on function ctl.sla_recompute_step(json) is 'Recomputes the next tickets of a recomputation {sla_recompute_id, limit?}, each step a transaction of its own; returns how far it is. finished_at says that it is done.';
grant execute on function ctl.sla_recompute_step(json) to ebb_ctl;
