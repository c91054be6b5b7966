-- SPDX-License-Identifier: Apache-2.0
-- What hangs on a ticket: who asks whom to take it over, what was written, and its service-level clocks.

create table ebb.transfer (
    transfer_id bigint generated always as identity primary key,
    version int not null default 1,
    department_id int not null,
    ticket_id bigint not null references ebb.ticket,
    transfer_status text not null constraint transfer_status_known check (transfer_status in ('offered', 'proposed', 'accepted', 'returned', 'withdrawn', 'expired')),
    from_team_id int not null references ebb.team,
    to_team_id int not null references ebb.team,
    reason text not null constraint transfer_reason_length check (length(reason) between 1 and 1000 and reason !~ '^\s*$'),
    offered_by int references ebb.person,
    offered_at timestamptz not null,
    answer_due_at timestamptz,
    decision_reason text,
    answered_by int references ebb.person,
    answered_at timestamptz,
    answer_note text,
    is_return boolean not null default false,
    hop_position int not null,
    constraint transfer_other_team check (from_team_id <> to_team_id),
    constraint transfer_answer_complete check ((transfer_status in ('offered', 'proposed')) = (answered_at is null)),
    constraint transfer_proposal_reasoned check (transfer_status <> 'proposed' or decision_reason is not null)
);
create unique index transfer_open_idx on ebb.transfer (ticket_id) where transfer_status in ('offered', 'proposed');
create index transfer_ticket_idx on ebb.transfer (ticket_id, transfer_id);
create index transfer_department_idx on ebb.transfer (department_id, offered_at);
create index transfer_due_idx on ebb.transfer (answer_due_at) where transfer_status = 'offered';
create index transfer_to_team_idx on ebb.transfer (to_team_id) where transfer_status in ('offered', 'proposed');
create index transfer_from_team_idx on ebb.transfer (from_team_id);
create index transfer_offered_by_idx on ebb.transfer (offered_by);
create index transfer_answered_by_idx on ebb.transfer (answered_by);
create index ticket_transfer_idx on ebb.ticket (transfer_id) where transfer_id is not null;
alter table ebb.ticket add foreign key (transfer_id) references ebb.transfer deferrable initially deferred;
comment on table ebb.transfer is 'A hand-over: offered with a reason, then accepted or returned; until then the giver stays accountable.';
comment on column ebb.transfer.transfer_id is 'Key.';
comment on column ebb.transfer.version is 'Number of its last change; the ETag of the API.';
comment on column ebb.transfer.department_id is 'Department of the ticket.';
comment on column ebb.transfer.ticket_id is 'Ticket.';
comment on column ebb.transfer.transfer_status is 'offered, proposed (waits for the service owner''s decision), accepted, returned, withdrawn or expired.';
comment on column ebb.transfer.from_team_id is 'Giver.';
comment on column ebb.transfer.to_team_id is 'Receiver.';
comment on column ebb.transfer.reason is 'Why it should go there.';
comment on column ebb.transfer.offered_by is 'Who offered it; NULL in an imported log that does not tell.';
comment on column ebb.transfer.offered_at is 'When it was offered.';
comment on column ebb.transfer.answer_due_at is 'Until when the receiver answers.';
comment on column ebb.transfer.decision_reason is 'Why the service owner must decide: it returns to a former holder, or exceeds the service''s hop budget.';
comment on column ebb.transfer.answered_by is 'Who accepted or returned it.';
comment on column ebb.transfer.answered_at is 'When.';
comment on column ebb.transfer.answer_note is 'Why it was returned or withdrawn.';
comment on column ebb.transfer.is_return is 'True when the receiver had already held the ticket.';
comment on column ebb.transfer.hop_position is 'Which hand-over of the ticket this is, from 1.';

create table ebb.comment (
    comment_id bigint generated always as identity primary key,
    department_id int not null,
    ticket_id bigint not null references ebb.ticket,
    author_id int not null references ebb.person,
    is_internal boolean not null,
    is_from_desk boolean not null,
    body text not null constraint comment_body_length check (length(body) between 1 and 65536 and body !~ '^\s*$'),
    created_at timestamptz not null
);
create index comment_ticket_idx on ebb.comment (ticket_id, comment_id);
create index comment_author_idx on ebb.comment (author_id);
alter table ebb.ticket add foreign key (last_comment_id) references ebb.comment deferrable initially deferred;
comment on table ebb.comment is 'What was written on a ticket: public to the requester, or internal to the desk.';
comment on column ebb.comment.comment_id is 'Key.';
comment on column ebb.comment.department_id is 'Department of the ticket.';
comment on column ebb.comment.ticket_id is 'Ticket.';
comment on column ebb.comment.author_id is 'Who wrote it, looked up from the presented token.';
comment on column ebb.comment.is_internal is 'True: only the desk sees it.';
comment on column ebb.comment.is_from_desk is 'True when the author answered for the desk, false when the requester wrote.';
comment on column ebb.comment.body is 'Text, at most 65,536 characters.';
comment on column ebb.comment.created_at is 'When.';

create table ebb.sla_clock (
    ticket_id bigint not null references ebb.ticket,
    target_kind text not null,
    department_id int not null,
    -- No foreign keys to target and calendar version: both never change or go, and each key would be paid by every ticket opened.
    sla_target_id int not null,
    calendar_version_id int not null,
    target_s int not null,
    started_at timestamptz not null,
    stopped_at timestamptz,
    due_at timestamptz,
    elapsed_s numeric(16, 6) not null default 0,
    elapsed_at timestamptz not null,
    is_running boolean not null,
    is_cancelled boolean not null default false,
    breach_noted_at timestamptz,
    primary key (ticket_id, target_kind)
);
create index sla_clock_due_idx on ebb.sla_clock (due_at) where (stopped_at is null or stopped_at > due_at) and breach_noted_at is null and not is_cancelled;
create index sla_clock_department_idx on ebb.sla_clock (department_id);
comment on table ebb.sla_clock is 'One service-level clock per ticket and target: always what a recomputation from the spans gives; its state at any instant follows from these columns.';
comment on column ebb.sla_clock.ticket_id is 'Ticket.';
comment on column ebb.sla_clock.target_kind is 'response or resolve.';
comment on column ebb.sla_clock.department_id is 'Department of the ticket.';
comment on column ebb.sla_clock.sla_target_id is 'Target that applies (by policy version and present priority).';
comment on column ebb.sla_clock.calendar_version_id is 'Compiled calendar used.';
comment on column ebb.sla_clock.target_s is 'Working seconds granted.';
comment on column ebb.sla_clock.started_at is 'When it started: the opening of the ticket.';
comment on column ebb.sla_clock.stopped_at is 'When it stopped for good: first response, or resolution that was not taken back.';
comment on column ebb.sla_clock.due_at is 'Instant at which the granted working time is used up: past once that has happened; NULL while paused before that.';
comment on column ebb.sla_clock.elapsed_s is 'Working seconds used up to elapsed_at.';
comment on column ebb.sla_clock.elapsed_at is 'Instant of the last computation (an event of the ticket).';
comment on column ebb.sla_clock.is_running is 'True when it ran after elapsed_at; false when paused or stopped.';
comment on column ebb.sla_clock.is_cancelled is 'True when the ticket was cancelled or merged before the clock stopped.';
comment on column ebb.sla_clock.breach_noted_at is 'When the clock process noted the breach in the journal.';

do $$
declare t text;
begin
    foreach t in array array['transfer', 'comment', 'sla_clock'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
