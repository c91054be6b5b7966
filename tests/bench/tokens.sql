-- SPDX-License-Identifier: Apache-2.0
-- Tokens of the bench: ada, who reads in all departments, and dana, an agent of IT.  The variables are the tokens' hashes.
insert into ebb.token (token_hash, person_id, token_kind, token_name, created_at, expires_at)
select x.hash, p.person_id, 'api', 'bench', now(), now() + interval '1 day'
  from (values (:'reader', 'ada@demo.example'), (:'agent', 'dana@demo.example')) as x (hash, email) join ebb.person p on p.email = x.email;
