-- SPDX-License-Identifier: Apache-2.0
-- The ticket: a projection of its journal, and where its time went.

create table ebb.state (
    state smallint primary key,
    state_code text not null constraint state_code_unique unique,
    state_name text not null,
    is_open boolean not null
);
comment on table ebb.state is 'The seven states; there are no others, and request types choose guards, not states.';
comment on column ebb.state.state is 'Key, ordered along a ticket''s life; open states are below 4.';
comment on column ebb.state.state_code is 'Name in API and reports; example: waiting.';
comment on column ebb.state.state_name is 'Name shown to people.';
comment on column ebb.state.is_open is 'True while somebody owes work: new, active, waiting.';

insert into ebb.state (state, state_code, state_name, is_open) values
    (1, 'new', 'New', true), (2, 'active', 'Active', true), (3, 'waiting', 'Waiting', true), (4, 'resolved', 'Resolved', false),
    (5, 'closed', 'Closed', false), (6, 'cancelled', 'Cancelled', false), (7, 'merged', 'Merged', false);

create table ebb.state_transition (
    from_state smallint not null references ebb.state,
    to_state smallint not null references ebb.state,
    primary key (from_state, to_state)
);
create index state_transition_to_idx on ebb.state_transition (to_state);
comment on table ebb.state_transition is 'Every allowed change of state.';
comment on column ebb.state_transition.from_state is 'State before.';
comment on column ebb.state_transition.to_state is 'State after.';

insert into ebb.state_transition (from_state, to_state) values
    (1, 2), (1, 3), (1, 4), (1, 6), (1, 7), (2, 3), (2, 4), (2, 6), (2, 7), (3, 2), (3, 4), (3, 6), (3, 7), (4, 2), (4, 5);

create table ebb.waiting_reason (
    waiting_reason text primary key,
    waiting_reason_name text not null,
    clock_class text not null
);
comment on table ebb.waiting_reason is 'On whom or what a waiting ticket waits.';
comment on column ebb.waiting_reason.waiting_reason is 'Key: requester, supplier, approval or scheduled.';
comment on column ebb.waiting_reason.waiting_reason_name is 'Name shown to people.';
comment on column ebb.waiting_reason.clock_class is 'Clock class of the time spent so.';

create table ebb.clock_class (
    clock_class text primary key,
    clock_class_name text not null,
    is_age boolean not null,
    runs_response boolean not null,
    runs_resolve boolean not null
);
comment on table ebb.clock_class is 'The classes into which every second of a ticket''s life falls, and which service-level clocks run in each.';
comment on column ebb.clock_class.clock_class is 'Key; example: waiting_requester.';
comment on column ebb.clock_class.clock_class_name is 'Name shown to people.';
comment on column ebb.clock_class.is_age is 'True when the time is part of the ticket''s age; only closed is not.';
comment on column ebb.clock_class.runs_response is 'True when the response clock runs in it.';
comment on column ebb.clock_class.runs_resolve is 'True when the resolve clock runs in it.';

insert into ebb.clock_class (clock_class, clock_class_name, is_age, runs_response, runs_resolve) values
    ('untriaged', 'Not yet looked at', true, true, true),
    ('queued', 'In the queue', true, true, true),
    ('worked', 'Worked on', true, true, true),
    ('waiting_requester', 'Waiting for the requester', true, false, false),
    ('waiting_supplier', 'Waiting for a supplier', true, true, true),
    ('waiting_approval', 'Waiting for an approval', true, true, true),
    ('waiting_scheduled', 'Scheduled for later', true, true, true),
    ('transfer', 'Offered to another team', true, true, true),
    ('resolved', 'Resolved, not yet closed', true, false, false),
    ('closed', 'Closed', false, false, false);

insert into ebb.waiting_reason (waiting_reason, waiting_reason_name, clock_class) values
    ('requester', 'The requester', 'waiting_requester'), ('supplier', 'A supplier', 'waiting_supplier'),
    ('approval', 'An approval', 'waiting_approval'), ('scheduled', 'A date', 'waiting_scheduled');
alter table ebb.waiting_reason add foreign key (clock_class) references ebb.clock_class;
create index waiting_reason_class_idx on ebb.waiting_reason (clock_class);

