-- SPDX-License-Identifier: Apache-2.0
-- Names of a foreign log become teams, persons, services and request types of the department that receives it, marked with
-- their source. What the log lacks comes from the default service.

create or replace function fn.import_default_service(p_department_id int, p_source text, p_service_name text) returns int
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_name constant text := coalesce(p_service_name, left('Imported from ' || p_source, 120));
    v_service_id int;
    v_person_id int;
    v_team_id int;
    v_like ebb.service;
begin
    select s.service_id into v_service_id from ebb.service s
     where s.department_id = p_department_id and s.service_name = v_name and (s.source_name is null or s.source_name = p_source) order by s.source_name nulls last limit 1;
    if v_service_id is not null then
        return v_service_id;
    end if;
    -- Whoever administers the department answers for what nobody else owns.
    select r.person_id into v_person_id from ebb.person_role r join ebb.person p on p.person_id = r.person_id
     where r.department_id = p_department_id and p.is_active order by array_position(array['admin', 'lead', 'agent', 'auditor'], r.role_code), r.person_id limit 1;
    select * into v_like from ebb.service s where s.department_id = p_department_id order by s.service_id limit 1;
    if v_person_id is null or v_like.service_id is null then
        perform fn.fail(422, '/department', 'The department has no service and no administrator yet, so nobody could own what is imported.', 'Set up the department first.');
    end if;
    insert into ebb.team (department_id, team_name, lead_person_id, source_name, source_ref)
    values (p_department_id, left(v_name || ': no team named', 120), v_person_id, p_source, '')
    on conflict (department_id, source_name, source_ref) do update set source_ref = excluded.source_ref
    returning team_id into v_team_id;
    insert into ebb.service (department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, calendar_id, sla_policy_id, source_name, source_ref)
    values (p_department_id, v_name, v_team_id, v_person_id, v_like.default_request_type_id, v_like.calendar_id, v_like.sla_policy_id, p_source, '')
    on conflict (department_id, source_name, source_ref) do update set service_name = excluded.service_name
    returning service_id into v_service_id;
    return v_service_id;
end $$;
comment on function fn.import_default_service(int, text, text) is 'The service whose team and accountable person fill in what a log lacks: the department''s service of that name, or one made for the source.';

create or replace function fn.import_names(p_import ebb.import, p_rows jsonb) returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_default ebb.service;
    n record;
begin
    select * into strict v_default from ebb.service s where s.service_id = p_import.service_id;
    -- The batch is read once: each reading takes longer than all that follows.
    select array_agg(distinct r.team) filter (where r.team is not null) as teams,
           array_agg(distinct r.assignee) filter (where r.assignee is not null) as assignees,
           array_agg(distinct r.requester) filter (where r.requester is not null) as requesters,
           array_agg(distinct r.service) filter (where r.service is not null) as services,
           array_agg(distinct r.kind) filter (where r.kind is not null) as kinds,
           array_agg(distinct r.team || E'\x1f' || r.assignee) filter (where r.team is not null and r.assignee is not null) as pairs
      into n
      from jsonb_to_recordset(p_rows) r (team text, assignee text, requester text, service text, kind text);
    insert into ebb.person (department_id, person_name, source_name, source_ref)
    select p_import.department_id, x.name, p_import.source_name, x.name
      from (select 'Requester not named' as name union select unnest(n.assignees) union select unnest(n.requesters)) x
    on conflict (department_id, source_name, source_ref) do nothing;
    insert into ebb.team (department_id, team_name, lead_person_id, source_name, source_ref)
    select p_import.department_id, x.name, v_default.accountable_person_id, p_import.source_name, x.name from unnest(n.teams) x (name)
    on conflict (department_id, source_name, source_ref) do nothing;
    insert into ebb.service (department_id, service_name, owner_team_id, accountable_person_id, default_request_type_id, calendar_id, sla_policy_id, source_name, source_ref)
    select p_import.department_id, x.name, v_default.owner_team_id, v_default.accountable_person_id, v_default.default_request_type_id,
           v_default.calendar_id, v_default.sla_policy_id, p_import.source_name, x.name
      from unnest(n.services) x (name)
    on conflict (department_id, source_name, source_ref) do nothing;
    insert into ebb.request_type (department_id, request_type_name, ticket_kind)
    select p_import.department_id, 'Imported ' || x.kind, x.kind
      from unnest(n.kinds) x (kind)
     where not exists (select from ebb.request_type q where q.department_id = p_import.department_id and q.ticket_kind = x.kind)
    on conflict (department_id, request_type_name) do nothing;
    insert into ebb.membership (team_id, person_id, department_id)
    select t.team_id, p.person_id, p_import.department_id
      from unnest(n.pairs) x (pair)
      join ebb.team t on t.department_id = p_import.department_id and t.source_name = p_import.source_name and t.source_ref = split_part(x.pair, E'\x1f', 1)
      join ebb.person p on p.department_id = p_import.department_id and p.source_name = p_import.source_name and p.source_ref = split_part(x.pair, E'\x1f', 2)
    on conflict (team_id, person_id) do nothing;
