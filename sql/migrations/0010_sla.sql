-- SPDX-License-Identifier: Apache-2.0
-- Service levels that prove themselves: policies chosen by conditions, any number of targets with their own conditions, clocks
-- by cycle and by ownership, days in a calendar that differ, and what was believed at the end of each day.

alter table ebb.calendar_version
    add column exceptions jsonb not null default '[]',
    add column holiday_names jsonb not null default '{}',
    add column note text constraint calendar_version_note_length check (length(note) between 1 and 1000);
comment on column ebb.calendar_version.exceptions is 'Array of {"date": "YYYY-MM-DD", "spans": [{"from": "HH:MM", "to": "HH:MM"}]}: working time that begins on that date, in place of the weekly spans; it outranks a holiday.';
comment on column ebb.calendar_version.holiday_names is 'Object from a date of holidays to its name; for people only.';
comment on column ebb.calendar_version.note is 'Why the version was made.';

alter table ebb.sla_policy_version
    add column position int constraint sla_policy_position_range check (position between 1 and 100000),
    add column condition text constraint sla_policy_condition_length check (length(condition) between 1 and 2000),
    add column condition_path jsonpath,
    add column is_active boolean not null default true,
    add column note text constraint sla_policy_note_length check (length(note) between 1 and 1000),
    add constraint sla_policy_condition_complete check ((condition is null) = (condition_path is null) and (condition is null) = (position is null));
create index sla_policy_version_condition_idx on ebb.sla_policy_version (department_id) where condition is not null;
comment on column ebb.sla_policy_version.position is 'Place of its condition in the department''s order, lowest first; NULL without a condition.';
comment on column ebb.sla_policy_version.condition is 'SQL/JSON path over a ticket''s facts, as it was written: where it holds, the policy applies before the service''s own. NULL: only services that name the policy use it.';
comment on column ebb.sla_policy_version.condition_path is 'The same, parsed.';
comment on column ebb.sla_policy_version.is_active is 'False: from valid_from on the policy is chosen by its condition no more; services that name it keep it.';
comment on column ebb.sla_policy_version.note is 'Why the version was made.';

create table ebb.sla_target_kind (
    target_kind text primary key,
    target_kind_name text not null,
    starts_on text not null constraint sla_target_kind_start_known check (starts_on in ('opened', 'team', 'assigned', 'answer', 'question')),
    stops_on text[] not null constraint sla_target_kind_stop_known check (stops_on <@ array['answer', 'team', 'assigned']),
    runs_in text[] not null,
    cancels_in smallint[] not null
);
comment on table ebb.sla_target_kind is 'Kinds of target, each with the conditions that a target of it has when nobody says otherwise.';
comment on column ebb.sla_target_kind.target_kind is 'Key: response, next_response, update, resolve, pickup or ownership.';
comment on column ebb.sla_target_kind.target_kind_name is 'Name shown to people.';
comment on column ebb.sla_target_kind.starts_on is 'What starts its clocks; see ebb.sla_target.';
comment on column ebb.sla_target_kind.stops_on is 'What stops them besides the end of the ticket''s work.';
comment on column ebb.sla_target_kind.runs_in is 'Clock classes in which they run.';
comment on column ebb.sla_target_kind.cancels_in is 'States at the end that cancel them.';
alter table ebb.sla_target_kind enable row level security;

insert into ebb.sla_target_kind (target_kind, target_kind_name, starts_on, stops_on, runs_in, cancels_in)
select k.*, array['untriaged', 'queued', 'worked', 'waiting_supplier', 'waiting_approval', 'waiting_scheduled', 'transfer'], array[6, 7]::smallint[]
  from (values ('response', 'First answer', 'opened', array['answer']), ('next_response', 'Next answer', 'question', array['answer']),
               ('update', 'Regular update', 'answer', array['answer']), ('resolve', 'Resolution', 'opened', array[]::text[]),
               ('pickup', 'Somebody takes it', 'opened', array['assigned']), ('ownership', 'Time with one team', 'team', array['team'])) k;

