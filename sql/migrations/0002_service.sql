-- SPDX-License-Identifier: Apache-2.0
-- What is offered and by which rules: calendars, targets, request types, the priority matrix, services with an owner.

create table ebb.calendar (
    calendar_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    calendar_name text not null,
    constraint calendar_name_unique unique (department_id, calendar_name)
);
comment on table ebb.calendar is 'A working-time calendar; what it says stands in its versions.';
comment on column ebb.calendar.calendar_id is 'Key.';
comment on column ebb.calendar.department_id is 'Department that keeps the calendar.';
comment on column ebb.calendar.calendar_name is 'Name; example: Office hours Berlin.';

create table ebb.calendar_version (
    calendar_version_id int generated always as identity primary key,
    calendar_id int not null references ebb.calendar,
    department_id int not null references ebb.department,
    version int not null,
    valid_from timestamptz not null,
    time_zone_name text not null,
    weekly jsonb not null,
    holidays jsonb not null default '[]',
    compiled_from timestamptz,
    compiled_until timestamptz,
    created_at timestamptz not null,
    constraint calendar_version_unique unique (calendar_id, version)
);
create index calendar_version_department_idx on ebb.calendar_version (department_id);
comment on table ebb.calendar_version is 'An immutable version of a calendar. Its compiled timeline follows the earlier versions up to valid_from and its own rules after it.';
comment on column ebb.calendar_version.calendar_version_id is 'Key.';
comment on column ebb.calendar_version.calendar_id is 'Calendar.';
comment on column ebb.calendar_version.department_id is 'Department of the calendar.';
comment on column ebb.calendar_version.version is 'Running number within the calendar, from 1.';
comment on column ebb.calendar_version.valid_from is 'Instant from which these rules hold.';
comment on column ebb.calendar_version.time_zone_name is 'Time zone of the weekly spans, as in the tz database.';
comment on column ebb.calendar_version.weekly is 'Array of {"day": 1..7 (Monday = 1), "from": "HH:MM", "to": "HH:MM"}, local time, half-open; "24:00" is allowed, and "to" at or before "from" reaches into the next day.';
comment on column ebb.calendar_version.holidays is 'Array of local dates "YYYY-MM-DD" without work (a span belongs to the date on which it begins).';
comment on column ebb.calendar_version.compiled_from is 'Begin of the compiled timeline; an instant before it is an error.';
comment on column ebb.calendar_version.compiled_until is 'End of the compiled timeline (horizon); an instant after it is an error, never a clamp.';
comment on column ebb.calendar_version.created_at is 'When the version was made.';

create table ebb.working_time (
    calendar_version_id int not null references ebb.calendar_version,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    before_s numeric(16, 6) not null,
    primary key (calendar_version_id, starts_at) include (ends_at, before_s),
    constraint working_time_forward check (starts_at < ends_at)
);
create unique index working_time_before_idx on ebb.working_time (calendar_version_id, before_s) include (starts_at, ends_at);
comment on table ebb.working_time is 'Compiled calendar: disjoint working intervals with the working seconds before each, so that "between" and "add" are index look-ups.';
comment on column ebb.working_time.calendar_version_id is 'Calendar version.';
comment on column ebb.working_time.starts_at is 'Begin of the interval (inclusive).';
comment on column ebb.working_time.ends_at is 'End of the interval (exclusive).';
comment on column ebb.working_time.before_s is 'Working seconds from compiled_from to starts_at.';

create table ebb.sla_policy (
    sla_policy_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    sla_policy_name text not null,
    constraint sla_policy_name_unique unique (department_id, sla_policy_name)
);
comment on table ebb.sla_policy is 'A set of service-level targets; its content stands in its versions.';
comment on column ebb.sla_policy.sla_policy_id is 'Key.';
comment on column ebb.sla_policy.department_id is 'Department that keeps the policy.';
comment on column ebb.sla_policy.sla_policy_name is 'Name; example: Standard.';

