-- SPDX-License-Identifier: Apache-2.0
-- reporting_v1 as a contract: names, types, comments, rights, and who sees what.
\ir ../lib/story.sql
begin;
select plan(48);

select is((select string_agg(column_name, ' ' order by column_position) from reporting_v1.contract_columns where view_name = 'tickets'),
          'ticket_id ticket_ref ticket_kind state is_open waiting_reason waiting_until priority priority_name impact urgency department_id department_name team_id team_name assignee_id assignee_name '
          'accountable_person_id accountable_person_name is_unowned requester_id service_id service_name request_type_id request_type_name channel transfer_id opened_at opened_date first_response_at due_at '
          'resolved_at resolved_date closed_at last_event_at age_hours age_business_hours resolution_hours resolution_business_hours is_overdue handoff_count return_count reopen_count is_imported import_id '
          'source_ref source_reassignment_count source_reopen_count version unowned_hours waiting_hours', 'tickets: these columns in this order; new ones come last');
select is((select string_agg(column_name, ' ' order by column_position) from reporting_v1.contract_columns where view_name = 'imports' and column_position <= 6),
          'import_id source_name row_count accepted_count refused_count ticket_count', 'imports begins with its fixed columns');
select is((select string_agg(column_name, ' ' order by column_position) from reporting_v1.contract_columns where view_name = 'imported_rows' and column_position <= 4),
          'import_id line_number ticket_id occurred_at', 'and so does imported_rows');
select has_view('reporting_v1', v, v || ' is there') from unnest(array['backlog_now', 'backlog_daily', 'ownership_intervals', 'status_intervals', 'ticket_spans', 'unowned_periods', 'handovers', 'handovers_daily', 'flow_daily',
    'flow_steps', 'ticket_events', 'priority_changes', 'dim_departments', 'dim_teams', 'dim_agents', 'dim_services', 'dim_request_types', 'dim_statuses', 'dim_priorities', 'dim_requesters',
    'contract_info', 'contract_metrics', 'contract_relationships']) v;

-- Rules of names and types, read from the catalogue.
select is_empty($$select view_name, column_name from reporting_v1.contract_columns where column_name !~ '^[a-z][a-z0-9_]*$' or view_name !~ '^[a-z][a-z0-9_]*$'$$, 'names need no quotes');
select is_empty($$select view_name, column_name, data_type from reporting_v1.contract_columns
                   where data_type not in ('bigint', 'integer', 'smallint', 'text', 'numeric', 'boolean', 'timestamp with time zone', 'date')$$, 'types that any tool reads: no interval, json, array, enum or range');
select is_empty($$select view_name, column_name, data_type from reporting_v1.contract_columns
                   where (column_name like '%\_at' and data_type <> 'timestamp with time zone') or (column_name ~ '(^|_)date$' and data_type <> 'date') or (column_name ~ '^(is|has|was|source_made)_' and data_type <> 'boolean')
                      or (column_name ~ 'hours' and data_type <> 'numeric') or (column_name ~ '_count$' and data_type not in ('bigint', 'integer', 'smallint', 'numeric'))$$, 'a name tells the type');
select is_empty($$select view_name, column_name from reporting_v1.contract_columns where coalesce(meaning, '') = '' or meaning !~ '[.;]'$$, 'every column says what it means');
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'reporting_v1'::regnamespace and c.relkind in ('v', 'r') and coalesce(obj_description(c.oid, 'pg_class'), '') !~ '^[a-z].*: .*\.$|^[a-z][^:]*\.( .*)?$'$$,
                'every view begins with its grain');
select is_empty($$select c.relname from pg_class c where c.relnamespace = 'reporting_v1'::regnamespace and c.relkind = 'v' and (c.reloptions::text ~ 'security' or pg_get_userbyid(c.relowner) <> 'ebb_report')$$,
                'no barrier, no invoker, owned by ebb_report');
