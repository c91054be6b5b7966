-- SPDX-License-Identifier: Apache-2.0
-- Hand-overs: offer, accept, return, list.

drop view if exists api.transfer;
create view api.transfer as
select t.version, t.transfer_id, t.ticket_id, t.transfer_status, t.transfer_status = 'proposed' as needs_decision, t.decision_reason,
       t.from_team_id, f.team_name as from_team_name, t.to_team_id, g.team_name as to_team_name, t.reason,
       t.offered_by, o.person_name as offered_by_name, t.offered_at, t.answer_due_at, t.answered_by, a.person_name as answered_by_name, t.answered_at, t.answer_note,
       t.is_return, t.hop_position
  from ebb.transfer t
  left join fn.team_label f on f.team_id = t.from_team_id
  left join fn.team_label g on g.team_id = t.to_team_id
  left join fn.person_label o on o.person_id = t.offered_by
  left join fn.person_label a on a.person_id = t.answered_by;
comment on view api.transfer is 'A hand-over of a ticket from one team to another.';
comment on column api.transfer.needs_decision is 'True while it waits for the service owner''s decision.';
comment on column api.transfer.from_team_name is 'Name of the giver.';
comment on column api.transfer.to_team_name is 'Name of the receiver.';
comment on column api.transfer.offered_by_name is 'Name of who offered it.';
comment on column api.transfer.answered_by_name is 'Name of who answered it.';
do $$ begin perform fn.copy_comments('api.transfer', '{ebb.transfer}'); end $$;

create or replace function api.transfer_list(p_args json)
returns table (version int, transfer_id bigint, ticket_id bigint, transfer_status text, needs_decision boolean, decision_reason text, from_team_id int, from_team_name text,
               to_team_id int, to_team_name text, reason text, offered_by int, offered_by_name text, offered_at timestamptz, answer_due_at timestamptz,
               answered_by int, answered_by_name text, answered_at timestamptz, answer_note text, is_return boolean, hop_position int, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket_id constant bigint := (p_args ->> 'ticket_id')::bigint;
    v_after constant bigint := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('any');
    perform fn.ticket_must_see(v_ticket_id);
    return query
        select t.*, t.transfer_id::text from api.transfer t where t.ticket_id = v_ticket_id and t.transfer_id > v_after
         order by t.transfer_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.transfer_list(json) is 'Hand-overs of a ticket, oldest first.';
grant execute on function api.transfer_list(json) to ebb_app;

create or replace function api.transfer_offer(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_transfer_id bigint;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'desk');
    insert into ebb.transfer (ticket_id, to_team_id, reason, department_id, transfer_status, from_team_id, offered_at, hop_position)
    values (v_ticket.ticket_id, (p_args ->> 'to_team_id')::int, fn.want_text(p_args, 'reason'), v_ticket.department_id, 'offered', v_ticket.team_id, now(), 1)
    returning transfer_id into v_transfer_id;
    return (select row_to_json(t) from api.transfer t where t.transfer_id = v_transfer_id);
end $$;
comment on function api.transfer_offer(json) is 'Offers a ticket to another team of its department; until they accept, team and accountable person stay.';
grant execute on function api.transfer_offer(json) to ebb_app;

create or replace function api.transfer_accept(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_transfer_id bigint;
begin
    perform fn.must('any');
    v_transfer_id := fn.transfer_lock(p_args);
    update ebb.transfer t set transfer_status = 'accepted' where t.transfer_id = v_transfer_id;
    return (select row_to_json(t) from api.transfer t where t.transfer_id = v_transfer_id);
end $$;
comment on function api.transfer_accept(json) is 'Accepts an offered ticket: the receiving team is accountable from this instant. A proposal is accepted by the service owner.';
grant execute on function api.transfer_accept(json) to ebb_app;

create or replace function api.transfer_return(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_transfer_id bigint;
begin
    perform fn.must('any');
    v_transfer_id := fn.transfer_lock(p_args);
    update ebb.transfer t set transfer_status = 'returned', answer_note = fn.want_text(p_args, 'reason') where t.transfer_id = v_transfer_id;
    return (select row_to_json(t) from api.transfer t where t.transfer_id = v_transfer_id);
end $$;
comment on function api.transfer_return(json) is 'Returns an offered ticket to its giver with a reason; the giver was accountable all the time.';
grant execute on function api.transfer_return(json) to ebb_app;
