-- SPDX-License-Identifier: Apache-2.0
-- The chain over the audit: every entry gets its link at commit, personal texts stand beside it, and nobody changes what is written.
\ir ../lib/act.sql
begin;
select plan(43);

select is((select array_agg(fault) from fn.audit_faults()), null, 'an empty chain holds');
select t.be('ada');
select set_config('ebb.request', 'req-1', true);
select fn.audit_add(1, 'service.create', 'service', 'Wiki', null, '{"service_name": "Wiki", "hop_budget": 3}');
select fn.audit_add(1, 'person.change', 'person', '101', '{"person_name": "Dana Agent", "site_name": "Leeds", "is_vip": false}',
                    '{"person_name": "Dana Clerk", "site_name": "", "note": "dana agent", "roles": [{"role_code": "agent", "granted_to": {"person_id": 103, "person_name": "Ned Network"}}], "is_vip": true}');
select fn.audit_add(null, 'desk.change', 'desk', 'all', 'null', null);
select is((select count(*) from ebb.audit_link), 0::bigint, 'before the commit nothing is linked: the head is taken last');
set constraints all immediate;
select is((select array_agg(chain_no order by chain_no) from ebb.audit_link), '{1,2,3}', 'at commit each entry has its place, without a gap');
select is((select array_agg(audit_id order by chain_no) from ebb.audit_link), (select array_agg(audit_id order by audit_id) from ebb.audit), 'in the order in which it was written');
select is((select (chain_no, row_hash) from ebb.audit_head), (select (chain_no, row_hash) from ebb.audit_link order by chain_no desc limit 1), 'and the head is the last of them');
select is((select array_agg(fault) from fn.audit_faults()), null, 'the chain holds');

-- computed by hand, as docs/audit.md says
select is((select row_hash from ebb.audit_link where chain_no = 1),
          (select encode(sha256(decode(repeat('00', 32), 'hex') || convert_to(jsonb_build_array(1, a.audit_id, (extract(epoch from a.occurred_at) * 1000000)::bigint::text, 1, 106, 'person', 'service.create', 'service', 'Wiki',
                                                                                null, '{"hop_budget": 3, "service_name": "Wiki"}', 'req-1')::text, 'UTF8')), 'hex')
             from ebb.audit a where a.object_ref = 'Wiki'), 'a hash is what the manual says, so that others can compute it');
select is((select array_agg(attname::text order by attnum) from pg_attribute where attrelid = 'ebb.audit'::regclass and attnum > 0 and not attisdropped),
          '{audit_id,occurred_at,department_id,actor_id,actor_kind,action,object_kind,object_ref,before_values,after_values,request_id}', 'every column of the audit is in the text that is hashed (a new one belongs there, too)');
select isnt(fn.audit_text(3, a), fn.audit_text(3, a2), 'JSON null is another thing than nothing')
  from (select * from ebb.audit where action = 'desk.change') a, lateral (select a.audit_id, a.occurred_at, a.department_id, a.actor_id, a.actor_kind, a.action, a.object_kind, a.object_ref, null::jsonb, a.after_values, a.request_id) a2;

-- personal texts
select unalike((select string_agg(a::text, '') from ebb.audit a where a.action = 'person.change'), '%' || word || '%', format('an entry about a person does not hold "%s"', word))
  from unnest(array['Dana', 'dana agent', 'Ned', 'Leeds']) word;
select is((select array_agg(person_id || ' ' || kept_text order by kept_text) from ebb.audit_kept), '{"101 Dana Agent","101 Dana Clerk","101 Leeds","103 Ned Network","101 dana agent"}',
          'they are kept aside, with whom they are about: by the name of the member, and where a text is the person''s name');
select is(fn.audit_shown(after_values), '{"person_name": "Dana Clerk", "site_name": "", "note": "dana agent", "roles": [{"role_code": "agent", "granted_to": {"person_id": 103, "person_name": "Ned Network"}}], "is_vip": true}',
          'whoever reads the audit reads them in their places') from ebb.audit where action = 'person.change';