select is_empty($$select p.oid::regprocedure from pg_proc p where p.pronamespace = 'reporting_v1'::regnamespace
                   and (obj_description(p.oid, 'pg_proc') is null or exists (select from aclexplode(p.proacl) a where a.grantee = 0))$$, 'every function is commented, and none is everybody''s');

-- Metrics run, relationships lead somewhere.
create or replace function pg_temp.fails(p_sql text) returns text language plpgsql as $$
begin execute p_sql; return null; exception when others then return sqlerrm || ': ' || p_sql; end $$;
select is_empty($$select pg_temp.fails(format('select %s from reporting_v1.%I', m.sql_expression, m.view_name)) from reporting_v1.contract_metrics m
                   where pg_temp.fails(format('select %s from reporting_v1.%I', m.sql_expression, m.view_name)) is not null$$, 'every metric can be computed');
select is_empty($$select r.* from reporting_v1.contract_relationships r
                   where not exists (select from reporting_v1.contract_columns c where c.view_name = r.to_view and c.column_name = r.to_column)$$, 'every relationship leads to a key');

-- Departments: two tickets each, seen through every view.
insert into ebb.import (import_id, department_id, source_name, mapping, service_id, started_at, finished_at, first_at, last_at) overriding system value
values (901, 1, 'A', '{"subject": 1}', 51, now(), now(), '2025-01-06Z', '2025-01-10Z'), (902, 2, 'B', '{"subject": 1}', 54, now(), now(), '2025-01-06Z', '2025-01-10Z');
select t.story(900001, '2025-01-06Z', '{0 new 11 -, 1 active 12 103 2, 5 resolved, 6 active 11 101 1}', 51, 107, 901), t.story(900002, '2025-01-07Z', '{0 new 11 -}', 51, 107, 901),
       t.story(900003, '2025-01-06Z', '{0 new 21 -, 1 active 21 109, 5 resolved}', 54, 108, 902), t.story(900004, '2025-01-07Z', '{0 new 21 -, 2 active 21 110 1}', 54, 108, 902);
insert into ebb.import_row (import_id, department_id, row_hash, ordinal, seen_run, line_number, source_ref, occurred_at, sort_key, fields)
select 900 + d, d, 'h' || d, 1, 1, 2, 'S90000' || (2 * d - 1), '2025-01-06Z', '[]', '{"keep": {"made_sla": "true", "note": "free text"}}' from generate_series(1, 2) d;
insert into ebb.import_refusal (import_id, department_id, row_hash, line_number, reason) select 900 + d, d, 'x', 3, 'no date' from generate_series(1, 2) d;
insert into ebb.plugin (plugin_id, plugin_name, plugin_version, abi_major, abi_minor, sha256, description, kinds, installed_at) overriding system value
values (901, 'contract', '1', 1, 0, repeat('0', 64), '{}', 7, now());
insert into ebb.plugin_run (plugin_run_id, plugin_id, plugin_version, department_id, ticket_id, run_kind, event_name, mode, started_at, duration_us, outcome) overriding system value
select 900 + d, 901, '1', d, 899999 + 2 * d, 'automate', 'ticket.opened', 'act', '2025-01-06Z', 1500, 'applied' from generate_series(1, 2) d;
insert into ebb.plugin_action (plugin_run_id, "position", department_id, action_kind, args, outcome) select 900 + d, 1, d, 'assign', '{}', 'applied' from generate_series(1, 2) d;
insert into ebb.plugin_incident (plugin_id, department_id, occurred_at, incident_kind, sentence, plugin_version) select 901, d, '2025-01-06Z', 'crash', 'Crash.', '1' from generate_series(1, 2) d;
insert into ebb.plugin_day (plugin_id, department_id, day, run_kind, result, call_count, total_us, longest_us) select 901, d, '2025-01-06', 'automate', 'ok', 1, 1500, 1500 from generate_series(1, 2) d;
insert into ebb.escalation_step (sla_target_id, department_id, offset_s, recipient) select distinct on (g.department_id) g.sla_target_id, g.department_id, 0, 'lead' from ebb.sla_target g;
insert into ebb.escalation (ticket_id, target_code, cycle, offset_s, recipient, department_id, escalation_step_id, planned_at, fired_at, priority, team_id, accountable_person_id, told_person_ids)
select distinct on (t.department_id) t.ticket_id, 'resolve', 1, 0, 'lead', t.department_id, s.escalation_step_id, t.opened_at, t.opened_at, t.priority, t.team_id, t.accountable_person_id, '{}'
  from ebb.ticket t join ebb.escalation_step s on s.department_id = t.department_id;