create table ebb.sla_policy_version (
    sla_policy_version_id int generated always as identity primary key,
    sla_policy_id int not null references ebb.sla_policy,
    department_id int not null references ebb.department,
    version int not null,
    valid_from timestamptz not null,
    created_at timestamptz not null,
    constraint sla_policy_version_unique unique (sla_policy_id, version)
);
create index sla_policy_version_department_idx on ebb.sla_policy_version (department_id);
comment on table ebb.sla_policy_version is 'An immutable version of a policy; a ticket keeps the version that was valid when it was opened.';
comment on column ebb.sla_policy_version.sla_policy_version_id is 'Key.';
comment on column ebb.sla_policy_version.sla_policy_id is 'Policy.';
comment on column ebb.sla_policy_version.department_id is 'Department of the policy.';
comment on column ebb.sla_policy_version.version is 'Running number within the policy, from 1.';
comment on column ebb.sla_policy_version.valid_from is 'Tickets opened from this instant on use it.';
comment on column ebb.sla_policy_version.created_at is 'When the version was made.';

create table ebb.sla_target (
    sla_target_id int generated always as identity primary key,
    sla_policy_version_id int not null references ebb.sla_policy_version,
    department_id int not null references ebb.department,
    target_kind text not null constraint sla_target_kind_known check (target_kind in ('response', 'resolve')),
    priority smallint not null constraint sla_target_priority_range check (priority between 1 and 4),
    target_s int not null constraint sla_target_positive check (target_s > 0),
    constraint sla_target_unique unique (sla_policy_version_id, target_kind, priority)
);
create index sla_target_department_idx on ebb.sla_target (department_id);
comment on table ebb.sla_target is 'How many working seconds a policy version grants, by kind of target and priority.';
comment on column ebb.sla_target.sla_target_id is 'Key.';
comment on column ebb.sla_target.sla_policy_version_id is 'Policy version.';
comment on column ebb.sla_target.department_id is 'Department of the policy.';
comment on column ebb.sla_target.target_kind is 'response (first public answer) or resolve.';
comment on column ebb.sla_target.priority is 'Priority 1 (highest) to 4.';
comment on column ebb.sla_target.target_s is 'Working seconds granted.';

create table ebb.request_type (
    request_type_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    request_type_name text not null,
    ticket_kind text not null constraint request_type_kind_known check (ticket_kind in ('incident', 'request', 'problem', 'change', 'task')),
    default_impact smallint not null default 2 constraint request_type_impact_range check (default_impact between 1 and 3),
    default_urgency smallint not null default 2 constraint request_type_urgency_range check (default_urgency between 1 and 3),
    is_active boolean not null default true,
    constraint request_type_name_unique unique (department_id, request_type_name)
);
comment on table ebb.request_type is 'A kind of demand a department takes; few on purpose. It chooses guards and defaults, never states.';
comment on column ebb.request_type.request_type_id is 'Key.';
comment on column ebb.request_type.department_id is 'Department.';
comment on column ebb.request_type.request_type_name is 'Name; example: Fault.';
comment on column ebb.request_type.ticket_kind is 'ITIL practice it belongs to: incident, request, problem, change or task.';
comment on column ebb.request_type.default_impact is 'Impact when nobody says otherwise: 1 high, 2 medium, 3 low.';
comment on column ebb.request_type.default_urgency is 'Urgency when nobody says otherwise: 1 high, 2 medium, 3 low.';
comment on column ebb.request_type.is_active is 'False: no new tickets.';

create table ebb.matrix_version (
    matrix_version_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    version int not null,
    valid_from timestamptz not null,
    created_at timestamptz not null,
    constraint matrix_version_unique unique (department_id, version)
);
create index matrix_version_valid_idx on ebb.matrix_version (department_id, valid_from);
comment on table ebb.matrix_version is 'An immutable version of a department''s impact x urgency matrix.';
comment on column ebb.matrix_version.matrix_version_id is 'Key.';
comment on column ebb.matrix_version.department_id is 'Department.';
comment on column ebb.matrix_version.version is 'Running number within the department, from 1.';
comment on column ebb.matrix_version.valid_from is 'Instant from which it decides priorities.';
comment on column ebb.matrix_version.created_at is 'When the version was made.';

