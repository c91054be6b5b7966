-- SPDX-License-Identifier: Apache-2.0
-- Rehearsal: what a draft of a calendar or a policy would have done to the clocks of the past.

create table ebb.sla_rehearsal (
    sla_rehearsal_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    draft jsonb not null,
    from_at timestamptz not null,
    until_at timestamptz not null,
    asked_by int references ebb.person,
    created_at timestamptz not null,
    ticket_count int not null,
    done_count int not null default 0,
    last_ticket_id bigint not null default 0,
    finished_at timestamptz,
    failed_sentence text,
    constraint sla_rehearsal_forward check (from_at < until_at)
);
create index sla_rehearsal_department_idx on ebb.sla_rehearsal (department_id, sla_rehearsal_id);
create index sla_rehearsal_asked_idx on ebb.sla_rehearsal (asked_by);
create index sla_rehearsal_open_idx on ebb.sla_rehearsal (sla_rehearsal_id) where finished_at is null;
comment on table ebb.sla_rehearsal is 'A rehearsal: a draft, played against the tickets of a department that were opened in a stretch of time. The draft itself is never written.';
comment on column ebb.sla_rehearsal.sla_rehearsal_id is 'Key.';
comment on column ebb.sla_rehearsal.department_id is 'Department.';
comment on column ebb.sla_rehearsal.draft is 'What is rehearsed: {calendar: {calendar_id, weekly ...}, policy: {sla_policy_id, targets, condition ...}}, either or both.';
comment on column ebb.sla_rehearsal.from_at is 'Tickets opened from here on ...';
comment on column ebb.sla_rehearsal.until_at is '... and before here are looked at; it is also the instant at which states are compared.';
comment on column ebb.sla_rehearsal.asked_by is 'Who asked; NULL: the operator.';
comment on column ebb.sla_rehearsal.created_at is 'When.';
comment on column ebb.sla_rehearsal.ticket_count is 'How many tickets there are.';
comment on column ebb.sla_rehearsal.done_count is 'How many have been looked at.';
comment on column ebb.sla_rehearsal.last_ticket_id is 'The last of them: the next batch begins after it.';
comment on column ebb.sla_rehearsal.finished_at is 'When it was done, or failed.';
comment on column ebb.sla_rehearsal.failed_sentence is 'Why it failed; NULL: it did not.';

create table ebb.sla_rehearsal_group (
    sla_rehearsal_id int not null references ebb.sla_rehearsal on delete cascade,
    department_id int not null,
    service_id int not null,
    team_id int not null,
    priority smallint not null,
    target_code text not null,
    was_met_count int not null,
    was_breached_count int not null,
    met_count int not null,
    breached_count int not null,
    clock_count int not null,
    primary key (sla_rehearsal_id, service_id, team_id, priority, target_code)
);
comment on table ebb.sla_rehearsal_group is 'Result of a rehearsal: clocks met and breached, as it was and as it would have been.';
comment on column ebb.sla_rehearsal_group.sla_rehearsal_id is 'Rehearsal.';
comment on column ebb.sla_rehearsal_group.department_id is 'Department.';
comment on column ebb.sla_rehearsal_group.service_id is 'Service of the tickets.';
comment on column ebb.sla_rehearsal_group.team_id is 'Team that has them.';
comment on column ebb.sla_rehearsal_group.priority is 'Their priority.';
comment on column ebb.sla_rehearsal_group.target_code is 'Target.';
comment on column ebb.sla_rehearsal_group.was_met_count is 'Clocks that were met.';
comment on column ebb.sla_rehearsal_group.was_breached_count is 'Clocks that were breached.';
comment on column ebb.sla_rehearsal_group.met_count is 'Clocks that would have been met.';
comment on column ebb.sla_rehearsal_group.breached_count is 'Clocks that would have been breached.';
comment on column ebb.sla_rehearsal_group.clock_count is 'Clocks there were or would have been, the undecided and the cancelled included.';

create table ebb.sla_rehearsal_change (
    sla_rehearsal_id int not null references ebb.sla_rehearsal on delete cascade,
    ticket_id bigint not null references ebb.ticket,
    target_code text not null,
    cycle int not null,
    department_id int not null,
    was_status text,
    status text,
    was_due_at timestamptz,
    due_at timestamptz,
    primary key (sla_rehearsal_id, ticket_id, target_code, cycle)
);
create index sla_rehearsal_change_ticket_idx on ebb.sla_rehearsal_change (ticket_id);
comment on table ebb.sla_rehearsal_change is 'Result of a rehearsal: the clocks whose state would have been another.';
comment on column ebb.sla_rehearsal_change.sla_rehearsal_id is 'Rehearsal.';
comment on column ebb.sla_rehearsal_change.ticket_id is 'Ticket.';
comment on column ebb.sla_rehearsal_change.target_code is 'Target.';
comment on column ebb.sla_rehearsal_change.cycle is 'Which clock of that target.';
comment on column ebb.sla_rehearsal_change.department_id is 'Department.';
comment on column ebb.sla_rehearsal_change.was_status is 'State as it was: running, paused, met, breached or cancelled; NULL: there was no such clock.';
comment on column ebb.sla_rehearsal_change.status is 'State as it would have been; NULL: there would be no such clock.';
comment on column ebb.sla_rehearsal_change.was_due_at is 'Due instant as it was.';
comment on column ebb.sla_rehearsal_change.due_at is 'Due instant as it would have been.';

do $$
declare t text;
begin
    foreach t in array array['sla_rehearsal', 'sla_rehearsal_group', 'sla_rehearsal_change'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
