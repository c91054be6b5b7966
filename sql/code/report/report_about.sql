-- SPDX-License-Identifier: Apache-2.0
-- The contract about itself: what a tool or a lint can read instead of guessing.

create or replace view reporting_v1.contract_info as
select 1 as contract_version,
       z.time_zone_name as reporting_time_zone_name,
       (select max(m.no) from fn.schema_version m) as schema_version
  from fn.report_zone z;
comment on view reporting_v1.contract_info is 'contract (one row): version of the reporting contract and what its dates mean.';
comment on column reporting_v1.contract_info.contract_version is 'Major version: the number in the schema''''s name.';
comment on column reporting_v1.contract_info.reporting_time_zone_name is 'Time zone of every date column; instants are UTC.';
comment on column reporting_v1.contract_info.schema_version is 'Number of the last migration of the database.';

create or replace view reporting_v1.contract_columns as
select c.relname::text as view_name,
       a.attnum::int as column_position,
       a.attname::text as column_name,
       format_type(a.atttypid, a.atttypmod) as data_type,
       case when a.attname like '%\_business\_hours%' or a.attname like 'business\_hours' then 'working hours'
            when a.attname like '%hours%' then 'hours'
            when a.attname like '%\_share' then 'share from 0 to 1'
            when a.attname like '%\_count' then 'count'
            when a.attname like '%\_ms' then 'milliseconds'
            when a.atttypid = 'timestamptz'::regtype then 'instant (UTC)'
            when a.atttypid = 'date'::regtype then 'day' end as unit,
       col_description(c.oid, a.attnum) as meaning,
       '1.0' as since_version,
       case when a.attname like '%\_id' then 'key'
            when a.atttypid = 'boolean'::regtype then 'flag'
            when a.atttypid in ('timestamptz'::regtype, 'date'::regtype) then 'time'
            when a.attname like '%hours%' or a.attname like '%\_count' or a.attname like '%\_share' or a.attname like '%\_ms' then 'measure'
            else 'attribute' end as semantic_kind
  from pg_catalog.pg_class c
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
 where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'reporting_v1') and c.relkind in ('v', 'r');
comment on view reporting_v1.contract_columns is 'column of a view of this schema.';
comment on column reporting_v1.contract_columns.view_name is 'View; with column_name the key.';
comment on column reporting_v1.contract_columns.column_position is 'Its place; new columns come last.';
comment on column reporting_v1.contract_columns.column_name is 'Column.';
comment on column reporting_v1.contract_columns.data_type is 'Type, as PostgreSQL names it.';
comment on column reporting_v1.contract_columns.unit is 'Unit; NULL when it has none.';
comment on column reporting_v1.contract_columns.meaning is 'What it means; the same text as its COMMENT.';
comment on column reporting_v1.contract_columns.since_version is 'Version of the contract that brought it.';
comment on column reporting_v1.contract_columns.semantic_kind is 'key, flag, time, measure or attribute.';

create or replace view reporting_v1.contract_relationships as
select c.view_name as from_view, c.column_name as from_column, r.to_view, r.to_column, 'many to one' as cardinality
  from reporting_v1.contract_columns c
  join (values ('ticket_id', 'tickets', 'ticket_id'), ('department_id', 'dim_departments', 'department_id'),
               ('team_id', 'dim_teams', 'team_id'), ('from_team_id', 'dim_teams', 'team_id'), ('to_team_id', 'dim_teams', 'team_id'),
               ('owner_team_id', 'dim_teams', 'team_id'), ('parent_team_id', 'dim_teams', 'team_id'),
               ('assignee_id', 'dim_agents', 'agent_id'), ('accountable_person_id', 'dim_agents', 'agent_id'), ('agent_id', 'dim_agents', 'agent_id'),
               ('lead_person_id', 'dim_agents', 'agent_id'), ('requester_id', 'dim_requesters', 'requester_id'),
               ('service_id', 'dim_services', 'service_id'), ('request_type_id', 'dim_request_types', 'request_type_id'),
               ('state', 'dim_statuses', 'state'), ('from_state', 'dim_statuses', 'state'), ('to_state', 'dim_statuses', 'state'),
               ('clock_class', 'dim_clock_classes', 'clock_class'), ('priority', 'dim_priorities', 'priority'), ('old_priority', 'dim_priorities', 'priority'),
               ('new_priority', 'dim_priorities', 'priority'), ('import_id', 'imports', 'import_id'), ('sla_target_id', 'dim_sla_targets', 'sla_target_id'),
               ('date', 'dim_date', 'date'), ('opened_date', 'dim_date', 'date'), ('resolved_date', 'dim_date', 'date'), ('started_date', 'dim_date', 'date'),
               ('automation_run_id', 'automation_runs', 'automation_run_id'), ('undone_by_agent_id', 'dim_agents', 'agent_id'),
               ('handed_date', 'dim_date', 'date'), ('happened_date', 'dim_date', 'date'), ('occurred_date', 'dim_date', 'date'), ('changed_date', 'dim_date', 'date'))
       as r (column_name, to_view, to_column) on r.column_name = c.column_name
 where c.view_name <> r.to_view or c.column_name not in (r.to_column)
   and exists (select from pg_catalog.pg_class k where k.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = 'reporting_v1') and k.relname = r.to_view);
comment on view reporting_v1.contract_relationships is 'relationship between two views: what keys and foreign keys would say if views had them.';
comment on column reporting_v1.contract_relationships.from_view is 'View with the many rows.';
comment on column reporting_v1.contract_relationships.from_column is 'Its column.';
comment on column reporting_v1.contract_relationships.to_view is 'View with one row per value.';
comment on column reporting_v1.contract_relationships.to_column is 'Its key.';
comment on column reporting_v1.contract_relationships.cardinality is 'Always: many to one.';

create or replace view reporting_v1.contract_metrics as
select m.metric_name, m.view_name, m.sql_expression, m.unit, m.meaning
  from (values
       ('open_count', 'tickets', 'count(*) filter (where is_open)', 'count', 'Open tickets.'),
       ('unowned_count', 'tickets', 'count(*) filter (where is_unowned)', 'count', 'Open tickets on which nobody works.'),
       ('unowned_share', 'tickets', 'count(*) filter (where is_unowned)::numeric / nullif(count(*) filter (where is_open), 0)', 'share', 'Share of the open tickets on which nobody works.'),
       ('overdue_count', 'tickets', 'count(*) filter (where is_overdue)', 'count', 'Open tickets past their due instant.'),
       ('age_median_hours', 'backlog_now', 'percentile_disc(0.5) within group (order by age_hours)', 'hours', 'Age which half of the open tickets do not exceed; nearest rank.'),
       ('age_85_hours', 'backlog_now', 'percentile_disc(0.85) within group (order by age_hours)', 'hours', 'Age which 85 % of the open tickets do not exceed; nearest rank.'),
       ('oldest_hours', 'backlog_now', 'max(age_hours)', 'hours', 'Age of the oldest open ticket.'),
       ('came_back_count', 'tickets', 'count(*) filter (where return_count > 0)', 'count', 'Tickets that came back to a team which had handed them on.'),
       ('came_back_share', 'tickets', 'count(*) filter (where return_count > 0)::numeric / nullif(count(*), 0)', 'share', 'Their share of all tickets.'),
       ('handoff_count', 'handovers', 'count(*)', 'count', 'Changes of team.'),
       ('return_count', 'handovers', 'count(*) filter (where is_return)', 'count', 'Hand-overs to a team that had already held the ticket.'),
       ('return_share', 'handovers', 'count(*) filter (where is_return)::numeric / nullif(count(*), 0)', 'share', 'Share of the hand-overs that are returns.'),
       ('opened_count', 'flow_daily', 'sum(opened_count)', 'count', 'Tickets opened.'),
       ('resolved_count', 'flow_daily', 'sum(resolved_count)', 'count', 'Tickets resolved, gross.'),
       ('reopened_count', 'flow_daily', 'sum(reopened_count)', 'count', 'Tickets reopened.'),
       ('net_change_count', 'flow_daily', 'sum(net_change_count)', 'count', 'Change of the number of open tickets.'),
       ('sla_met_share', 'sla_clocks', 'count(*) filter (where is_met)::numeric / nullif(count(*) filter (where is_met is not null), 0)', 'share', 'Share of the decided clocks that stopped in time.'),
       ('sla_met_share_believed', 'sla_daily', 'sum(met_count)::numeric / nullif(sum(met_count + breached_count), 0)', 'share', 'The same by day, as it was believed at the end of each day.'),
       ('unowned_hours_share', 'ownership_intervals', 'sum(open_hours) filter (where is_unowned) / nullif(sum(open_hours), 0)', 'share', 'Share of all open time in which nobody worked on the ticket.'),
       ('waiting_share', 'ticket_spans', 'sum(hours) filter (where state = ''waiting'') / nullif(sum(hours) filter (where is_open), 0)', 'share', 'Share of all open time spent waiting.'),
       ('time_not_waiting_share', 'ticket_spans', 'sum(hours) filter (where clock_class = ''worked'') / nullif(sum(hours) filter (where is_open), 0)', 'share', 'Share of all open time in which it was assigned and did not wait: status time, not touch time.'),
       ('automation_applied_count', 'automation_runs', 'count(*) filter (where outcome = ''applied'')', 'count', 'Runs of plugins of which something was done.'),
       ('automation_undone_share', 'automation_runs', 'count(*) filter (where was_undone)::numeric / nullif(count(*) filter (where outcome = ''applied''), 0)', 'share', 'Share of those that an agent took back or corrected.'),
       ('automation_failed_share', 'automation_runs', 'count(*) filter (where outcome = ''failed'')::numeric / nullif(count(*), 0)', 'share', 'Share of the runs that failed.')
       ) as m (metric_name, view_name, sql_expression, unit, meaning);
comment on view reporting_v1.contract_metrics is 'metric: the one definition of each figure.';
comment on column reporting_v1.contract_metrics.metric_name is 'Key.';
comment on column reporting_v1.contract_metrics.view_name is 'View to select from.';
comment on column reporting_v1.contract_metrics.sql_expression is 'Expression over that view; any filter and grouping may stand beside it.';
comment on column reporting_v1.contract_metrics.unit is 'Unit.';
comment on column reporting_v1.contract_metrics.meaning is 'What it says.';
grant select on reporting_v1.contract_info, reporting_v1.contract_columns, reporting_v1.contract_relationships, reporting_v1.contract_metrics
    to ebb_bi, ebb_bi_text, ebb_api, ebb_ctl, ebb_owner;