-- A target gets what it does not say from its kind, by trigger, before the checks below look at it.
alter table ebb.sla_target
    drop constraint sla_target_kind_known,
    drop constraint sla_target_unique,
    add column target_code text,
    add column starts_on text constraint sla_target_start_known check (starts_on in ('opened', 'team', 'assigned', 'answer', 'question')),
    add column stops_on text[] constraint sla_target_stop_known check (stops_on <@ array['answer', 'team', 'assigned']),
    add column runs_in text[],
    add column cancels_in smallint[] constraint sla_target_cancel_known check (cancels_in <@ array[6, 7]::smallint[]),
    add column warning_s int,
    add constraint sla_target_bounded check (target_s <= 315360000),
    add constraint sla_target_warning_range check (warning_s > 0 and warning_s < target_s);
alter table ebb.sla_target disable trigger user;
update ebb.sla_target g
   set target_code = g.target_kind, starts_on = k.starts_on, stops_on = k.stops_on, runs_in = k.runs_in, cancels_in = k.cancels_in
  from ebb.sla_target_kind k where k.target_kind = g.target_kind;
alter table ebb.sla_target enable trigger user;
alter table ebb.sla_target
    alter column target_code set not null, alter column starts_on set not null, alter column stops_on set not null, alter column runs_in set not null,
    alter column cancels_in set not null,
    add constraint sla_target_code_shape check (target_code ~ '^[a-z][a-z0-9_]{0,39}$'),
    add foreign key (target_kind) references ebb.sla_target_kind,
    add constraint sla_target_unique unique (sla_policy_version_id, priority, target_code);
create index sla_target_kind_idx on ebb.sla_target (target_kind);
comment on table ebb.sla_target is 'What a policy version grants: working seconds per target and priority, with the conditions that start, pause, stop and cancel its clocks.';
comment on column ebb.sla_target.target_kind is 'Kind: see ebb.sla_target_kind.';
comment on column ebb.sla_target.target_code is 'Name of the target within its policy, the same for all priorities; example: resolve, workaround.';
comment on column ebb.sla_target.starts_on is 'What starts a clock: opened (once), team (each stay with a team: opening, then each accepted transfer), assigned (first assignee), answer (each public answer of the desk), question (the requester''s first message after an answer).';
comment on column ebb.sla_target.stops_on is 'What stops it besides the end of the ticket''s work: answer, team (the stay ends), assigned.';
comment on column ebb.sla_target.runs_in is 'Clock classes in which it runs; it pauses in all others. Resolved and closed time never counts.';
comment on column ebb.sla_target.cancels_in is 'States (6 cancelled, 7 merged) in which the end of the ticket cancels a clock that has not stopped; in others it stops it.';
comment on column ebb.sla_target.warning_s is 'Working seconds before the due instant at which it warns; NULL: it does not.';

-- A clock per ticket, target and cycle. Its ticket is looked for at commit, so that the trigger that gives birth to a ticket can
-- compute clocks and due time in one go.
alter table ebb.sla_clock
    add column target_code text,
    add column cycle int not null default 1,
    add column sla_clock_id bigint generated always as identity (cache 32),
    add column team_id int,
    add column warn_at timestamptz;
update ebb.sla_clock set target_code = target_kind;
alter table ebb.sla_clock
    alter column target_code set not null,
    drop constraint sla_clock_pkey,
    add primary key (ticket_id, target_code, cycle),
    alter constraint sla_clock_ticket_id_fkey deferrable initially deferred;
create index sla_clock_warn_idx on ebb.sla_clock (warn_at) where warn_at is not null and stopped_at is null and not is_cancelled and breach_noted_at is null;
comment on table ebb.sla_clock is 'One service-level clock per ticket, target and cycle: always what a recomputation from the spans gives; its state at any instant follows from these columns.';
comment on column ebb.sla_clock.target_kind is 'Kind of the target.';
comment on column ebb.sla_clock.target_code is 'Target, by its name within the policy.';
comment on column ebb.sla_clock.cycle is 'Running number from 1: of the stay with a team, of the answer or of the question that started it.';
comment on column ebb.sla_clock.sla_clock_id is 'Number of the clock for reports and escalation.';
comment on column ebb.sla_clock.team_id is 'Team whose stay it measures; NULL where it measures the ticket.';
comment on column ebb.sla_clock.warn_at is 'Instant at which it warns; past once that has happened; NULL while paused before that, and without a warning.';
comment on column ebb.sla_clock.started_at is 'When it started.';
comment on column ebb.sla_clock.stopped_at is 'When it stopped for good; a stop that is taken back, as by reopening, is none.';
comment on column ebb.sla_clock.elapsed_at is 'Instant up to which elapsed_s counts: the stop, the begin of the running stretch, or the end of the last one while paused.';