end $$;
comment on function fn.import_names(ebb.import, jsonb) is 'Makes the teams, persons, services, request types and memberships that a batch of rows names.';

create or replace function fn.import_priority(p_fields jsonb) returns table (impact smallint, urgency smallint, priority smallint)
language sql immutable parallel safe
as $$
    -- The default matrix of flow.md's field: HH 1; HM, MH 2; MM, LH, HL 3; ML, LM, LL 4.
    select i.impact, i.urgency, coalesce(i.priority, case when i.impact + i.urgency <= 2 then 1 when i.impact + i.urgency = 3 then 2 when i.impact + i.urgency = 4 then 3 else 4 end)::smallint
      from (select g.priority,
                   coalesce(g.impact, g.urgency, case g.priority when 1 then 1 when 2 then 1 when 4 then 3 else 2 end)::smallint as impact,
                   coalesce(g.urgency, g.impact, case g.priority when 1 then 1 when 4 then 3 else 2 end)::smallint as urgency
              from (select (p_fields ->> 'impact')::smallint as impact, (p_fields ->> 'urgency')::smallint as urgency, (p_fields ->> 'priority')::smallint as priority) g) i
$$;
comment on function fn.import_priority(jsonb) is 'Impact, urgency and priority of an imported row: as the log states them; what it lacks follows from the rest by the usual 3 x 3 matrix.';
grant execute on function fn.import_priority(jsonb) to ebb_replay;

create or replace function fn.import_accepted(p_import_id int) returns bigint
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    return (select count(*) from ebb.import_row r where r.import_id = p_import_id and coalesce(r.fields ->> 'part', '0') = '0');
end $$;
comment on function fn.import_accepted(int) is 'Rows of the source that were accepted: the parts of a row that tells of a ticket''s whole life count once.';

