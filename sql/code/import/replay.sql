-- SPDX-License-Identifier: Apache-2.0
-- Rows of a log become journal, and the journal becomes tickets by the same rebuild that repairs and audits the desk's own.

create or replace function ctl.import_journal(p_import ebb.import, p_refs text[]) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off set work_mem = '64MB'
as $$
declare
    v_tickets bigint[];
    v_clamped int;
begin
    -- A ticket must be there before its journal; what stands in it now is replaced by what the journal tells.
    insert into ebb.ticket (version, department_id, service_id, request_type_id, subject, state, team_id, accountable_person_id, requester_id, impact, urgency, priority,
                            opened_at, last_event_at, channel, import_id, source_ref)
    select 0, d.department_id, d.service_id, d.default_request_type_id, r.source_ref, 1, d.owner_team_id, d.accountable_person_id, d.accountable_person_id, 2, 2, 3,
           r.first_at, r.first_at, 'import', p_import.import_id, r.source_ref
      from (select x.source_ref, min(x.occurred_at) as first_at from ebb.import_row x
             where x.import_id = p_import.import_id and x.source_ref = any (p_refs) group by x.source_ref) r
     cross join ebb.service d
     where d.service_id = p_import.service_id
       and not exists (select from ebb.ticket t where t.import_id = p_import.import_id and t.source_ref = r.source_ref)
     order by r.first_at, r.source_ref;
    v_tickets := array(select t.ticket_id from ebb.ticket t where t.import_id = p_import.import_id and t.source_ref = any (p_refs));

    with known as materialized (
        select o.ticket_id, jsonb_populate_record(null::ebb.ticket, o.facts || jsonb_build_object('subject', t.subject)) as before
          from fn.ticket_fold(array(select t.ticket_id from ebb.ticket t where t.ticket_id = any (v_tickets) and t.version > 0)) o
          join ebb.ticket t on t.ticket_id = o.ticket_id
         where o.is_last
    ), step as materialized (
        select f.ticket_id, f.base + f.place as seq, f.occurred_at, f.is_late, fn.ticket_changes(coalesce(lag(f.now) over w, k.before), f.now) as changes
          from fn.import_facts(p_import, p_refs) f
          left join known k on k.ticket_id = f.ticket_id
        window w as (partition by f.ticket_id order by f.place)
    ), told as (
        insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_kind, changes)
        select s.ticket_id, s.seq, p_import.department_id, s.occurred_at, p_import.started_at, fn.import_event_kind(s.seq, s.changes), 'import', s.changes from step s
    )
    select count(*) into v_clamped from step s where s.is_late;

    perform ctl.ticket_rebuild(v_tickets);

    delete from ebb.transfer f where f.ticket_id = any (v_tickets);
    insert into ebb.transfer (department_id, ticket_id, transfer_status, from_team_id, to_team_id, reason, offered_at, answered_at, is_return, hop_position)
    select n.department_id, n.ticket_id, 'accepted', n.before_team, n.team_id, 'Handed over in the imported log.', n.started_at, n.started_at,
           exists (select from ebb.ticket_span e where e.ticket_id = n.ticket_id and e.seq < n.seq and e.team_id = n.team_id and not e.is_team_assumed),
           row_number() over (partition by n.ticket_id order by n.seq)
      from (select s.*, lag(s.team_id) over (partition by s.ticket_id order by s.seq) as before_team
              from ebb.ticket_span s where s.ticket_id = any (v_tickets) and not s.is_team_assumed) n
     where n.team_id <> n.before_team
     order by n.started_at, n.ticket_id, n.seq;
    return v_clamped;
end $$;
comment on function ctl.import_journal(ebb.import, text[]) is 'Writes the unbuilt rows of these source tickets into the journal and rebuilds the tickets; returns how many events had to take a later time.';
grant execute on function ctl.import_journal(ebb.import, text[]) to ebb_owner;
