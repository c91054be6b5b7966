-- SPDX-License-Identifier: Apache-2.0
-- Writes the tickets as ebb_replay, for which the desk's triggers do not fire, and has their rows rebuilt from the journal.
grant select on all tables in schema pg_temp to ebb_replay;
set local session_replication_role = replica; -- foreign keys are checked by check.sql, table by table instead of row by row
set local role ebb_replay;

insert into ebb.ticket (ticket_id, version, department_id, service_id, request_type_id, subject, description, team_id, accountable_person_id, requester_id, impact, urgency,
                        priority, matrix_version_id, sla_policy_version_id, channel, opened_at, last_event_at) overriding system value
select p.ticket_id, 0, p.department_id, p.service_id, p.department_id * 10 + p.type_no, b.subject, b.description, p.team_id, p.accountable_person_id, p.requester_id, p.impact, p.urgency,
       least(p.impact + p.urgency - 1, 4), p.department_id, p.sla_policy_version_id, 'sample', p.opened_at, p.opened_at
  from plan p join body b on b.ticket_id = p.ticket_id order by p.ticket_id;

insert into ebb.comment (comment_id, department_id, ticket_id, author_id, is_internal, is_from_desk, body, created_at) overriding system value
select comment_id, department_id, ticket_id, actor_id, is_internal, is_from_desk, body, at from note order by comment_id;

insert into ebb.transfer (transfer_id, version, department_id, ticket_id, transfer_status, from_team_id, to_team_id, reason, offered_by, offered_at, answer_due_at, decision_reason,
                          answered_by, answered_at, answer_note, is_return, hop_position) overriding system value
select h.transfer_id, case when h.answer is null then 1 else 2 end, h.department_id, h.ticket_id,
       case h.answer when 'X' then 'accepted' when 'N' then 'returned' else case when r.is_return then 'proposed' else 'offered' end end,
       h.from_team_id, h.to_team_id, pg_temp.word(h.transfer_id, 82, f.words), h.actor_id, h.at, h.at + interval '259200 seconds',
       case when r.is_return then 'The team has already held this ticket: the service owner decides whether it goes back.' end,
       h.answered_by, h.answered_at, case h.answer when 'N' then pg_temp.word(h.transfer_id, 83, n.words) end, r.is_return, h.hop
  from handover h
 cross join lateral (select h.hop > 1 as is_return) r
  join phrase f on f.verb = 'F' join phrase n on n.verb = 'N' order by h.transfer_id;

