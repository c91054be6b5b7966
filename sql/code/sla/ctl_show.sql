-- SPDX-License-Identifier: Apache-2.0
-- Policies for the command line: list, show, and every change with its audit, for real or on trial.

create or replace function ctl.sla_policy_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select coalesce(json_agg(json_build_object('sla_policy_id', y.sla_policy_id, 'sla_policy_name', y.sla_policy_name, 'department_code', d.department_code, 'version', v.version,
                                                   'valid_from', v.valid_from, 'position', v.position, 'condition', v.condition, 'is_active', v.is_active,
                                                   'service_count', (select count(*) from ebb.service s where s.sla_policy_id = y.sla_policy_id and s.is_active))
                                 order by d.department_code, v.position nulls last, y.sla_policy_id), '[]')
          from ebb.sla_policy y
          join ebb.department d on d.department_id = y.department_id
         cross join lateral (select x.* from ebb.sla_policy_version x where x.sla_policy_id = y.sla_policy_id order by x.version desc limit 1) v
         where p ->> 'department_code' is null or d.department_code = p ->> 'department_code');
end $$;
comment on function ctl.sla_policy_list(json) is 'Policies {department_code?}, each in its latest version, in the order in which their conditions are asked.';
grant execute on function ctl.sla_policy_list(json) to ebb_ctl;

create or replace function ctl.sla_policy_show(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.sla_policy_values(fn.sla_policy_found(p ->> 'policy', p ->> 'department_code'));
end $$;
comment on function ctl.sla_policy_show(json) is 'One policy {policy (number or name), department_code?}.';
grant execute on function ctl.sla_policy_show(json) to ebb_ctl;

create or replace function ctl.sla_policy_apply(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_known constant text[] := array['targets', 'escalations', 'condition', 'position', 'is_active', 'valid_from', 'note'];
    v_values jsonb := (p -> 'values')::jsonb;
    v_id int;
    v_before jsonb;
    v_after jsonb;
begin
    perform fn.fields_check(v_values, case when p ->> 'action' = 'create' then array['sla_policy_name', 'department_code'] || v_known else v_known end);
    begin
        if p ->> 'action' = 'create' then
            v_values := v_values || jsonb_strip_nulls(jsonb_build_object('department_code', p ->> 'department_code'));
            v_id := (ctl.sla_policy_create(v_values::json) ->> 'sla_policy_id')::int;
        else
            v_id := fn.sla_policy_found(p ->> 'policy', p ->> 'department_code');
            perform fn.sla_policy_lock(v_id, (p ->> 'if_version')::int);
            v_before := fn.sla_policy_values(v_id);
            perform ctl.sla_policy_version_add((v_values || jsonb_build_object('sla_policy_id', v_id))::json);
        end if;
        v_after := fn.sla_policy_values(v_id);
        perform fn.audit_add((select y.department_id from ebb.sla_policy y where y.sla_policy_id = v_id), case when v_before is null then 'sla_policy.create' else 'sla_policy.change' end, 'sla_policy',
                             v_after ->> 'sla_policy_name', v_before - 'versions', v_values);
        if coalesce((p ->> 'is_dry_run')::boolean, false) then
            raise exception using errcode = 'ZZ777';
        end if;
    exception when sqlstate 'ZZ777' then null;
    end;
    return v_after;
end $$;
comment on function ctl.sla_policy_apply(json) is 'Makes or changes a policy {action: create or change; policy?, department_code?, if_version?, is_dry_run?, values}, with its audit, and returns it. On trial everything is done and undone.';
grant execute on function ctl.sla_policy_apply(json) to ebb_ctl;