create table ebb.import (
    import_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    source_name text not null constraint import_source_length check (length(source_name) between 1 and 120),
    file_name text,
    mapping jsonb not null,
    service_id int not null references ebb.service,
    started_at timestamptz not null,
    finished_at timestamptz,
    first_at timestamptz,
    last_at timestamptz,
    run_no int not null default 1,
    unchanged_count int not null default 0,
    clamped_count int not null default 0,
    constraint import_source_unique unique (department_id, source_name)
);
create index import_service_idx on ebb.import (service_id);
comment on table ebb.import is 'A log of another desk that has been read; reading it again, or a longer one of the same source, adds what is new.';
comment on column ebb.import.import_id is 'Key.';
comment on column ebb.import.department_id is 'Department that received the tickets.';
comment on column ebb.import.source_name is 'Name of the source; with the source''s own ticket reference it identifies a ticket.';
comment on column ebb.import.file_name is 'File read last.';
comment on column ebb.import.mapping is 'Mapping read last.';
comment on column ebb.import.service_id is 'Default service: its team and accountable person fill in what the log lacks.';
comment on column ebb.import.started_at is 'Begin of the last run.';
comment on column ebb.import.finished_at is 'End of the last run; NULL while it runs or when it was cut short (run it again to resume).';
comment on column ebb.import.first_at is 'Earliest event of the log.';
comment on column ebb.import.last_at is 'Latest event of the log: the "now" of an assessment of it.';
comment on column ebb.import.run_no is 'Number of the last run.';
comment on column ebb.import.unchanged_count is 'Rows of the last run that were there already.';
comment on column ebb.import.clamped_count is 'Events whose time lay before the event they follow; they take that event''s time.';