insert into ebb.ticket_event (ticket_id, seq, department_id, occurred_at, recorded_at, event_kind, actor_id, actor_kind, changes)
select a.ticket_id, a.ord, a.department_id, a.at, a.at,
       case a.verb when 'O' then 'opened' when 'T' then 'taken' when 'A' then case when a.actor_id = l.holders[s.run] then 'taken' else 'assigned' end
                   when 'U' then 'changed' when 'w' then 'waiting' when 's' then 'waiting' when 'p' then 'waiting' when 'd' then 'waiting' when 'r' then 'resumed' when 'y' then 'resumed'
                   when 'Q' then case when s.state_0 = 3 then 'resumed' else 'commented' end when 'F' then 'offered' when 'G' then 'offered' when 'X' then 'accepted' when 'N' then 'returned'
                   when 'S' then 'resolved' when 'P' then 'reopened' when 'K' then 'closed' when 'Z' then 'cancelled' else 'commented' end,
       a.actor_id, a.actor_kind,
       case when a.ord = 1
            then jsonb_build_object(
                'department_id', jsonb_build_array(null, l.department_id), 'service_id', jsonb_build_array(null, l.service_id),
                'request_type_id', jsonb_build_array(null, l.department_id * 10 + l.type_no), 'subject', jsonb_build_array(null, b.subject), 'description', jsonb_build_array(null, b.description),
                'state', jsonb_build_array(null, 1), 'team_id', jsonb_build_array(null, l.team_id), 'accountable_person_id', jsonb_build_array(null, l.accountable_person_id),
                'requester_id', jsonb_build_array(null, l.requester_id), 'impact', jsonb_build_array(null, l.impact), 'urgency', jsonb_build_array(null, l.urgency),
                'priority', jsonb_build_array(null, least(l.impact + l.urgency - 1, 4)), 'matrix_version_id', jsonb_build_array(null, l.department_id),
                'sla_policy_version_id', jsonb_build_array(null, l.sla_policy_version_id), 'channel', jsonb_build_array(null, 'sample'::text))
            else s.fixed || case
                when a.verb in ('T', 'A') then jsonb_build_object('assignee_id', jsonb_build_array(l.holders[s.run_0], l.holders[s.run]))
                when a.verb in ('C', 'I', 'Q') then
                    case when s.is_answer then jsonb_build_object('last_comment_id', jsonb_build_array(c0.comment_id, c.comment_id), 'first_response_at', jsonb_build_array(null, a.at))
                         when s.state_0 = 3 and s.state = 2 then jsonb_build_object('last_comment_id', jsonb_build_array(c0.comment_id, c.comment_id), 'waiting_until', jsonb_build_array(w.waiting_until, null))
                         else jsonb_build_object('last_comment_id', jsonb_build_array(c0.comment_id, c.comment_id)) end
                when a.verb = 'K' then '{}'
                when a.verb in ('F', 'G') then jsonb_build_object('transfer_id', jsonb_build_array(null, h.transfer_id))
                when a.verb = 'N' then jsonb_build_object('transfer_id', jsonb_build_array(h.transfer_id, null))
                when a.verb = 'X' then jsonb_build_object('transfer_id', jsonb_build_array(h.transfer_id, null), 'team_id', jsonb_build_array(l.sides[2 - s.side], l.sides[1 + s.side]))
                    || case when s.run_0 is null then '{}' else jsonb_build_object('assignee_id', jsonb_build_array(l.holders[s.run_0], null)) end
                when a.verb = 'U' then jsonb_strip_nulls(jsonb_build_object('urgency', jsonb_build_array(l.urgency, pg_temp.moved(l.urgency)),
                    'priority', pg_temp.pair(least(l.impact + l.urgency - 1, 4), least(l.impact + pg_temp.moved(l.urgency) - 1, 4))))
                else jsonb_strip_nulls(jsonb_build_object( -- w s p d r y S P Z: a word is said, and a wait begins or ends
                    'state_note', pg_temp.pair(case when s.note_0 is not null then pg_temp.said(l.path_story, s.note_0, a.ticket_id, s.note_at_0, p0.words) end,
                                               case when s.note is not null then pg_temp.said(l.path_story, s.note, a.ticket_id, s.note_at, p1.words) end),
                    'waiting_until', case when s.state_0 = 3 and s.state = 2 then jsonb_build_array(w.waiting_until, null) when s.state = 3 then jsonb_build_array(null, w.waiting_until) end,
                    'assignee_id', case when s.run_0 is null and s.run is not null then jsonb_build_array(null, l.holders[s.run]) end)) end end
  from act a
  join step s on s.path_id = a.path_id and s.ord = a.ord
  join life l on l.ticket_id = a.ticket_id
  join body b on b.ticket_id = a.ticket_id
  left join phrase p0 on p0.verb = s.note_0
  left join phrase p1 on p1.verb = s.note
  left join handover h on h.ticket_id = a.ticket_id and h.transfer_no = s.transfer_no and a.verb in ('F', 'G', 'X', 'N')
  left join pause w on w.ticket_id = a.ticket_id and w.ord = s.wait_ord and (s.state = 3) <> (s.state_0 = 3)
  left join note c on c.ticket_id = a.ticket_id and c.comment_no = s.comment_no and a.verb in ('C', 'I', 'Q')
  left join note c0 on c0.ticket_id = a.ticket_id and c0.comment_no = s.comment_no - 1 and a.verb in ('C', 'I', 'Q')
 order by a.ticket_id, a.ord;
reset role;

select setval(pg_get_serial_sequence('ebb.ticket', 'ticket_id'), (select max(ticket_id) from plan)),
       setval(pg_get_serial_sequence('ebb.comment', 'comment_id'), (select coalesce(max(comment_id), 1) from note)),
       setval(pg_get_serial_sequence('ebb.transfer', 'transfer_id'), (select coalesce(max(transfer_id), 1) from handover)) \g /dev/null
analyze ebb.ticket; analyze ebb.ticket_event; analyze ebb.transfer; analyze ebb.comment; analyze ebb.person;
