-- SPDX-License-Identifier: Apache-2.0
-- What administration of policies over the API needs.

create or replace function fn.sla_policy_lock(p_sla_policy_id int, p_if_match int) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_version int;
begin
    perform from ebb.department d join ebb.sla_policy y on y.department_id = d.department_id where y.sla_policy_id = p_sla_policy_id for no key update of d;
    select max(v.version) into v_version from ebb.sla_policy_version v where v.sla_policy_id = p_sla_policy_id;
    if p_if_match <> v_version then
        perform fn.fail(412, null, format('The policy has changed since you read it: it is at version %s.', v_version), 'Read it again, then repeat your change.');
    end if;
end $$;
comment on function fn.sla_policy_lock(int, int) is 'Locks a department''s policies for a new version of one; 412 when If-Match names another version than the latest.';
grant execute on function fn.sla_policy_lock(int, int) to ebb_api;

create or replace function fn.sla_policy_found(p_name text, p_department_code text) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ids constant int[] := array(
        select y.sla_policy_id from ebb.sla_policy y join ebb.department d on d.department_id = y.department_id
         where (y.sla_policy_name = p_name or y.sla_policy_id::text = p_name) and (p_department_code is null or d.department_code = p_department_code) order by 1);
begin
    if cardinality(v_ids) = 0 then
        perform fn.fail(404, '/policy', format('There is no policy "%s".', coalesce(p_name, '')), coalesce('There are: ' || (
            select string_agg(format('%s "%s" (%s)', x.sla_policy_id, x.sla_policy_name, x.department_code), ', ' order by x.sla_policy_id)
              from (select y.sla_policy_id, y.sla_policy_name, d.department_code from ebb.sla_policy y join ebb.department d on d.department_id = y.department_id
                     where p_department_code is null or d.department_code = p_department_code order by 1 limit 20) x) || '.', 'Make one first.'));
    elsif cardinality(v_ids) > 1 then
        perform fn.fail(422, '/policy', format('There are %s policies "%s".', cardinality(v_ids), p_name), format('Name the department, or one by its number: %s.', array_to_string(v_ids, ', ')));
    end if;
    return v_ids[1];
end $$;
comment on function fn.sla_policy_found(text, text) is 'A policy by its number or name, within a department or among all; refuses none and several, saying which there are.';

create or replace function fn.sla_policy_values(p_sla_policy_id int) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (
        select jsonb_build_object('sla_policy_id', y.sla_policy_id, 'sla_policy_name', y.sla_policy_name, 'department_code', d.department_code, 'version', v.version,
                   'valid_from', v.valid_from, 'condition', v.condition, 'position', v.position, 'is_active', v.is_active, 'note', v.note,
                   'targets', (select coalesce(jsonb_agg(to_jsonb(g) order by g.target_code), '[]')
                                 from (select x.target_code, x.target_kind, jsonb_object_agg(x.priority, x.target_s) as target_s, x.starts_on, to_jsonb(x.stops_on) as stops_on,
                                              to_jsonb(array(select c.clock_class from ebb.clock_class c where c.is_age and c.clock_class <> 'resolved' and c.clock_class <> all (x.runs_in) order by 1)) as pauses_in,
                                              to_jsonb(array(select e.state_code from ebb.state e where e.state = any (x.cancels_in) order by e.state)) as cancels_on,
                                              coalesce(jsonb_object_agg(x.priority, x.warning_s) filter (where x.warning_s is not null), '{}') as warning_s
                                         from ebb.sla_target x where x.sla_policy_version_id = v.sla_policy_version_id
                                        group by x.target_code, x.target_kind, x.starts_on, x.stops_on, x.runs_in, x.cancels_in) g),
                   'escalations', (select coalesce(jsonb_agg(to_jsonb(s) order by s.target_code, s.offset_s, s.recipient), '[]')
                                     from (select distinct g.target_code, e.offset_s, e.recipient, e.person_id, e.role_code, e.urgent_priority
                                             from ebb.escalation_step e join ebb.sla_target g on g.sla_target_id = e.sla_target_id
                                            where g.sla_policy_version_id = v.sla_policy_version_id) s),
                   'services', (select coalesce(jsonb_agg(s.service_name order by s.service_name), '[]') from ebb.service s where s.sla_policy_id = y.sla_policy_id and s.is_active),
                   'versions', (select jsonb_agg(jsonb_build_object('version', x.version, 'valid_from', x.valid_from, 'created_at', x.created_at, 'note', x.note) order by x.version desc)
                                  from ebb.sla_policy_version x where x.sla_policy_id = y.sla_policy_id))
          from ebb.sla_policy y
          join ebb.department d on d.department_id = y.department_id
         cross join lateral (select x.* from ebb.sla_policy_version x where x.sla_policy_id = y.sla_policy_id order by x.version desc limit 1) v
         where y.sla_policy_id = p_sla_policy_id);
end $$;
comment on function fn.sla_policy_values(int) is 'A policy in its latest version: targets with seconds by priority, steps of escalation, services that name it, and the list of its versions.';
