-- SPDX-License-Identifier: Apache-2.0
-- Doors for policies: make one, add a version.

create or replace function ctl.sla_policy_create(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_sla_policy_id int;
    v_department_id int;
begin
    select d.department_id into v_department_id from ebb.department d where d.department_code = p ->> 'department_code';
    if not found then
        perform fn.fail(422, '/department_code', format('There is no department with the code "%s".', coalesce(p ->> 'department_code', '')));
    end if;
    begin
        insert into ebb.sla_policy (department_id, sla_policy_name) values (v_department_id, fn.want_text(p, 'sla_policy_name')) returning sla_policy_id into v_sla_policy_id;
    exception when unique_violation then
        perform fn.fail(409, '/sla_policy_name', format('The department already has a policy "%s".', p ->> 'sla_policy_name'), 'Add a version to it, or choose another name.');
    end;
    return fn.sla_policy_version_write(v_sla_policy_id, p);
end $$;
comment on function ctl.sla_policy_create(json) is 'Makes a policy with its first version {department_code, sla_policy_name, targets, position?, condition?, valid_from?, note?}. A target is {target_kind, target_s, target_code?, warning_s?, starts_on?, stops_on?, pauses_in?, cancels_on?}; seconds are a number or an object by priority.';
grant execute on function ctl.sla_policy_create(json) to ebb_ctl;

create or replace function ctl.sla_policy_version_add(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from ebb.sla_policy y where y.sla_policy_id = (p ->> 'sla_policy_id')::int) then
        perform fn.fail(404, '/sla_policy_id', format('There is no policy %s.', coalesce(p ->> 'sla_policy_id', 'without a number')));
    end if;
    return fn.sla_policy_version_write((p ->> 'sla_policy_id')::int, p);
end $$;
comment on function ctl.sla_policy_version_add(json) is 'Adds a version {sla_policy_id, valid_from?, position?, condition?, is_active?, note?, targets?} (what is not given stays as in the version before). Tickets opened from valid_from on use it; those that are open keep theirs until what is demanded changes, or ctl.sla_recompute_begin is asked to choose anew.';
grant execute on function ctl.sla_policy_version_add(json) to ebb_ctl;
