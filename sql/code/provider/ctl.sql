-- SPDX-License-Identifier: Apache-2.0
-- Doors of ebbctl provider.

create or replace function ctl.provider_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select coalesce(json_agg(fn.provider_shown(x) order by x.provider_code), '[]') from ebb.provider x);
end $$;
comment on function ctl.provider_list(json) is 'All providers, without their secrets.';
grant execute on function ctl.provider_list(json) to ebb_ctl;

create or replace function ctl.provider_show(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.provider_shown(fn.provider_named(p ->> 'provider_code'))::json;
end $$;
comment on function ctl.provider_show(json) is 'One provider {provider_code}, without its secret.';
grant execute on function ctl.provider_show(json) to ebb_ctl;

create or replace function ctl.provider_conf(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.provider_conf(fn.provider_named(p ->> 'provider_code'))::json;
end $$;
comment on function ctl.provider_conf(json) is 'How a provider {provider_code} is asked, its secret sealed: for ebbctl provider test and sync.';
grant execute on function ctl.provider_conf(json) to ebb_ctl;

create or replace function ctl.provider_create(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from ebb.provider x where x.provider_code = p ->> 'provider_code') then
        perform fn.fail(409, '/provider_code', format('There is a provider "%s" already.', p ->> 'provider_code'), 'Change it, or choose another code.');
    end if;
    return fn.provider_shown(fn.provider_write(p ->> 'provider_code', p::jsonb))::json;
end $$;
comment on function ctl.provider_create(json) is 'Makes a provider {provider_code, provider_kind, ...} as fn.provider_write does.';
grant execute on function ctl.provider_create(json) to ebb_ctl;

create or replace function ctl.provider_change(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_old constant ebb.provider := fn.provider_named(p ->> 'provider_code');
begin
    if (p ->> 'if_match')::int <> v_old.version then
        perform fn.fail(412, null, format('The provider has changed since you read it: it is at version %s.', v_old.version), 'Read it again, then repeat your change.');
    end if;
    return fn.provider_shown(fn.provider_write(v_old.provider_code, p::jsonb - 'provider_kind'))::json;
end $$;
comment on function ctl.provider_change(json) is 'Changes a provider {provider_code, if_match?, ...} as fn.provider_write does; its kind stays.';
grant execute on function ctl.provider_change(json) to ebb_ctl;

create or replace function ctl.provider_remove(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_old constant ebb.provider := fn.provider_named(p ->> 'provider_code');
    v_shown constant jsonb := fn.provider_shown(v_old);
    v_person_id int;
begin
    for v_person_id in select x.person_id from ebb.identity x where x.provider_id = v_old.provider_id
                       union select r.person_id from ebb.person_role r where r.provider_id = v_old.provider_id
                       union select m.person_id from ebb.membership m where m.provider_id = v_old.provider_id order by 1 loop
        perform fn.identity_groups(v_old, v_person_id, '{}');
    end loop;
    update ebb.membership m set provider_id = null where m.provider_id = v_old.provider_id;
    delete from ebb.oidc_request r where r.provider_id = v_old.provider_id;
    delete from ebb.identity i where i.provider_id = v_old.provider_id;
    delete from ebb.provider_group g where g.provider_id = v_old.provider_id;
    delete from ebb.provider x where x.provider_id = v_old.provider_id;
    perform fn.audit_add(null, 'provider.remove', 'provider', v_old.provider_code, v_shown, null);
    return v_shown::json;
end $$;
comment on function ctl.provider_remove(json) is 'Removes a provider {provider_code}: nobody signs in by it any more, and what its groups have given is taken away. The persons stay.';
grant execute on function ctl.provider_remove(json) to ebb_ctl;

create or replace function ctl.provider_group(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider constant ebb.provider := fn.provider_named(p ->> 'provider_code');
    v_department_id constant int := fn.provider_department(p ->> 'department_code');
    v_team_id constant int := (select t.team_id from ebb.team t where t.department_id = v_department_id and t.team_name = p ->> 'team_name' order by t.source_name nulls first limit 1);
    v_is_removal constant boolean := coalesce((p ->> 'is_removal')::boolean, false);
    v_count int;
begin
    if v_department_id is null then
        perform fn.fail(422, '/department_code', 'A group means something in a department.', 'Name it by --department.');
    elsif num_nonnulls(p ->> 'role_code', p ->> 'team_name') <> 1 then
        perform fn.fail(422, '/role_code', 'A group means a role or a team, one of them at a time.', 'Name one by --role or --team.');
    elsif p ->> 'team_name' is not null and v_team_id is null then
        perform fn.fail(422, '/team_name', format('The department has no team "%s".', p ->> 'team_name'));
    elsif p ->> 'role_code' not in ('agent', 'lead', 'owner', 'admin', 'auditor') then
        perform fn.fail(422, '/role_code', format('There is no role "%s".', p ->> 'role_code'), 'There are agent, lead, owner, admin and auditor.');
    elsif coalesce(length(p ->> 'group_name'), 0) not between 1 and 255 then
        perform fn.fail(422, '/group_name', 'The name of a group has 1 to 255 characters.');
    end if;
    if v_is_removal then
        delete from ebb.provider_group g where g.provider_id = v_provider.provider_id and g.group_name = p ->> 'group_name' and g.department_id = v_department_id
           and g.role_code is not distinct from p ->> 'role_code' and g.team_id is not distinct from v_team_id;
    else
        insert into ebb.provider_group (provider_id, group_name, department_id, role_code, team_id) values (v_provider.provider_id, p ->> 'group_name', v_department_id, p ->> 'role_code', v_team_id)
        on conflict do nothing;
    end if;
    get diagnostics v_count = row_count;
    if v_count > 0 then
        perform fn.audit_add(v_department_id, 'provider.group', 'provider', v_provider.provider_code, case when v_is_removal then p::jsonb end, case when not v_is_removal then p::jsonb end);
    elsif v_is_removal then
        perform fn.fail(404, '/group_name', 'The provider has no such group.', 'ebbctl provider show lists them.');
    end if;
    return fn.provider_shown(v_provider)::json;
end $$;
comment on function ctl.provider_group(json) is 'Says what a group of a provider means {provider_code, group_name, department_code, role_code or team_name}, or that it means it no longer (is_removal). It is given or taken at the next sign-in or sync.';
grant execute on function ctl.provider_group(json) to ebb_ctl;
