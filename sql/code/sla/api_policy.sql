-- SPDX-License-Identifier: Apache-2.0
-- Policies over the API: read by the desk, changed by its administrators, a version each time.

drop view if exists api.sla_policy;
create view api.sla_policy as
select v.version, y.sla_policy_id, y.department_id, y.sla_policy_name, v.valid_from, v.position, v.condition, v.is_active, v.note, v.created_at, v.sla_policy_version_id,
       (select count(*) from ebb.service s where s.sla_policy_id = y.sla_policy_id and s.is_active) as service_count
  from ebb.sla_policy y
 cross join lateral (select x.* from ebb.sla_policy_version x where x.sla_policy_id = y.sla_policy_id order by x.version desc limit 1) v;
comment on view api.sla_policy is 'A policy of service levels in its latest version.';
comment on column api.sla_policy.version is 'Number of the latest version; the ETag.';
comment on column api.sla_policy.service_count is 'Active services that name it as their own.';
do $$ begin perform fn.copy_comments('api.sla_policy', '{ebb.sla_policy,ebb.sla_policy_version}'); end $$;

create or replace function api.sla_policy_list(p_args json)
returns table (version int, sla_policy_id int, department_id int, sla_policy_name text, valid_from timestamptz, "position" int, condition text, is_active boolean,
               service_count bigint, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant int := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select p.version, p.sla_policy_id, p.department_id, p.sla_policy_name, p.valid_from, p.position, p.condition, p.is_active, p.service_count, p.sla_policy_id::text
          from api.sla_policy p
         where p.sla_policy_id > v_after and (p_args ->> 'department_id' is null or p.department_id = (p_args ->> 'department_id')::int)
         order by p.sla_policy_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.sla_policy_list(json) is 'Policies of the departments whose desk I read.';
grant execute on function api.sla_policy_list(json) to ebb_app;

create or replace function api.sla_policy_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('desk.read');
    select to_jsonb(p) || jsonb_build_object(
               'targets', (select coalesce(jsonb_agg(jsonb_build_object('sla_target_id', g.sla_target_id, 'target_code', g.target_code, 'target_kind', g.target_kind, 'priority', g.priority,
                                  'target_s', g.target_s, 'warning_s', g.warning_s, 'starts_on', g.starts_on, 'stops_on', to_jsonb(g.stops_on), 'runs_in', to_jsonb(g.runs_in))
                                  order by g.target_code, g.priority), '[]')
                             from ebb.sla_target g where g.sla_policy_version_id = p.sla_policy_version_id),
               'escalations', (select coalesce(jsonb_agg(jsonb_build_object('target_code', g.target_code, 'priority', g.priority, 'offset_s', e.offset_s, 'recipient', e.recipient,
                                      'person_id', e.person_id, 'role_code', e.role_code, 'urgent_priority', e.urgent_priority) order by g.target_code, g.priority, e.offset_s), '[]')
                                 from ebb.escalation_step e join ebb.sla_target g on g.sla_target_id = e.sla_target_id where g.sla_policy_version_id = p.sla_policy_version_id),
               'versions', (select jsonb_agg(jsonb_build_object('version', v.version, 'valid_from', v.valid_from, 'created_at', v.created_at, 'note', v.note) order by v.version desc)
                              from ebb.sla_policy_version v where v.sla_policy_id = p.sla_policy_id))
      into v_reply from api.sla_policy p where p.sla_policy_id = (p_args ->> 'sla_policy_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/sla_policy_id', 'There is no such policy, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'sla_policy_id');
end $$;
comment on function api.sla_policy_get(json) is 'One policy with the targets and steps of escalation of its latest version, and the list of its versions.';
grant execute on function api.sla_policy_get(json) to ebb_app;

create or replace function api.sla_policy_create(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply json;
begin
    perform fn.must('desk.configure', (p_args ->> 'department_id')::int);
    v_reply := ctl.sla_policy_create((p_args::jsonb || jsonb_build_object('department_code', fn.department_code((p_args ->> 'department_id')::int)))::json);
    perform fn.audit_add((p_args ->> 'department_id')::int, 'sla_policy.create', 'sla_policy', p_args ->> 'sla_policy_name', null, p_args::jsonb);
    return api.sla_policy_get(v_reply);
end $$;
comment on function api.sla_policy_create(json) is 'Makes a policy, by an administrator of the department.';
grant execute on function api.sla_policy_create(json) to ebb_app;

create or replace function api.sla_policy_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before json;
begin
    perform fn.must('desk.configure');
    v_before := api.sla_policy_get(p_args);
    perform fn.must('desk.configure', (v_before ->> 'department_id')::int);
    perform fn.sla_policy_lock((p_args ->> 'sla_policy_id')::int, (p_args ->> 'if_match')::int);
    perform ctl.sla_policy_version_add(p_args);
    perform fn.audit_add((v_before ->> 'department_id')::int, 'sla_policy.change', 'sla_policy', v_before ->> 'sla_policy_name', v_before::jsonb - 'versions', p_args::jsonb - 'if_match');
    return api.sla_policy_get(p_args);
end $$;
comment on function api.sla_policy_change(json) is 'Adds a version to a policy, by an administrator of the department. Tickets opened from its instant on use it.';
grant execute on function api.sla_policy_change(json) to ebb_app;