create or replace aggregate fn.last_known(jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');
comment on aggregate fn.last_known(jsonb) is 'What the objects up to here say, the last word of each member.';
grant execute on function fn.last_known(jsonb) to ebb_replay;

create or replace function fn.import_not_carried(p_mapping jsonb) returns text[]
language sql immutable parallel safe
as $$
    select array(select f.name from unnest(array['team', 'assignee', 'requester', 'service', 'kind', 'subject', 'priority', 'impact', 'urgency',
                                                 'reassignment_count', 'reopen_count', 'part', 'keep']) f (name)
                  where not coalesce(p_mapping -> 'carry' ? f.name, false))
$$;
comment on function fn.import_not_carried(jsonb) is 'Fields that a row which leaves them out does not take from the row before; the state, and what a mapping names in "carry", it does.';
grant execute on function fn.import_not_carried(jsonb) to ebb_replay;

create or replace function fn.import_facts(p_import ebb.import, p_refs text[])
returns table (ticket_id bigint, base int, place bigint, occurred_at timestamptz, is_late boolean, now ebb.ticket)
language sql stable
as $$
    with d as (
        select s.*, (select p.sla_policy_version_id from ebb.sla_policy_version p where p.sla_policy_id = s.sla_policy_id order by p.version desc limit 1) as policy_version_id,
               (select q.person_id from ebb.person q where q.department_id = s.department_id and q.source_name = p_import.source_name and q.source_ref = 'Requester not named') as requester_id
          from ebb.service s where s.service_id = p_import.service_id
    ), told as (
        -- A row without a state leaves it as it was; so do other fields that the mapping carries over.
        select r.source_ref, r.import_row_id >= p.first_row_id as is_new, r.occurred_at, r.sort_key, r.line_number,
               fn.last_known(r.fields - fn.import_not_carried(p_import.mapping)) over (partition by r.source_ref order by r.sort_key, r.occurred_at, r.line_number
                                                                                       rows unbounded preceding) || r.fields as fields
          from ebb.import_row r
          join ebb.import_pending p on p.import_id = r.import_id and p.source_ref = r.source_ref
         where r.import_id = p_import.import_id and r.source_ref = any (p_refs)
    ), r as (
        select r.source_ref, r.occurred_at as told_at, r.fields,
               row_number() over w as place,
               max(r.occurred_at) over (w rows unbounded preceding) as at_most,
               bool_or(coalesce((r.fields ->> 'state') <> 'new', false) or r.fields ->> 'assignee' is not null) over (w rows unbounded preceding) as is_touched
          from told r
         where r.is_new
        window w as (partition by r.source_ref order by r.sort_key, r.occurred_at, r.line_number)
    )
    select k.ticket_id, k.version, r.place, greatest(r.at_most, k.last_event_at), r.told_at < greatest(r.at_most, k.last_event_at),
           jsonb_populate_record(null::ebb.ticket, jsonb_build_object(
               'subject', coalesce(r.fields ->> 'subject', left(p_import.source_name || ' ' || r.source_ref, 200)),
               'department_id', p_import.department_id, 'service_id', coalesce(s.service_id, d.service_id),
               'request_type_id', coalesce(q.request_type_id, d.default_request_type_id), 'state', coalesce(st.state, 1),
               'waiting_reason', case when st.state = 3 then coalesce(r.fields ->> 'waiting_reason', 'scheduled') end,
               'team_id', coalesce(t.team_id, d.owner_team_id), 'is_team_assumed', t.team_id is null,
               'assignee_id', a.person_id, 'accountable_person_id', d.accountable_person_id, 'requester_id', coalesce(u.person_id, d.requester_id),
               'impact', x.impact, 'urgency', x.urgency, 'priority', x.priority, 'sla_policy_version_id', d.policy_version_id, 'channel', 'import',
               'first_response_at', coalesce(k.first_response_at, min(r.at_most) filter (where r.is_touched) over (partition by r.source_ref order by r.place)),
               'source_reassignment_count', (r.fields ->> 'reassignment_count')::int, 'source_reopen_count', (r.fields ->> 'reopen_count')::int))
      from r
     cross join d
      join ebb.ticket k on k.import_id = p_import.import_id and k.source_ref = r.source_ref
      left join ebb.state st on st.state_code = r.fields ->> 'state'
      left join ebb.service s on s.department_id = p_import.department_id and s.source_name = p_import.source_name and s.source_ref = r.fields ->> 'service'
      left join ebb.team t on t.department_id = p_import.department_id and t.source_name = p_import.source_name and t.source_ref = r.fields ->> 'team'
      left join ebb.person a on a.department_id = p_import.department_id and a.source_name = p_import.source_name and a.source_ref = r.fields ->> 'assignee'
      left join ebb.person u on u.department_id = p_import.department_id and u.source_name = p_import.source_name and u.source_ref = r.fields ->> 'requester'
      left join lateral (select min(y.request_type_id) as request_type_id from ebb.request_type y
                          where y.department_id = p_import.department_id and y.ticket_kind = r.fields ->> 'kind') q on true
     cross join lateral fn.import_priority(r.fields) x
$$;
comment on function fn.import_facts(ebb.import, text[]) is 'row: the ticket''s journaled fields after each unbuilt row of these source tickets, in the order of the mapping, with a time that never runs backward; base is the number of events the ticket has already.';
grant execute on function fn.import_facts(ebb.import, text[]) to ebb_replay;

create or replace function fn.import_event_kind(p_seq bigint, p_changes jsonb) returns text
language sql immutable parallel safe
as $$
    select case
        when p_seq = 1 then 'opened'
        when p_changes ? 'state' then
            case (p_changes #>> '{state,1}')::int
                when 1 then 'changed'
                when 2 then case (p_changes #>> '{state,0}')::int when 3 then 'resumed' when 1 then 'activated' else 'reopened' end
                when 3 then case when (p_changes #>> '{state,0}')::int in (4, 5) then 'reopened' else 'waiting' end
                when 4 then 'resolved' when 5 then 'closed' when 6 then 'cancelled' else 'merged' end
        when p_changes ? 'team_id' then 'accepted'
        when p_changes ? 'assignee_id' then case when p_changes #> '{assignee_id,1}' = 'null' then 'unassigned' else 'assigned' end
        else 'changed' end
$$;
comment on function fn.import_event_kind(bigint, jsonb) is 'Name of an imported event, from what it changed.';
grant execute on function fn.import_event_kind(bigint, jsonb) to ebb_replay;

create or replace function fn.import_statistics() returns void
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if exists (select from unnest(array['ebb.import_row', 'ebb.ticket', 'ebb.ticket_event', 'ebb.ticket_span']::regclass[]) t (rel) join pg_class c on c.oid = t.rel
                where c.reltuples < 0 or pg_stat_get_live_tuples(c.oid) > 2 * greatest(c.reltuples, 0) + 500) then
        analyze ebb.import_row, ebb.ticket, ebb.ticket_event, ebb.ticket_span, ebb.person, ebb.team, ebb.service;
    end if;
end $$;
comment on function fn.import_statistics() is 'Tells the planner of tables that have doubled: an import fills empty tables faster than autovacuum looks.';
