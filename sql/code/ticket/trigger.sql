-- SPDX-License-Identifier: Apache-2.0
-- The triggers that make the ticket a projection of its journal. They run with the owner's rights: the web's role can
-- write neither journal nor spans nor clocks. They do not fire for ebb_replay, which builds the same from the journal
-- (rule_replay.sql); a test proves that both give the same.

create or replace function fn.ticket_before_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_service ebb.service;
    v_type ebb.request_type;
    v_priority record;
begin
    -- Locked: whoever is being disabled or erased just now opens nothing that outlives it.
    perform from ebb.person p where p.person_id = new.requester_id and p.is_active for key share;
    if not found then
        perform fn.fail(422, '/requester_id', 'There is no such active person.');
    end if;
    select * into v_service from ebb.service s where s.service_id = new.service_id and s.is_active and fn.service_serves(s, new.requester_id);
    if not found then
        perform fn.fail(422, '/service_id', 'There is no such active service.', 'GET /api/v1/services lists them.');
    end if;
    select * into v_type from ebb.request_type r
     where r.request_type_id = coalesce(new.request_type_id, v_service.default_request_type_id) and r.is_active and r.department_id = v_service.department_id;
    if not found then
        perform fn.fail(422, '/request_type_id', 'There is no such active request type in the service''s department.');
    end if;
    new.request_type_id := v_type.request_type_id;
    new.impact := coalesce(new.impact, v_type.default_impact);
    new.urgency := coalesce(new.urgency, v_type.default_urgency);
    new.version := 1;
    new.state := 1;
    new.department_id := v_service.department_id;
    new.team_id := v_service.owner_team_id;
    new.is_confidential := v_type.is_confidential;
    new.accountable_person_id := fn.accountable_of(v_service.accountable_person_id, new.team_id, new.is_confidential);
    perform fn.ticket_guard_confidential(new);
    new.opened_at := fn.now();
    new.last_event_at := new.opened_at;
    v_priority := fn.priority_of(new.department_id, new.impact, new.urgency, new.opened_at);
    new.priority := v_priority.priority;
    new.matrix_version_id := v_priority.matrix_version_id;
    new.sla_policy_version_id := fn.sla_policy_of(new, v_service.sla_policy_id);
    new.clock_class := fn.clock_class(new.state, new.waiting_reason, new.transfer_id, new.assignee_id);
    new.due_at := fn.sla_start(new, v_service.calendar_id);
    return new;
end $$;
comment on function fn.ticket_before_insert() is 'Trigger: what a new ticket is born with, all of it from its service: department, team, accountable person, priority, targets.';

create or replace function fn.ticket_after_insert() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_actor record;
begin
    v_actor := fn.actor(new.department_id);
    insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_id, actor_kind, changes, request_id)
    values (new.ticket_id, 1, new.department_id, new.opened_at, new.opened_at, 'opened', v_actor.person_id, v_actor.actor_kind,
            jsonb_build_object(
                'department_id', jsonb_build_array(null, new.department_id), 'service_id', jsonb_build_array(null, new.service_id),
                'request_type_id', jsonb_build_array(null, new.request_type_id), 'subject', jsonb_build_array(null, new.subject),
                'description', jsonb_build_array(null, new.description), 'state', jsonb_build_array(null, new.state),
                'team_id', jsonb_build_array(null, new.team_id), 'accountable_person_id', jsonb_build_array(null, new.accountable_person_id),
                'requester_id', jsonb_build_array(null, new.requester_id), 'impact', jsonb_build_array(null, new.impact),
                'urgency', jsonb_build_array(null, new.urgency), 'priority', jsonb_build_array(null, new.priority),
                'matrix_version_id', jsonb_build_array(null, new.matrix_version_id),
                'sla_policy_version_id', jsonb_build_array(null, new.sla_policy_version_id), 'channel', jsonb_build_array(null, new.channel))
            || fn.plugin_suggested(),
            nullif(current_setting('ebb.request', true), ''));
    insert into ebb.ticket_span (ticket_id, seq, department_id, started_at, state, clock_class, team_id, assignee_id, accountable_person_id, team_run, owner_run, state_run)
    values (new.ticket_id, 1, new.department_id, new.opened_at, new.state, new.clock_class, new.team_id, new.assignee_id, new.accountable_person_id, 1, 1, 1);
    perform fn.outbox_add(new.department_id, 'ticket.opened', new.ticket_id, 1);
    return null;