create table ebb.matrix_cell (
    matrix_version_id int not null references ebb.matrix_version,
    department_id int not null references ebb.department,
    impact smallint not null constraint matrix_impact_range check (impact between 1 and 3),
    urgency smallint not null constraint matrix_urgency_range check (urgency between 1 and 3),
    priority smallint not null constraint matrix_priority_range check (priority between 1 and 4),
    primary key (matrix_version_id, impact, urgency)
);
create index matrix_cell_department_idx on ebb.matrix_cell (department_id);
comment on table ebb.matrix_cell is 'Priority for one impact and urgency.';
comment on column ebb.matrix_cell.matrix_version_id is 'Matrix version.';
comment on column ebb.matrix_cell.department_id is 'Department of the matrix.';
comment on column ebb.matrix_cell.impact is '1 high, 2 medium, 3 low.';
comment on column ebb.matrix_cell.urgency is '1 high, 2 medium, 3 low.';
comment on column ebb.matrix_cell.priority is 'Priority 1 (highest) to 4.';

create table ebb.service (
    service_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    service_name text not null constraint service_name_length check (length(service_name) between 1 and 120),
    owner_team_id int not null,
    accountable_person_id int not null references ebb.person,
    default_request_type_id int not null references ebb.request_type,
    criticality smallint not null default 2 constraint service_criticality_range check (criticality between 1 and 4),
    calendar_id int not null references ebb.calendar,
    sla_policy_id int not null references ebb.sla_policy,
    hop_budget smallint not null default 3 constraint service_hop_budget_range check (hop_budget between 1 and 20),
    transfer_limit_s int not null default 14400 constraint service_transfer_limit_positive check (transfer_limit_s > 0),
    is_active boolean not null default true,
    source_name text,
    source_ref text,
    foreign key (owner_team_id, department_id) references ebb.team (team_id, department_id),
    constraint service_source_unique unique (department_id, source_name, source_ref)
);
create unique index service_name_unique on ebb.service (department_id, service_name) where source_name is null;
create index service_team_idx on ebb.service (owner_team_id, department_id);
create index service_accountable_idx on ebb.service (accountable_person_id);
create index service_request_type_idx on ebb.service (default_request_type_id);
create index service_calendar_idx on ebb.service (calendar_id);
create index service_sla_policy_idx on ebb.service (sla_policy_id);
comment on table ebb.service is 'A service with an owner team and an accountable person: where every ticket begins, so that none is without an owner.';
comment on column ebb.service.service_id is 'Key.';
comment on column ebb.service.department_id is 'Department that offers it.';
comment on column ebb.service.service_name is 'Name; example: E-mail.';
comment on column ebb.service.owner_team_id is 'Team in which its tickets begin.';
comment on column ebb.service.accountable_person_id is 'Service owner (ITIL 4): accountable for every ticket of the service unless handed on.';
comment on column ebb.service.default_request_type_id is 'Request type of a ticket that names none.';
comment on column ebb.service.criticality is '1 vital to 4 minor.';
comment on column ebb.service.calendar_id is 'Calendar in which working time of its tickets counts.';
comment on column ebb.service.sla_policy_id is 'Policy that grants its targets.';
comment on column ebb.service.hop_budget is 'How many hand-overs a ticket may have before the next needs the service owner''s decision.';
comment on column ebb.service.transfer_limit_s is 'Seconds within which a receiver accepts or returns an offered transfer.';
comment on column ebb.service.is_active is 'False: takes no new tickets.';
comment on column ebb.service.source_name is 'Import source that named this service, or NULL.';
comment on column ebb.service.source_ref is 'What that source called the service.';

do $$
declare t text;
begin
    foreach t in array array['calendar', 'calendar_version', 'working_time', 'sla_policy', 'sla_policy_version', 'sla_target', 'request_type', 'matrix_version', 'matrix_cell', 'service'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