create table ebb.sla_day (
    date date not null,
    department_id int not null references ebb.department,
    team_id int not null references ebb.team,
    sla_target_id int not null references ebb.sla_target,
    met_count int not null,
    breached_count int not null,
    running_count int not null,
    at_risk_count int not null,
    primary key (date, team_id, sla_target_id)
);
create index sla_day_department_idx on ebb.sla_day (department_id, date);
create index sla_day_team_idx on ebb.sla_day (team_id);
create index sla_day_target_idx on ebb.sla_day (sla_target_id);
comment on table ebb.sla_day is 'What was believed at the end of each day, by team and target; written once per day and never changed.';
comment on column ebb.sla_day.date is 'Day, in the time zone of the reports.';
comment on column ebb.sla_day.department_id is 'Department of the team.';
comment on column ebb.sla_day.team_id is 'Team that held the tickets when their clocks stopped or broke, or at the end of the day.';
comment on column ebb.sla_day.sla_target_id is 'Target.';
comment on column ebb.sla_day.met_count is 'Clocks that stopped in time on that day.';
comment on column ebb.sla_day.breached_count is 'Clocks whose due instant passed on that day.';
comment on column ebb.sla_day.running_count is 'Clocks that had neither stopped nor broken at the end of the day.';
comment on column ebb.sla_day.at_risk_count is 'Those of them whose warning instant had passed.';

create table ebb.sla_day_closed (
    date date primary key,
    closed_at timestamptz not null
);
comment on table ebb.sla_day_closed is 'Days whose service levels have been written down.';
comment on column ebb.sla_day_closed.date is 'Day.';
comment on column ebb.sla_day_closed.closed_at is 'When they were written down; they are what was known at the end of the day, whenever that is.';

create table ebb.sla_recompute (
    sla_recompute_id int generated always as identity primary key,
    scope jsonb not null,
    through_ticket_id bigint not null,
    last_ticket_id bigint not null default 0,
    ticket_count int not null,
    done_count int not null default 0,
    changed_count int not null default 0,
    started_at timestamptz not null,
    finished_at timestamptz
);
comment on table ebb.sla_recompute is 'A recomputation of clocks in batches; one that was cut short goes on where it stopped.';
comment on column ebb.sla_recompute.sla_recompute_id is 'Key.';
comment on column ebb.sla_recompute.scope is 'Which tickets: {} for all, or department_id, service_id, ticket_ids.';
comment on column ebb.sla_recompute.through_ticket_id is 'Highest ticket when it began; later ones are computed by the present rules anyway.';
comment on column ebb.sla_recompute.last_ticket_id is 'Last ticket that is done.';
comment on column ebb.sla_recompute.ticket_count is 'Tickets to do, counted when it began.';
comment on column ebb.sla_recompute.done_count is 'Tickets done.';
comment on column ebb.sla_recompute.changed_count is 'Clocks that changed, appeared or went.';
comment on column ebb.sla_recompute.started_at is 'When it began.';
comment on column ebb.sla_recompute.finished_at is 'When it was done; NULL before that.';

do $$
declare t text;
begin
    foreach t in array array['sla_day', 'sla_day_closed', 'sla_recompute'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;

-- Functions that have another shape from here on.
drop function if exists fn.sla_due(ebb.ticket);
drop function if exists fn.sla_start(ebb.ticket);
drop function if exists fn.sla_computed(bigint, int, smallint, int, timestamptz);
drop function if exists fn.sla_write(bigint[], int[], int[], smallint[], int[], timestamptz[], timestamptz);
drop function if exists fn.calendar_check(text, jsonb, jsonb);
drop function if exists fn.calendar_is_same(int, int);
drop function if exists ctl.sla_renew(bigint[], timestamptz);