end $$;
comment on function fn.ticket_after_insert() is 'Trigger: first journal row, first span and outbox of a new ticket.';

create or replace function fn.ticket_before_update() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    -- After the row's lock, and never before the event it follows.
    v_at constant timestamptz := greatest(fn.now(), old.last_event_at);
    v_actor record;
    v_changes jsonb;
    v_kind text;
begin
    if new.state <> 3 then
        new.waiting_reason := null;
        new.waiting_until := null;
    end if;
    if new.state >= 5 and old.state >= 5 and fn.ticket_changes(old, new) <> '{}' then
        perform fn.fail(409, null, 'The ticket has ended and no longer changes.', 'Open a new ticket and refer to this one.');
    end if;
    if new.team_id <> old.team_id then
        new.is_team_assumed := false;
    end if;
    new := fn.ticket_derive_service(old, new, v_at);
    perform fn.ticket_guard_state(old, new, v_at);
    perform fn.ticket_guard_waiting(old, new, v_at);
    perform fn.ticket_guard_owner(old, new);
    v_changes := fn.ticket_changes(old, new);
    if v_changes = '{}' then
        return new;
    end if;

    new.version := old.version + 1;
    new.last_event_at := v_at;
    new.clock_class := fn.clock_class(new.state, new.waiting_reason, new.transfer_id, new.assignee_id);
    if new.state <> old.state then
        new.resolved_at := case when new.state = 4 then v_at when new.state = 5 then coalesce(old.resolved_at, v_at) end;
        new.closed_at := case when new.state >= 5 then v_at end;
        new.reopen_count := old.reopen_count + (old.state in (4, 5) and new.state < 4)::int;
    end if;
    if new.team_id <> old.team_id then
        -- An imported ticket may have had times without a named team: those are nobody's turn.
        if (select s.team_id <> new.team_id from ebb.ticket_span s where s.ticket_id = new.ticket_id and not s.is_team_assumed order by s.seq desc limit 1) then
            new.handoff_count := old.handoff_count + 1;
            new.return_count := old.return_count
                + (exists (select from ebb.ticket_span s where s.ticket_id = new.ticket_id and s.team_id = new.team_id and not s.is_team_assumed))::int;
        end if;
    end if;

    v_actor := fn.actor(new.department_id);
    v_kind := fn.ticket_event_kind(old, new, v_actor.person_id);
    insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_id, actor_kind, changes, request_id, plugin_run_id)
    values (new.ticket_id, new.version, new.department_id, v_at, fn.now(), v_kind, v_actor.person_id, v_actor.actor_kind, v_changes,
            nullif(current_setting('ebb.request', true), ''), v_actor.plugin_run_id);
    if (new.team_id, new.assignee_id, new.accountable_person_id, new.state, new.clock_class)
       is distinct from (old.team_id, old.assignee_id, old.accountable_person_id, old.state, old.clock_class) then
        perform fn.ticket_span_next(new, v_at);
    end if;
    if fn.sla_concerns(old, new) then
        new.due_at := fn.sla_refresh(new);
    end if;
    perform fn.outbox_add(new.department_id, 'ticket.' || v_kind, new.ticket_id, new.version);
    return new;
end $$;
comment on function fn.ticket_before_update() is 'Trigger: guards a change, derives what follows from it, writes journal and span, refreshes the clocks.';

