-- SPDX-License-Identifier: Apache-2.0
-- Rows of a log become journal, and the journal becomes tickets by the same rebuild that repairs and audits the desk's own.

create or replace function ctl.import_journal(p_import ebb.import, p_refs text[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
    v_tickets bigint[];
    v_clamped int;
begin
    insert into ebb.ticket (version, department_id, service_id, request_type_id, subject, state, team_id, accountable_person_id, requester_id, impact, urgency, priority,
                            opened_at, last_event_at, channel, import_id, source_ref)
    select 0, p_import.department_id, x.service_id, x.request_type_id, f.subject, 1, x.team_id, x.accountable_person_id, x.requester_id, x.impact, x.urgency, x.priority,
           f.occurred_at, f.occurred_at, 'import', p_import.import_id, f.source_ref
      from fn.import_facts(p_import, p_refs) f
     cross join lateral jsonb_populate_record(null::ebb.ticket, f.facts) x
     where f.place = 1 and f.ticket_id is null
     order by f.occurred_at, f.source_ref;
    v_tickets := array(select t.ticket_id from ebb.ticket t where t.import_id = p_import.import_id and t.source_ref = any (p_refs));

    with known as (
        select o.ticket_id, o.facts from fn.ticket_fold(v_tickets) o where o.is_last
    ), step as (
        select f.*, k.version as base, coalesce(lag(f.facts) over w, o.facts) as before, case when lag(f.facts) over w is null and k.version = 0 then null
                                                                                           else coalesce(lag(f.subject) over w, k.subject) end as before_subject
          from fn.import_facts(p_import, p_refs) f
          join ebb.ticket k on k.ticket_id = f.ticket_id
          left join known o on o.ticket_id = f.ticket_id
        window w as (partition by f.ticket_id order by f.place)
    ), told as (
        insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_kind, changes)
        select s.ticket_id, s.base + s.place, p_import.department_id, s.occurred_at, p_import.started_at, fn.import_event_kind(s.base + s.place, c.changes), 'import', c.changes
          from step s
         cross join lateral (
               select coalesce(jsonb_object_agg(n.key, jsonb_build_array(s.before -> n.key, n.value)), '{}')
                      || case when s.subject is distinct from s.before_subject then jsonb_build_object('subject', jsonb_build_array(s.before_subject, s.subject)) else '{}' end as changes
                 from jsonb_each(s.facts) n
                where n.value is distinct from coalesce(s.before -> n.key, 'null')) c
    )
    select count(*) into v_clamped from step s where s.is_late;

    perform ctl.ticket_rebuild(v_tickets);

    delete from ebb.transfer f where f.ticket_id = any (v_tickets);
    insert into ebb.transfer (department_id, ticket_id, transfer_status, from_team_id, to_team_id, reason, offered_at, answered_at, is_return, hop_position)
    select s.department_id, s.ticket_id, 'accepted', b.team_id, s.team_id, 'Handed over in the imported log.', s.started_at, s.started_at,
           exists (select from ebb.ticket_span e where e.ticket_id = s.ticket_id and e.seq < s.seq and e.team_id = s.team_id and not e.is_team_assumed), s.team_run - 1
      from ebb.ticket_span s
      join ebb.ticket_span b on b.ticket_id = s.ticket_id and b.seq = s.seq - 1 and b.team_run < s.team_run
     where s.ticket_id = any (v_tickets) and s.team_id <> b.team_id and not s.is_team_assumed and not b.is_team_assumed
     order by s.started_at, s.ticket_id, s.seq;
    return v_clamped;
end $$;
comment on function ctl.import_journal(ebb.import, text[]) is 'Writes the unbuilt rows of these source tickets into the journal and rebuilds the tickets; returns how many events had to take a later time.';
grant execute on function ctl.import_journal(ebb.import, text[]) to ebb_owner;
