-- SPDX-License-Identifier: Apache-2.0
-- Who looks when policies are measured: dana, an agent of IT alone, and lee, who here has roles in all five departments. One in a hundred
-- tickets of HR and of two teams of IT is confidential, so that policies have something to hide from both.
set session_replication_role = replica;
insert into ebb.person_role (person_id, department_id, role_code)
select p.person_id, d.department_id, 'agent' from ebb.person p, ebb.department d where p.email = 'lee@demo.example' on conflict do nothing;
insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at)
select x.hash, p.person_id, 'api', 'bench', now(), now() + interval '1 day'
  from (values (:'one', 'dana@demo.example'), (:'five', 'lee@demo.example')) as x (hash, email) join ebb.person p on p.email = x.email;
update ebb.ticket t set is_confidential = true where t.ticket_id % 100 = 7 and (t.department_id = 2 or t.team_id in (3, 4));