-- department_id is part of the key to the team; matrix and policy versions are set by trigger from rows that never go: a key more
-- for each would be paid by every ticket opened.
create table ebb.ticket (
    ticket_id bigint generated always as identity primary key,
    version int not null default 1,
    department_id int not null,
    service_id int not null references ebb.service,
    request_type_id int not null references ebb.request_type,
    subject text not null constraint ticket_subject_length check (length(subject) between 1 and 200 and subject !~ '^\s*$'),
    description text not null default '' constraint ticket_description_length check (length(description) <= 65536),
    state smallint not null default 1 constraint ticket_state_known check (state between 1 and 7),
    clock_class text not null default 'untriaged',
    waiting_reason text,
    waiting_until timestamptz,
    team_id int not null,
    assignee_id int references ebb.person,
    accountable_person_id int not null references ebb.person,
    requester_id int not null references ebb.person,
    impact smallint not null constraint ticket_impact_range check (impact between 1 and 3),
    urgency smallint not null constraint ticket_urgency_range check (urgency between 1 and 3),
    priority smallint not null constraint ticket_priority_range check (priority between 1 and 4),
    matrix_version_id int,
    sla_policy_version_id int,
    transfer_id bigint,
    state_note text,
    last_comment_id bigint,
    channel text not null default 'api',
    opened_at timestamptz not null,
    first_response_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    last_event_at timestamptz not null,
    due_at timestamptz,
    handoff_count int not null default 0,
    return_count int not null default 0,
    reopen_count int not null default 0,
    is_team_assumed boolean not null default false,
    import_id int references ebb.import,
    source_ref text,
    source_reassignment_count int,
    source_reopen_count int,
    foreign key (team_id, department_id) references ebb.team (team_id, department_id),
    constraint ticket_waiting_complete check ((state = 3) = (waiting_reason is not null)),
    constraint ticket_waiting_dated check (state <> 3 or waiting_until is not null or import_id is not null),
    constraint ticket_resolved_dated check (state not in (4, 5) or resolved_at is not null),
    constraint ticket_time_forward check (last_event_at >= opened_at),
    constraint ticket_source_unique unique (import_id, source_ref)
);
create index ticket_department_opened_idx on ebb.ticket (department_id, opened_at desc, ticket_id desc);
create index ticket_department_event_idx on ebb.ticket (department_id, last_event_at desc, ticket_id desc);
create index ticket_team_due_idx on ebb.ticket (team_id, due_at, ticket_id) where state < 4;
create index ticket_department_due_idx on ebb.ticket (department_id, due_at, ticket_id) where state < 4;
create index ticket_team_opened_idx on ebb.ticket (team_id, opened_at desc, ticket_id desc) where state < 4;
create index ticket_assignee_idx on ebb.ticket (assignee_id, opened_at desc, ticket_id desc) where state < 4;
create index ticket_requester_idx on ebb.ticket (requester_id, opened_at desc, ticket_id desc);
create index ticket_waiting_idx on ebb.ticket (waiting_until) where state = 3;
create index ticket_resolved_idx on ebb.ticket (resolved_at) where state = 4;
create index ticket_subject_idx on ebb.ticket using gin (to_tsvector('simple', subject));
comment on table ebb.ticket is 'A ticket as it stands now: a projection that can be rebuilt from ticket_event. An open ticket always has an accountable team and person.';
comment on column ebb.ticket.ticket_id is 'Key; shown as EBB-<ticket_id>.';
comment on column ebb.ticket.version is 'Number of its last event; the ETag of the API.';
comment on column ebb.ticket.department_id is 'Department that is accountable.';
comment on column ebb.ticket.service_id is 'Service concerned.';
comment on column ebb.ticket.request_type_id is 'Request type.';
comment on column ebb.ticket.subject is 'Subject, 1 to 200 characters.';
comment on column ebb.ticket.description is 'What the requester wrote, at most 65,536 characters.';
comment on column ebb.ticket.state is 'State, see ebb.state.';
comment on column ebb.ticket.clock_class is 'Clock class of the time that passes now, see ebb.clock_class.';
comment on column ebb.ticket.waiting_reason is 'On whom it waits; only while waiting.';
comment on column ebb.ticket.waiting_until is 'When waiting ends at the latest; only while waiting (an imported log may not tell).';
comment on column ebb.ticket.team_id is 'Accountable team.';
comment on column ebb.ticket.assignee_id is 'Person working on it, or NULL: then nobody has taken it, and that time is counted.';
comment on column ebb.ticket.accountable_person_id is 'Person accountable: the service''s owner unless handed on. Never empty.';
comment on column ebb.ticket.requester_id is 'Who asked.';
comment on column ebb.ticket.impact is '1 high, 2 medium, 3 low.';
comment on column ebb.ticket.urgency is '1 high, 2 medium, 3 low.';
comment on column ebb.ticket.priority is 'Priority 1 (highest) to 4, from impact and urgency by matrix_version_id (an imported log may state it).';
comment on column ebb.ticket.matrix_version_id is 'Matrix version that decided the priority; NULL when an imported log stated it.';
comment on column ebb.ticket.sla_policy_version_id is 'Policy version that grants its targets.';
comment on column ebb.ticket.transfer_id is 'Transfer that is on offer, or NULL.';
comment on column ebb.ticket.state_note is 'What was said with the present state: resolution, reason of cancelling, reopening or waiting.';
comment on column ebb.ticket.last_comment_id is 'Latest comment.';
comment on column ebb.ticket.channel is 'How it came: api, import or sample.';
comment on column ebb.ticket.opened_at is 'When it was opened.';
comment on column ebb.ticket.first_response_at is 'First public answer of the desk (in an imported log: the first moment it was assigned or worked on).';
comment on column ebb.ticket.resolved_at is 'Last entry into resolved, unless reopened since.';
comment on column ebb.ticket.closed_at is 'When it was closed, cancelled or merged.';
comment on column ebb.ticket.last_event_at is 'Instant of its last event; no later event may lie before it.';
comment on column ebb.ticket.due_at is 'Due instant of the resolve clock, kept beside the ticket for the order of queues; NULL while that clock is paused or has ended unbroken.';
comment on column ebb.ticket.handoff_count is 'Changes from one named team to another (times for which an imported log named no team are passed over).';
comment on column ebb.ticket.return_count is 'Hand-overs to a team that had already held the ticket.';
comment on column ebb.ticket.reopen_count is 'How often it left resolved or closed for a state of work.';
comment on column ebb.ticket.is_team_assumed is 'True while an imported log named no team and the default service''s team stands in.';
comment on column ebb.ticket.import_id is 'Import it came from, or NULL.';
comment on column ebb.ticket.source_ref is 'What the source called it.';
comment on column ebb.ticket.source_reassignment_count is 'The source''s own count of reassignments.';
comment on column ebb.ticket.source_reopen_count is 'The source''s own count of reopenings.';

