-- SPDX-License-Identifier: Apache-2.0
-- The policies of very many tickets: what fn.sla_policy_of gives for each, but conditions are asked once for tickets that are alike in
-- all that any condition asks for.

create or replace function fn.sla_facts_asked(p_departments int[], out facts text[], out is_whole boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
    -- A path that takes more of the ticket than single facts ($.*, $.keyvalue()) still has a $ when facts and texts are taken away.
    select coalesce(array_agg(distinct m.fact[1]) filter (where m.fact is not null), '{}'),
           coalesce(bool_or(regexp_replace(regexp_replace(c.path, '\$\."(?:[^"\\]|\\.)*"', '', 'g'), '"(?:[^"\\]|\\.)*"', '', 'g') like '%$%'), false)
      into facts, is_whole
      from (select distinct v.condition_path::text as path from ebb.sla_policy_version v where v.department_id = any (p_departments) and v.condition is not null) c
      left join lateral regexp_matches(c.path, '\$\."((?:[^"\\]|\\.)*)"', 'g') m (fact) on true;
end $$;
comment on function fn.sla_facts_asked(int[]) is 'Facts that the conditions of these departments ask for; is_whole: some condition looks at a ticket as a whole.';

create or replace function fn.sla_policies_of(p_tickets bigint[]) returns table (ticket_id bigint, sla_policy_version_id int)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set jit = off set plan_cache_mode = force_custom_plan set work_mem = '128MB'
as $$
#variable_conflict use_column
declare
    v_departments constant int[] := array(select distinct t.department_id from ebb.ticket t where t.ticket_id = any (p_tickets));
    -- Between two of these instants the valid versions are the same.
    v_begins constant timestamptz[] := array(select distinct v.valid_from from ebb.sla_policy_version v order by 1);
    a record;
begin
    a := fn.sla_facts_asked(v_departments);
    if a.is_whole then
        return query select t.ticket_id, fn.sla_policy_of(t) from ebb.ticket t where t.ticket_id = any (p_tickets);
        return;
    end if;
    return query
        with alike as materialized (
            select t.department_id, t.service_id, v_begins[width_bucket(t.opened_at, v_begins)] as at, t.import_id is not null as is_imported,
                   case when a.facts && array['request_type_id', 'request_type_name', 'ticket_kind'] then t.request_type_id end as request_type_id,
                   case when 'priority' = any (a.facts) then t.priority end as priority, case when 'impact' = any (a.facts) then t.impact end as impact,
                   case when 'urgency' = any (a.facts) then t.urgency end as urgency, case when 'channel' = any (a.facts) then t.channel end as channel,
                   case when a.facts && array['requester_id', 'requester_name', 'requester_email'] then t.requester_id end as requester_id,
                   case when 'requester_site' = any (a.facts) then p.site_name end as site_name, case when 'requester_unit' = any (a.facts) then p.organisation_unit_name end as unit_name,
                   case when 'requester_is_vip' = any (a.facts) then p.is_vip end as is_vip, case when 'requester_department_id' = any (a.facts) then p.department_id end as requester_department_id,
                   array_agg(t.ticket_id) as tickets
              from ebb.ticket t join ebb.person p on p.person_id = t.requester_id
             where t.ticket_id = any (p_tickets)
             group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14
        ), chosen as (
            select k.tickets, coalesce(
                       (select c.sla_policy_version_id from fn.sla_policy_candidates(k.department_id, k.at, 'infinity') c where f.facts @@ c.condition_path order by c.position, c.sla_policy_id limit 1),
                       (select v.sla_policy_version_id from ebb.sla_policy_version v where v.sla_policy_id = s.sla_policy_id and v.valid_from <= k.at order by v.valid_from desc, v.version desc limit 1),
                       (select v.sla_policy_version_id from ebb.sla_policy_version v where v.sla_policy_id = s.sla_policy_id and k.is_imported order by v.version limit 1)) as sla_policy_version_id
              from alike k
              join ebb.service s on s.service_id = k.service_id
             cross join lateral (
                    select fn.service_facts(k.service_id, k.request_type_id) || coalesce(fn.requester_facts(k.requester_id), '{}')
                           || jsonb_build_object('department_id', k.department_id, 'department_code', (select d.department_code from ebb.department d where d.department_id = k.department_id),
                                                 'priority', k.priority, 'impact', k.impact, 'urgency', k.urgency, 'channel', k.channel)
                           || case when k.requester_id is null then jsonb_build_object('requester_site', k.site_name, 'requester_unit', k.unit_name, 'requester_is_vip', k.is_vip,
                                                                                       'requester_department_id', k.requester_department_id) else '{}' end as facts
                    offset 0) f
        )
        select u.ticket_id, c.sla_policy_version_id from chosen c cross join lateral unnest(c.tickets) u (ticket_id);
end $$;
comment on function fn.sla_policies_of(bigint[]) is 'ticket: the policy version that fn.sla_policy_of gives it, as it stands.';
grant execute on function fn.sla_policies_of(bigint[]) to ebb_replay;
