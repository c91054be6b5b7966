-- SPDX-License-Identifier: Apache-2.0
-- Tokens of the bench: ada, who reads in all departments, dana, an agent of IT, and an agent of HR.  The variables are the tokens' hashes.
insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at)
select x.hash, p.person_id, 'api', 'bench', now(), now() + interval '1 day'
  from (values (:'reader', 'ada@demo.example'), (:'agent', 'dana@demo.example')) as x (hash, email) join ebb.person p on p.email = x.email
union all
select :'other', (select min(r.person_id) from ebb.person_role r where r.department_id = 2 and r.role_code = 'agent'), 'api', 'bench', now(), now() + interval '1 day';
