-- SPDX-License-Identifier: Apache-2.0
-- Escalation: steps before and after a target is due, and what was fired.

create table ebb.escalation_step (
    escalation_step_id int generated always as identity primary key,
    sla_target_id int not null references ebb.sla_target,
    department_id int not null references ebb.department,
    offset_s int not null constraint escalation_step_offset_range check (offset_s between -315360000 and 315360000),
    recipient text not null constraint escalation_step_recipient_known check (recipient in ('assignee', 'lead', 'accountable', 'team', 'role', 'person')),
    person_id int references ebb.person,
    role_code text constraint escalation_step_role_known check (role_code in ('agent', 'lead', 'admin', 'auditor')),
    urgent_priority smallint not null default 1 constraint escalation_step_urgent_range check (urgent_priority between 0 and 4),
    constraint escalation_step_recipient_complete check ((recipient = 'person') = (person_id is not null) and (recipient = 'role') = (role_code is not null)),
    constraint escalation_step_unique unique nulls not distinct (sla_target_id, offset_s, recipient, person_id, role_code)
);
create index escalation_step_department_idx on ebb.escalation_step (department_id);
create index escalation_step_person_idx on ebb.escalation_step (person_id);
comment on table ebb.escalation_step is 'A step of escalation of a target: when, relative to the due instant in working time, and who is told. As immutable as the target.';
comment on column ebb.escalation_step.escalation_step_id is 'Key.';
comment on column ebb.escalation_step.sla_target_id is 'Target of a policy version and priority.';
comment on column ebb.escalation_step.department_id is 'Department of the policy.';
comment on column ebb.escalation_step.offset_s is 'Working seconds after the due instant; negative: before it.';
comment on column ebb.escalation_step.recipient is 'Who is told: assignee (the team lead when nobody works on it), lead, accountable, team (all members), role, person.';
comment on column ebb.escalation_step.person_id is 'The person, for recipient person.';
comment on column ebb.escalation_step.role_code is 'The role in the department, for recipient role.';
comment on column ebb.escalation_step.urgent_priority is 'A ticket of this priority or a higher one (a lower number) is told of at once; of others the recipient hears in their working hours. 0: of none at once.';

create table ebb.escalation (
    escalation_id bigint generated always as identity primary key,
    ticket_id bigint not null references ebb.ticket,
    target_code text not null,
    cycle int not null,
    offset_s int not null,
    recipient text not null,
    person_id int,
    role_code text,
    department_id int not null,
    escalation_step_id int not null references ebb.escalation_step,
    planned_at timestamptz not null,
    fired_at timestamptz not null,
    is_history boolean not null default false,
    priority smallint not null,
    team_id int not null,
    assignee_id int,
    accountable_person_id int not null,
    told_person_ids int[] not null,
    -- What makes a step the same step, whichever version of the policy it comes from: it fires once.
    constraint escalation_once unique nulls not distinct (ticket_id, target_code, cycle, offset_s, recipient, person_id, role_code)
);
create index escalation_department_idx on ebb.escalation (department_id, fired_at);
create index escalation_step_idx on ebb.escalation (escalation_step_id);
comment on table ebb.escalation is 'A step that was fired, once per ticket, clock and step, whatever is recomputed afterwards.';
comment on column ebb.escalation.escalation_id is 'Key.';
comment on column ebb.escalation.ticket_id is 'Ticket.';
comment on column ebb.escalation.target_code is 'Target.';
comment on column ebb.escalation.cycle is 'Which clock of that target.';
comment on column ebb.escalation.offset_s is 'Working seconds after the due instant; negative: before it.';
comment on column ebb.escalation.recipient is 'Who was to be told.';
comment on column ebb.escalation.person_id is 'The person, for recipient person.';
comment on column ebb.escalation.role_code is 'The role, for recipient role.';
comment on column ebb.escalation.department_id is 'Department of the ticket.';
comment on column ebb.escalation.escalation_step_id is 'Step as it stood in the policy version.';
comment on column ebb.escalation.planned_at is 'Instant at which it was due to fire.';
comment on column ebb.escalation.fired_at is 'Instant at which it fired.';
comment on column ebb.escalation.is_history is 'True when its instant lay before the import that brought the ticket: kept, and nobody told.';
comment on column ebb.escalation.priority is 'Priority of the ticket then.';
comment on column ebb.escalation.team_id is 'Team that held the ticket then.';
comment on column ebb.escalation.assignee_id is 'Who worked on it then; NULL: nobody.';
comment on column ebb.escalation.accountable_person_id is 'Who was accountable then.';
comment on column ebb.escalation.told_person_ids is 'Persons that were told.';

create table ebb.escalation_due (
    ticket_id bigint not null,
    target_code text not null,
    cycle int not null,
    step_at timestamptz not null,
    primary key (ticket_id, target_code, cycle)
);
create index escalation_due_step_idx on ebb.escalation_due (step_at);
comment on table ebb.escalation_due is 'When the next step of a running clock is to fire: a plan, made anew whenever the clock changes.';
comment on column ebb.escalation_due.ticket_id is 'Ticket.';
comment on column ebb.escalation_due.target_code is 'Target.';
comment on column ebb.escalation_due.cycle is 'Which clock of that target.';
comment on column ebb.escalation_due.step_at is 'When to look.';

alter table ebb.person add column calendar_id int references ebb.calendar;
create index person_calendar_idx on ebb.person (calendar_id);
comment on column ebb.person.calendar_id is 'Calendar of the person''s working hours, for notices that can wait; NULL: that of the ticket''s service.';

do $$
declare t text;
begin
    foreach t in array array['escalation_step', 'escalation', 'escalation_due'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
