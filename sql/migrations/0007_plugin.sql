-- SPDX-License-Identifier: Apache-2.0
-- Plugins: which are installed, what each department does with them, what they did, what went wrong; and the audit of configuration.

create table ebb.audit (
    audit_id bigint generated always as identity primary key,
    occurred_at timestamptz not null,
    department_id int references ebb.department,
    actor_id int references ebb.person,
    actor_kind text not null constraint audit_actor_known check (actor_kind in ('person', 'operator', 'system')),
    action text not null,
    object_kind text not null,
    object_ref text not null,
    before_values jsonb,
    after_values jsonb,
    request_id text
);
create index audit_department_idx on ebb.audit (department_id, audit_id);
create index audit_actor_idx on ebb.audit (actor_id);
create index audit_object_idx on ebb.audit (object_kind, object_ref, audit_id);

create table ebb.plugin (
    plugin_id int generated always as identity primary key,
    plugin_name text not null constraint plugin_name_format check (plugin_name ~ '^[a-z][a-z0-9_]{0,30}$'),
    version int not null default 1,
    plugin_version text not null,
    abi_major int not null,
    abi_minor int not null,
    sha256 text not null constraint plugin_sha256_format check (sha256 ~ '^[0-9a-f]{64}$'),
    description jsonb not null,
    kinds int not null constraint plugin_kinds_range check (kinds between 1 and 7),
    tick_s int not null default 0,
    process_count int not null default 1 constraint plugin_process_count_range check (process_count between 1 and 8),
    is_network_granted boolean not null default false,
    quarantine_scope text not null default 'department' constraint plugin_quarantine_scope_known check (quarantine_scope in ('department', 'everywhere')),
    installed_at timestamptz not null,
    removed_at timestamptz,
    quarantined_at timestamptz,
    quarantine_reason text,
    constraint plugin_name_unique unique (plugin_name),
    constraint plugin_quarantine_reasoned check ((quarantined_at is null) = (quarantine_reason is null))
);

create table ebb.plugin_statement (
    plugin_id int not null references ebb.plugin,
    statement_name text not null constraint plugin_statement_name_format check (statement_name ~ '^[a-z][a-z0-9_]{0,30}$'),
    statement_sql text not null,
    report_name text,
    run_when int not null constraint plugin_statement_when_range check (run_when between 1 and 15),
    primary key (plugin_id, statement_name)
);

create table ebb.plugin_report (
    report_id int generated always as identity primary key,
    plugin_id int not null references ebb.plugin,
    report_name text not null,
    report_title text not null,
    formats text[] not null,
    params text[] not null,
    is_offered boolean not null default true,
    constraint plugin_report_unique unique (plugin_id, report_name)
);

create table ebb.plugin_department (
    plugin_id int not null references ebb.plugin,
    department_id int not null references ebb.department,
    version int not null default 1,
    is_enabled boolean not null default false,
    "position" int not null default 100,
    mode text not null default 'shadow' constraint plugin_department_mode_known check (mode in ('shadow', 'act')),
    min_confidence numeric not null default 0.5 constraint plugin_department_confidence_range check (min_confidence between 0 and 1),
    config jsonb not null default '{}' constraint plugin_department_config_object check (jsonb_typeof(config) = 'object'),
    config_version int not null default 1,
    next_tick_at timestamptz,
    last_error text,
    last_error_at timestamptz,
    strikes_from timestamptz not null default '-infinity',
    quarantined_at timestamptz,
    quarantine_reason text,
    primary key (plugin_id, department_id),
    constraint plugin_department_quarantine_reasoned check ((quarantined_at is null) = (quarantine_reason is null))
);
create index plugin_department_department_idx on ebb.plugin_department (department_id);
create index plugin_department_tick_idx on ebb.plugin_department (next_tick_at) where next_tick_at is not null;

create table ebb.plugin_delivery (
    plugin_delivery_id bigint generated always as identity primary key,
    plugin_id int not null references ebb.plugin,
    department_id int not null references ebb.department,
    outbox_id bigint,
    ticket_id bigint,
    seq int,
    event_name text not null,
    depth smallint not null default 0,
    created_at timestamptz not null,
    attempts smallint not null default 0,
    next_at timestamptz not null,
    lease_pid int,
    done_at timestamptz,
    constraint plugin_delivery_once unique (outbox_id, plugin_id, department_id)
);
create index plugin_delivery_open_idx on ebb.plugin_delivery (plugin_id, department_id, plugin_delivery_id) where done_at is null;
create index plugin_delivery_department_idx on ebb.plugin_delivery (department_id);
create index plugin_delivery_ticket_idx on ebb.plugin_delivery (ticket_id, plugin_delivery_id) where done_at is null;
create index plugin_delivery_done_idx on ebb.plugin_delivery (done_at) where done_at is not null;

