-- SPDX-License-Identifier: Apache-2.0
-- The auditor (a ticket must equal what its journal says), and the ticks that move tickets without a person.

create or replace function ctl.ticket_audit(p_tickets bigint[])
returns table (ticket_id bigint, field text, stored text, rebuilt text)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    with want as (
        select f.ticket_id, f.facts || jsonb_strip_nulls(jsonb_build_object(
                   'version', f.seq, 'last_event_at', f.occurred_at, 'clock_class', d.clock_class, 'resolved_at', d.resolved_at, 'closed_at', d.closed_at,
                   'handoff_count', d.handoff_count, 'return_count', d.return_count, 'reopen_count', d.reopen_count,
                   'is_confidential', (select r.is_confidential from ebb.request_type r where r.request_type_id = (f.facts ->> 'request_type_id')::int))) as facts
          from fn.ticket_fold(p_tickets) f join fn.ticket_derived(p_tickets) d on d.ticket_id = f.ticket_id
         where f.is_last
    ), have as (
        select t.ticket_id, to_jsonb(t) - array['ticket_id', 'subject', 'description', 'due_at', 'import_id', 'source_ref', 'opened_at'] as facts
          from ebb.ticket t where t.ticket_id = any (p_tickets)
    ), field as (
        select h.ticket_id, k.key, nullif(h.facts -> k.key, 'null') as stored, nullif(w.facts -> k.key, 'null') as rebuilt
          from have h left join want w on w.ticket_id = h.ticket_id
         cross join lateral jsonb_object_keys(h.facts) k (key)
    ), instant as (
        select unnest(array['last_event_at', 'resolved_at', 'closed_at', 'waiting_until', 'first_response_at']) as key
    )
    select f.ticket_id, f.key, f.stored #>> '{}', f.rebuilt #>> '{}'
      from field f left join instant i on i.key = f.key
     where case when i.key is not null then (f.stored #>> '{}')::timestamptz is distinct from (f.rebuilt #>> '{}')::timestamptz
                when f.key = 'is_team_assumed' then coalesce(f.stored, 'false') is distinct from coalesce(f.rebuilt, 'false')
                else f.stored is distinct from f.rebuilt end
    union all
    select t.ticket_id, v.field, v.stored, v.rebuilt
      from fn.ticket_texts(p_tickets) x join ebb.ticket t on t.ticket_id = x.ticket_id
     cross join lateral (values ('subject', t.subject, x.subject), ('description', t.description, x.description)) v (field, stored, rebuilt)
     where v.rebuilt is not null and v.stored is distinct from v.rebuilt
    union all
    select coalesce(s.ticket_id, r.ticket_id), 'span ' || coalesce(s.seq, r.seq), (s.*)::text, (r.*)::text
      from (select x.ticket_id, x.seq, x.department_id, x.started_at, x.ended_at, x.state, x.clock_class, x.team_id, x.assignee_id, x.accountable_person_id,
                   x.is_team_assumed, x.team_run, x.owner_run, x.state_run
              from ebb.ticket_span x where x.ticket_id = any (p_tickets)) s
      full join fn.ticket_spans(p_tickets) r on r.ticket_id = s.ticket_id and r.seq = s.seq
     where s.* is distinct from r.*
$$;
comment on function ctl.ticket_audit(bigint[]) is 'ticket x field: where a stored ticket or span differs from what its journal says; no row means that they agree.';
grant execute on function ctl.ticket_audit(bigint[]) to ebb_ctl;

create or replace function ctl.tick_wait_due() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    update ebb.ticket t set state = 2, state_note = 'The date to look again has come.'
     where t.ticket_id in (select x.ticket_id from ebb.ticket x where x.state = 3 and x.waiting_until <= fn.now() and x.import_id is null
                            order by x.waiting_until limit 200 for update skip locked);
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function ctl.tick_wait_due() is 'Tick: tickets whose waiting date has come are active again; returns how many.';
grant execute on function ctl.tick_wait_due() to ebb_clock;

create or replace function ctl.tick_resolved_close() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    update ebb.ticket t set state = 5
     where t.ticket_id in (select x.ticket_id from ebb.ticket x where x.state = 4 and x.resolved_at <= fn.now() - interval '14 days' and x.import_id is null
                            order by x.resolved_at limit 200 for update skip locked);
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function ctl.tick_resolved_close() is 'Tick: a resolved ticket that nobody reopened within 14 days is closed; returns how many.';
grant execute on function ctl.tick_resolved_close() to ebb_clock;