create temporary table seen (viewer text, view_name text, row_count bigint, foreign_count bigint);
grant all on seen to public;
create or replace function pg_temp.look(p_viewer text, p_department_id int) returns void language plpgsql as $$
declare v record; v_ticket text;
begin
    for v in select c.relname, bool_or(a.attname = 'department_id') as by_department, bool_or(a.attname = 'ticket_id') as by_ticket, bool_or(a.attname = 'import_id') as by_import
               from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
              where c.relnamespace = 'reporting_v1'::regnamespace and c.relkind = 'v' and has_table_privilege(p_viewer, c.oid, 'select') group by c.relname loop
        execute format('insert into seen select %L, %L, count(*), count(*) filter (where %s) from reporting_v1.%I x', p_viewer, v.relname,
            case when v.by_department then 'x.department_id <> ' || p_department_id when v.by_ticket then format('x.ticket_id not between %s and %s', 899999 + 2 * p_department_id - 0, 899998 + 2 * p_department_id + 2)
                 when v.by_import then 'x.import_id <> ' || (900 + p_department_id) else 'false' end, v.relname);
    end loop;
end $$;
set role bi_it; select pg_temp.look('bi_it', 1); set role bi_hr; select pg_temp.look('bi_hr', 2); reset role;
select is_empty($$select * from seen where foreign_count > 0$$, 'a BI role sees its department only, in every view that has one');
select is_empty($$select * from seen where row_count = 0 and view_name not in ('handovers', 'handovers_daily', 'sla_clocks', 'sla_daily', 'dim_sla_targets')$$, 'and it does see that');
select is((select array_agg(viewer || row_count order by viewer) from seen where view_name = 'tickets'), '{bi_hr2,bi_it2}', 'each its two tickets');
set role bi_it;
select is((select array_agg(ticket_id order by ticket_id) from reporting_v1.tickets_at('2025-01-08Z')), '{900001,900002}', 'the past is kept apart too');
select throws_ok('select * from ebb.ticket', '42501', null, 'a BI role reads no table');
select throws_ok('select * from fn.ticket_time', '42501', null, 'and no helper of the views');
select throws_ok('create table reporting_v1.mine (x int)', '42501', null, 'makes nothing');
select throws_ok('create temporary table mine (x int)', '42501', null, 'not even for itself');
select throws_ok('select * from reporting_v1.imported_values', '42501', null, 'and written text is not for it');
select throws_ok($$select ctl.assess('{}')$$, '42501', null, 'nor is the assessment');
reset role;
select is_empty($$select view_name, column_name from reporting_v1.contract_columns where column_name in ('subject', 'description', 'body', 'state_note', 'email', 'requester_name', 'person_name') $$, 'no view holds written text or a requester''s name');

-- Every example of the manual for analysts runs, as they would run it.
\set doc `cat "$EBB_SRC/docs/bi.md"`
create temporary table example as
select row_number() over () as n, btrim(m[1], E'\n; ') as sql from regexp_matches(:'doc', E'```sql\n(.*?)```', 'g') m;
grant select on example to public;
select cmp_ok((select count(*)::int from example), '>=', 12, 'docs/bi.md has examples');
set role bi_it;
select is_empty($$select n, pg_temp.fails(sql) from example where pg_temp.fails(sql) is not null$$, 'and each of them runs under a BI role');
reset role;
select * from finish();
rollback;