create table ebb.plugin_run (
    plugin_run_id bigint generated always as identity primary key,
    plugin_id int not null references ebb.plugin,
    plugin_version text not null,
    department_id int not null references ebb.department,
    ticket_id bigint references ebb.ticket,
    run_kind text not null constraint plugin_run_kind_known check (run_kind in ('categorise', 'automate', 'report')),
    event_name text not null,
    seq int,
    rule_name text,
    rule_version int,
    mode text not null,
    started_at timestamptz not null,
    duration_us bigint not null,
    outcome text not null constraint plugin_run_outcome_known check (outcome in ('applied', 'no_match', 'skipped', 'failed', 'shadow')),
    changed_field_count int not null default 0,
    error_code text,
    sentence text,
    inputs jsonb,
    depth smallint not null default 0
);
create index plugin_run_ticket_idx on ebb.plugin_run (ticket_id, plugin_run_id);
create index plugin_run_department_idx on ebb.plugin_run (department_id, started_at);
create index plugin_run_plugin_idx on ebb.plugin_run (plugin_id, started_at);

create table ebb.plugin_action (
    plugin_run_id bigint not null references ebb.plugin_run,
    "position" int not null,
    department_id int not null,
    action_kind text not null,
    args jsonb not null,
    confidence numeric,
    explanation text,
    outcome text not null constraint plugin_action_outcome_known check (outcome in ('applied', 'refused', 'shadow', 'outranked', 'doubtful', 'given')),
    sentence text,
    primary key (plugin_run_id, "position")
);

create table ebb.plugin_incident (
    plugin_incident_id bigint generated always as identity primary key,
    plugin_id int not null references ebb.plugin,
    department_id int references ebb.department,
    occurred_at timestamptz not null,
    incident_kind text not null constraint plugin_incident_kind_known check (incident_kind in ('crash', 'hang', 'memory', 'nonsense', 'start')),
    sentence text not null,
    backtrace text,
    host_name text,
    request_id text,
    plugin_version text not null,
    quarantined text not null default 'no' constraint plugin_incident_quarantined_known check (quarantined in ('no', 'department', 'everywhere'))
);
create index plugin_incident_plugin_idx on ebb.plugin_incident (plugin_id, occurred_at);
create index plugin_incident_department_idx on ebb.plugin_incident (department_id, occurred_at);

create table ebb.plugin_day (
    plugin_id int not null references ebb.plugin,
    department_id int not null references ebb.department,
    day date not null,
    run_kind text not null,
    result text not null,
    call_count bigint not null,
    total_us bigint not null,
    longest_us bigint not null,
    primary key (plugin_id, department_id, day, run_kind, result)
);
create index plugin_day_department_idx on ebb.plugin_day (department_id, day);

create table ebb.plugin_migration (
    plugin_name text not null,
    no int not null,
    name text not null,
    sha256 text not null,
    applied_at timestamptz not null default now(),
    primary key (plugin_name, no)
);

create table ebb.report_schedule (
    report_schedule_id int generated always as identity primary key,
    version int not null default 1,
    report_id int not null references ebb.plugin_report,
    department_id int not null references ebb.department,
    format text not null,
    params jsonb not null default '{}',
    weekday smallint constraint report_schedule_weekday_range check (weekday between 1 and 7),
    at_time time not null,
    time_zone_name text not null constraint report_schedule_zone_known check (pg_catalog.timezone(time_zone_name, timestamptz '2000-01-01 00:00+00') is not null),
    is_active boolean not null default true,
    next_at timestamptz not null
);
create index report_schedule_report_idx on ebb.report_schedule (report_id);
create index report_schedule_department_idx on ebb.report_schedule (department_id);
create index report_schedule_next_idx on ebb.report_schedule (next_at) where is_active;

create table ebb.report_document (
    report_document_id bigint generated always as identity primary key,
    report_id int not null references ebb.plugin_report,
    report_schedule_id int references ebb.report_schedule,
    department_id int not null references ebb.department,
    format text not null,
    params jsonb not null default '{}',
    created_at timestamptz not null,
    attempts smallint not null default 0,
    next_at timestamptz not null,
    done_at timestamptz,
    failed_at timestamptz,
    sentence text,
    media_type text,
    document bytea
);
create index report_document_report_idx on ebb.report_document (report_id);
create index report_document_schedule_idx on ebb.report_document (report_schedule_id);
create index report_document_department_idx on ebb.report_document (department_id, report_document_id);
create index report_document_open_idx on ebb.report_document (next_at) where done_at is null and failed_at is null;

-- Which plugin's run changed a ticket: NULL for all that people did.
alter table ebb.ticket_event add column plugin_run_id bigint;
-- A comment has an author, or a run that wrote it.
alter table ebb.comment alter column author_id drop not null;
alter table ebb.comment add column plugin_run_id bigint;
alter table ebb.comment add constraint comment_somebody_wrote check ((author_id is null) <> (plugin_run_id is null));
-- Where a ticket goes that names no service and for which nobody suggests one.
alter table ebb.department add column default_service_id int references ebb.service;
create index department_default_service_idx on ebb.department (default_service_id);

do $$
declare t text;
begin
    foreach t in array array['audit', 'plugin', 'plugin_statement', 'plugin_report', 'plugin_department', 'plugin_delivery', 'plugin_run', 'plugin_action', 'plugin_incident', 'plugin_day',
                             'plugin_migration', 'report_schedule', 'report_document'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