create or replace function fn.ticket_span_next(n ebb.ticket, p_at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_last ebb.ticket_span;
begin
    update ebb.ticket_span s set ended_at = p_at where s.ticket_id = n.ticket_id and s.ended_at is null returning s.* into strict v_last;
    insert into ebb.ticket_span (ticket_id, seq, department_id, started_at, state, clock_class, team_id, assignee_id, accountable_person_id, is_team_assumed, team_run, owner_run, state_run)
    values (n.ticket_id, v_last.seq + 1, n.department_id, p_at, n.state, n.clock_class, n.team_id, n.assignee_id, n.accountable_person_id, n.is_team_assumed,
            v_last.team_run + ((n.team_id, n.is_team_assumed) is distinct from (v_last.team_id, v_last.is_team_assumed))::int,
            v_last.owner_run + ((n.team_id, n.is_team_assumed, n.assignee_id) is distinct from (v_last.team_id, v_last.is_team_assumed, v_last.assignee_id))::int,
            v_last.state_run + (n.state <> v_last.state or (n.state = 3 and n.clock_class <> v_last.clock_class))::int);
end $$;
comment on function fn.ticket_span_next(ebb.ticket, timestamptz) is 'Ends the present span and begins the next at the same instant.';

create or replace function fn.journal_is_append_only() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' then
        if fn.journal_erases(old, new) then
            return new;
        end if;
    end if;
    raise exception using errcode = 'ZE403', message = 'The journal is append-only: what happened is not changed or removed.', detail = '[]';
end $$;
comment on function fn.journal_is_append_only() is 'Trigger: refuses every UPDATE, DELETE and TRUNCATE of the journal, for every role; an erasure on record takes texts out of it, and nothing else.';

create or replace function fn.span_is_kept() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'ZE403', message = 'Spans are never deleted: where a ticket''s time went is a chain without gap.', detail = '[]';
end $$;
comment on function fn.span_is_kept() is 'Trigger: refuses to delete spans; only a rebuild from the journal replaces them.';

create or replace function fn.span_is_continued() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from ebb.ticket_span s where s.ticket_id = new.ticket_id and s.ended_at is null) then
        raise exception using errcode = '23514', message = 'A span has ended and none follows: the chain of a ticket''s time would have a gap at its end.', detail = '[]';
    end if;
    return null;
end $$;
comment on function fn.span_is_continued() is 'Trigger, at commit: a ticket always has a present span.';

create or replace function fn.ticket_note(p_ticket_id bigint, p_kind text, p_changes jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_at timestamptz;
    v_run_id constant bigint := fn.plugin_run_current();
begin
    select * into strict v_ticket from ebb.ticket t where t.ticket_id = p_ticket_id for no key update;
    v_at := greatest(fn.now(), v_ticket.last_event_at);
    insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_kind, changes, request_id, plugin_run_id)
    values (p_ticket_id, v_ticket.version + 1, v_ticket.department_id, v_at, fn.now(), p_kind, case when v_run_id is null then 'system' else 'plugin' end, p_changes,
            nullif(current_setting('ebb.request', true), ''), v_run_id);
    update ebb.ticket t set version = v_ticket.version + 1, last_event_at = v_at where t.ticket_id = p_ticket_id;
end $$;
comment on function fn.ticket_note(bigint, text, jsonb) is 'Journals something that happened to a ticket without changing a field of it; example: a breached target.';

drop trigger if exists ticket_before_insert on ebb.ticket;
create trigger ticket_before_insert before insert on ebb.ticket for each row when (current_user <> 'ebb_replay') execute function fn.ticket_before_insert();
drop trigger if exists ticket_after_insert on ebb.ticket;
create trigger ticket_after_insert after insert on ebb.ticket for each row when (current_user <> 'ebb_replay') execute function fn.ticket_after_insert();
drop trigger if exists ticket_before_update on ebb.ticket;
create trigger ticket_before_update before update on ebb.ticket for each row when (current_user <> 'ebb_replay') execute function fn.ticket_before_update();
drop trigger if exists ticket_event_append_only on ebb.ticket_event;
create trigger ticket_event_append_only before update or delete on ebb.ticket_event for each row execute function fn.journal_is_append_only();
drop trigger if exists ticket_event_no_truncate on ebb.ticket_event;
create trigger ticket_event_no_truncate before truncate on ebb.ticket_event for each statement execute function fn.journal_is_append_only();
drop trigger if exists ticket_span_kept on ebb.ticket_span;
create trigger ticket_span_kept before delete on ebb.ticket_span for each row when (current_user <> 'ebb_replay') execute function fn.span_is_kept();
drop trigger if exists ticket_span_no_truncate on ebb.ticket_span;
create trigger ticket_span_no_truncate before truncate on ebb.ticket_span for each statement execute function fn.span_is_kept();
drop trigger if exists ticket_span_continued on ebb.ticket_span;
create constraint trigger ticket_span_continued after update on ebb.ticket_span deferrable initially deferred
    for each row when (new.ended_at is not null and current_user <> 'ebb_replay') execute function fn.span_is_continued();
