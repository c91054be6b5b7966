-- SPDX-License-Identifier: Apache-2.0
-- Rules of keeping: the clock's tick, and what ebbctl asks.

create or replace function ctl.tick_retention() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_rule ebb.retention_rule;
    v_until constant timestamptz := clock_timestamp() + interval '2 seconds';
    v_count bigint := 0;
begin
    for v_rule in select * from ebb.retention_rule r where r.is_active order by r.last_run_at nulls first, r.retention_rule_id loop
        v_count := v_count + fn.retention_run(v_rule, 200, v_until);
        exit when clock_timestamp() >= v_until;
    end loop;
    return v_count;
end $$;
comment on function ctl.tick_retention() is 'Tick: lets go what the departments'' rules no longer keep, in batches, for two seconds at most; returns how many.';
grant execute on function ctl.tick_retention() to ebb_clock;

create or replace function ctl.retention_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(json_agg(json_build_object('department_code', d.department_code, 'retention_kind', k.retention_kind, 'retention_text', k.retention_text, 'keep_days', r.keep_days,
                                                       'is_active', coalesce(r.is_active, false), 'last_run_at', r.last_run_at, 'last_count', coalesce(r.last_count, 0),
                                                       'due_count', case when r.retention_rule_id is not null then cardinality(fn.retention_due(r, 1000000)) end)
                                     order by d.department_code, k.retention_kind), '[]')
              from ebb.department d
             cross join ebb.retention_kind k
              left join ebb.retention_rule r on r.department_id = d.department_id and r.retention_kind = k.retention_kind
             where p ->> 'department_code' is null or d.department_code = p ->> 'department_code');
end $$;
comment on function ctl.retention_list(json) is 'What departments keep for how long {department_code?}, and how much is due now; without keep_days there is no rule, and it is kept.';
grant execute on function ctl.retention_list(json) to ebb_ctl;

create or replace function ctl.retention_set(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id int;
    v_rule ebb.retention_rule;
    v_due bigint;
begin
    select d.department_id into v_department_id from ebb.department d where d.department_code = p ->> 'department_code';
    if not found then
        perform fn.fail(422, '/department_code', format('There is no department with the code "%s".', coalesce(p ->> 'department_code', '')));
    end if;
    begin
        v_rule := fn.retention_set(v_department_id, p ->> 'retention_kind', (p ->> 'keep_days')::int, (p ->> 'is_active')::boolean, null);
        v_due := cardinality(fn.retention_due(v_rule, 1000000));
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZZ777';
        end if;
    exception when sqlstate 'ZZ777' then null;
    end;
    return json_build_object('department_code', p ->> 'department_code', 'retention_kind', v_rule.retention_kind, 'keep_days', v_rule.keep_days, 'is_active', v_rule.is_active, 'due_count', v_due);
end $$;
comment on function ctl.retention_set(json) is 'Makes or changes a rule {department_code, retention_kind, keep_days?, is_active?, is_dry_run?}; due_count is what goes by it now.';
grant execute on function ctl.retention_set(json) to ebb_ctl;

create or replace function ctl.retention_step(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_rule ebb.retention_rule;
    v_count bigint := 0;
begin
    for v_rule in
        select r.* from ebb.retention_rule r join ebb.department d on d.department_id = r.department_id
         where r.is_active and (p ->> 'department_code' is null or d.department_code = p ->> 'department_code') order by r.retention_rule_id
    loop
        v_count := v_count + case when coalesce((p ->> 'is_dry_run')::boolean, false) then cardinality(fn.retention_due(v_rule, 1000000)) else fn.retention_run(v_rule, 200, clock_timestamp()) end;
    end loop;
    return json_build_object('count', v_count, 'is_done', v_count = 0 or coalesce((p ->> 'is_dry_run')::boolean, false));
end $$;
comment on function ctl.retention_step(json) is 'One batch of each rule {department_code?, is_dry_run?}; on trial counts all that is due.';
grant execute on function ctl.retention_step(json) to ebb_ctl;