create table ebb.ticket_event (
    ticket_id bigint not null references ebb.ticket,
    seq int not null,
    department_id int not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    event_kind text not null,
    actor_id int references ebb.person,
    actor_kind text not null constraint ticket_event_actor_known check (actor_kind in ('agent', 'requester', 'rule', 'plugin', 'import', 'system')),
    changes jsonb not null,
    request_id text,
    primary key (ticket_id, seq)
);
create index ticket_event_time_idx on ebb.ticket_event (department_id, occurred_at);
create index ticket_event_actor_idx on ebb.ticket_event (actor_id);
comment on table ebb.ticket_event is 'The journal: what happened to each ticket, append-only, written by trigger in the transaction of the change.';
comment on column ebb.ticket_event.ticket_id is 'Ticket.';
comment on column ebb.ticket_event.seq is 'Running number within the ticket, from 1 without gap; the ticket''s version.';
comment on column ebb.ticket_event.department_id is 'Department of the ticket at that event.';
comment on column ebb.ticket_event.occurred_at is 'When it happened; never before the preceding event.';
comment on column ebb.ticket_event.recorded_at is 'When Ebb learnt of it; later than occurred_at for imported events.';
comment on column ebb.ticket_event.event_kind is 'What happened: opened, changed, taken, assigned, unassigned, activated, waiting, resumed, resolved, reopened, closed, cancelled, merged, commented, offered, accepted, returned, withdrawn, breached.';
comment on column ebb.ticket_event.actor_id is 'Who did it, looked up from the presented token; NULL for the system.';
comment on column ebb.ticket_event.actor_kind is 'agent, requester, rule, plugin, import or system.';
comment on column ebb.ticket_event.changes is 'Object: field name to [old value, new value]; the first event has all fields.';
comment on column ebb.ticket_event.request_id is 'X-Request-Id of the request that did it.';

create table ebb.ticket_span (
    ticket_id bigint not null references ebb.ticket,
    seq int not null,
    prev_seq int generated always as (nullif(seq - 1, 0)) stored,
    department_id int not null,
    started_at timestamptz not null,
    ended_at timestamptz,
    state smallint not null,
    clock_class text not null,
    team_id int not null,
    assignee_id int,
    accountable_person_id int not null,
    is_team_assumed boolean not null default false,
    team_run int not null,
    owner_run int not null,
    state_run int not null,
    primary key (ticket_id, seq),
    constraint ticket_span_chain_key unique (ticket_id, seq, ended_at),
    constraint ticket_span_chain foreign key (ticket_id, prev_seq, started_at) references ebb.ticket_span (ticket_id, seq, ended_at),
    constraint ticket_span_from_one check (seq >= 1),
    constraint ticket_span_forward check (ended_at >= started_at)
);
create unique index ticket_span_open_idx on ebb.ticket_span (ticket_id) where ended_at is null;
create index ticket_span_department_idx on ebb.ticket_span (department_id, started_at);
comment on table ebb.ticket_span is 'Where the time went: a partition of each ticket''s life by team, assignee, accountable person, state and clock class, chained so that a gap, an overlap or a deletion is refused.';
comment on column ebb.ticket_span.ticket_id is 'Ticket.';
comment on column ebb.ticket_span.seq is 'Running number within the ticket, from 1.';
comment on column ebb.ticket_span.prev_seq is 'seq - 1: the span this one continues; NULL for the first.';
comment on column ebb.ticket_span.department_id is 'Department of the ticket in that time.';
comment on column ebb.ticket_span.started_at is 'Begin; equals the end of the span before, or the opening of the ticket.';
comment on column ebb.ticket_span.ended_at is 'End; NULL for the present span.';
comment on column ebb.ticket_span.state is 'State of the ticket in that time.';
comment on column ebb.ticket_span.clock_class is 'Clock class, see ebb.clock_class.';
comment on column ebb.ticket_span.team_id is 'Accountable team.';
comment on column ebb.ticket_span.assignee_id is 'Assignee, or NULL: the time without assignee.';
comment on column ebb.ticket_span.accountable_person_id is 'Accountable person.';
comment on column ebb.ticket_span.is_team_assumed is 'True when an imported log named no team for that time.';
comment on column ebb.ticket_span.team_run is 'Number of the stay with one team, from 1 (a maximal stretch with the same team).';
comment on column ebb.ticket_span.owner_run is 'Number of the stay with one team and assignee, from 1.';
comment on column ebb.ticket_span.state_run is 'Number of the stay in one state and waiting class, from 1.';

do $$
declare t text;
begin
    foreach t in array array['state', 'state_transition', 'waiting_reason', 'clock_class', 'import', 'ticket', 'ticket_event', 'ticket_span'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
