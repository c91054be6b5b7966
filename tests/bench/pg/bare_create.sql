-- SPDX-License-Identifier: Apache-2.0
\set n random(1, 1000000)
\set service random(1, 14)
insert into bench.ticket (department_id, service_id, request_type_id, subject, description, team_id, accountable_person_id, requester_id, impact, urgency, priority, opened_at, last_event_at)
select s.department_id, s.service_id, s.default_request_type_id, 'Remote access drops ' || :n, :story, s.owner_team_id, s.accountable_person_id, 1, 2, 2, 3, now(), now()
  from ebb.service s where s.service_id = :service returning row_to_json(ticket);