select is(t.call_as('ada', 'audit_list', '{"department_id": 1, "object_kind": "person"}') -> 0 -> 'before_values' ->> 'person_name', 'Dana Agent', 'over the API, too');
select is((select object_ref from ebb.audit where action = 'person.change'), '101', 'a person is named by number');
select fn.audit_add(1, 'person.invite', 'person', 'Rae@test.example', null, null), fn.audit_add(1, 'person.invite', 'person', 'my secret pass-phrase', null, null);
select is((select array_agg(object_ref order by audit_id) from ebb.audit where action = 'person.invite'), '{107,unknown}', 'also when the caller names an address; what is no person''s is not kept');
insert into ebb.shift (department_id, team_id, person_id, starts_at, ends_at) values (1, 11, 101, now(), now() + interval '8 hours');
select fn.audit_add(1, 'shift.change', 'shift', shift_id::text, null, '{"note": "for somebody ill"}') from ebb.shift;
select fn.audit_add(1, 'token.create', 'token', token_id::text, null, '{"token_name": "my laptop", "scopes": null}') from ebb.token where token_name = 'fixture rae';
select is((select array_agg(person_id || ' ' || kept_text order by audit_kept_id desc) from ebb.audit_kept where kept_text in ('for somebody ill', 'my laptop')), '{"107 my laptop","101 for somebody ill"}', 'notes about somebody, and what they call their tokens, are theirs');
select is((select array_agg(fault) from fn.audit_kept_faults()), null, 'texts beside the audit are what their hashes say');

-- append-only
select is(t.tries(r, s), case r when 'ebb_owner' then 'ZE403' else '42501' end, format('%s cannot: %s', r, s))
  from unnest(array['ebb_owner', 'ebb_api']) r,
       unnest(array['update ebb.audit_link set row_hash = repeat(''0'', 64)', 'delete from ebb.audit_link', 'truncate ebb.audit_link', 'delete from ebb.audit_head',
                    'update ebb.audit_kept set kept_text = ''x''', 'delete from ebb.audit_kept', 'update ebb.audit_kept set kept_text = null, salt = null, erasure_id = 1']) s;
select throws_ok('update ebb.audit_link set chain_no = 99', 'ZE403', null, 'nor does a superuser by mistake');
select is(t.tries('ebb_app', 'insert into ebb.audit_link values (9, 9, repeat(''0'', 64))'), '42501', 'the web''s log-in adds no link');

-- faults
set session_replication_role = replica;
insert into ebb.audit (occurred_at, actor_kind, action, object_kind, object_ref) values (now(), 'operator', 'x', 'x', 'x');
select is((select array_agg(fault) from fn.audit_faults()), '{unlinked}', 'an entry slipped in is found');
delete from ebb.audit where action = 'x';
update ebb.audit set after_values = after_values || '{"hop_budget": 4}' where object_ref = 'Wiki';
select is((select array_agg(fault || ' ' || chain_no) from fn.audit_faults()), '{"changed 1"}', 'a changed entry is found and named');
update ebb.audit set after_values = after_values || '{"hop_budget": 3}' where object_ref = 'Wiki';
delete from ebb.audit_link where chain_no = 2;
select is((select array_agg(fault || ' ' || coalesce(chain_no, 0) order by 1) from fn.audit_faults()), '{"gap 2","unlinked 0"}', 'a missing link, and the entry that had it');
set session_replication_role = origin;

select is(fn.audit_link_old(), 0, 'what is linked is not linked again');
select is((ctl.audit_verify('{"noted": ["0000"]}') ->> 'fault_count')::int > 0, true, 'a head that somebody noted and that is nowhere in the chain is a fault');
-- A desk whose audit is older than the chain.
set session_replication_role = replica;
delete from ebb.audit_link;
update ebb.audit_head set chain_no = 0, row_hash = repeat('0', 64);
set session_replication_role = origin;
select is(fn.audit_link_old()::bigint, (select count(*) from ebb.audit), 'an audit from before the chain is linked once, all of it');
select is((select array_agg(fault) from fn.audit_faults()), null, 'and then holds');
select * from finish();
rollback;
