-- SPDX-License-Identifier: Apache-2.0
-- What is kept about a person is given out whole, and erased so that no figure moves, no journal breaks and the audit's chain holds.
\ir ../lib/act.sql
begin;
select plan(63);

-- A story with everything in it: rae asks, dana answers, a hand-over, a clock that breaks, an end; and one of rob's in HR beside it.
update ebb.person set site_name = 'Leeds', organisation_unit_name = 'Finance', source_name = 'hrm', source_ref = 'R-77' where person_id = 107;
select t.call_as('rae', 'ticket_open', '{"subject": "Rae''s secret canary", "description": "canary description", "service_id": 51}') ->> 'ticket_id' as id \gset
select t.call_as('dana', 'ticket_take', json_build_object('ticket_id', :id)) \g /dev/null
select t.call_as('dana', 'comment_add', json_build_object('ticket_id', :id, 'body', 'Dear Rae, canary answer')) \g /dev/null
select t.call_as('rae', 'comment_add', json_build_object('ticket_id', :id, 'body', 'canary question')) \g /dev/null
select t.call_as('dana', 'transfer_offer', json_build_object('ticket_id', :id, 'to_team_id', 12, 'reason', 'canary reason')) ->> 'transfer_id' as tr \gset
select t.call_as('ned', 'transfer_accept', json_build_object('transfer_id', :tr)) \g /dev/null
select t.call_as('ned', 'ticket_change', json_build_object('ticket_id', :id, 'subject', 'canary two')) \g /dev/null
select t.call_as('ned', 'ticket_resolve', json_build_object('ticket_id', :id, 'resolution', 'canary resolution')) \g /dev/null
select t.call_as('rae', 'ticket_close', json_build_object('ticket_id', :id)) \g /dev/null
select t.open('dana') as other \gset
select t.call_as('lee', 'comment_add', json_build_object('ticket_id', :other, 'body', 'lee was here')) \g /dev/null
select t.be('ada');
select fn.audit_add(1, 'person.change', 'person', '107', '{"person_name": "Rae Requester"}', '{"person_name": "Rae Requester", "site_name": "Leeds"}');
select fn.audit_add(1, 'team.change', 'team', 'Service Desk', null, '{"person_id": 107, "person_name": "Rae Requester", "email": "lee@test.example"}');
set constraints all immediate; set constraints all deferred;

-- export
select t.be('ada');
select unnest(array[is(d ->> 'is_whole', 'false', 'somebody else''s export is not said to be whole'), is(d -> 'person' ->> 'email', 'rae@test.example', 'it has the person'),
       is(jsonb_path_query_first(d -> 'kept', '$.tickets_asked_for[0].subject') #>> '{}', 'canary two', 'what they asked for'),
       is(jsonb_array_length(d -> 'kept' -> 'comments'), 1, 'what they wrote, and not what others did'),
       is(d -> 'kept' -> 'tokens' -> 0 ->> 'token_name', 'fixture rae', 'their tokens'),
       unalike(d::text, '%hash%', 'no hash'), unalike(d::text, '%verifier%', 'nothing that proves a pass-phrase'), isnt(d -> 'kept' -> 'audit_texts', null, 'what the audit has of them'),
       unalike(d::text, '%Dear Rae%', 'no text of somebody else')])
  from (select t.call('person_export', '{"person_id": 107}')::jsonb as d) x;
select is(t.call_as('rae', 'person_export', '{"person_id": 107}') ->> 'is_whole', 'true', 'one''s own is whole');
select is(t.refusal('dana', 'person_export', '{"person_id": 107}'), 'ZE403', 'an agent gets nobody else''s');
select is(t.refusal('hana', 'person_export', '{"person_id": 107}'), 'ZE404', 'another department does not even learn that there is somebody');
select is(t.refusal('rae', 'person_export', '{"person_id": 101}'), 'ZE404', 'nor does a requester');
select is(t.refusal('ada', 'person_export', '{"person_id": 999999}'), 'ZE404', 'nobody is nobody');

-- Another department's part, and a confidential one.
update ebb.request_type set is_confidential = true where request_type_id = 72;
insert into ebb.service_department (service_id, department_id) values (54, 1) on conflict do nothing;
select t.call_as('rae', 'ticket_open', '{"subject": "told the people team", "service_id": 54}') ->> 'ticket_id' as hr \gset
select t.call_as('rae', 'ticket_open', '{"subject": "told in confidence", "service_id": 51, "request_type_id": 72}') ->> 'ticket_id' as secret \gset
insert into ebb.person_role (person_id, department_id, role_code) values (110, 2, 'admin');
delete from ebb.person_role where person_id = 106 and department_id = 2;
select unalike(t.call_as('ada', 'person_export', '{"person_id": 107}')::text, '%told %', 'an administrator gets neither another department''s part nor confidential tickets');
select alike(t.call_as('rae', 'person_export', '{"person_id": 107}')::text, '%told the people team%', 'the person gets both');
select alike(t.call_as('rae', 'person_export', '{"person_id": 107}')::text, '%told in confidence%', 'all of it');
select t.be(null);
select alike(ctl.person_data_export('{"person": "rae@test.example"}')::text, '%told in confidence%', 'and so does the operator at the host');
select is((select count(*) from ebb.audit where action = 'export' and object_ref = 'person_export'), 1::bigint, 'whose export stands in the audit');

-- every column that names a person is in the list
select is_empty($$
    select c.conrelid::regclass || '.' || a.attname from pg_constraint c join pg_attribute a on a.attrelid = c.conrelid and a.attnum = any (c.conkey)
     where c.contype = 'f' and c.confrelid = 'ebb.person'::regclass
    union
    select c.oid::regclass || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
     where c.relnamespace = 'ebb'::regnamespace and c.relkind = 'r' and a.attname ~ '(person_ids?|assignee_id|actor_id|author_id|requester_id)$' and c.relname <> 'person' and not a.attisdropped
    except select 'ebb.' || table_name || '.' || person_column from fn.person_places()
$$, 'every column of a table that names a person has its place in exports and erasures');

-- refusals
select is(t.refusal('dana', 'person_erase', '{"person_id": 107, "reason": "asked for"}'), 'ZE403', 'an agent erases nobody');
select is(t.refusal('hana', 'person_erase', '{"person_id": 107, "reason": "asked for"}'), 'ZE403', 'nor does another department');
select is(t.refusal('ada', 'person_erase', '{"person_id": 107, "reason": "asked for", "if_match": 99}'), 'ZE412', 'nobody erases what has changed meanwhile');
select is(t.refusal('ada', 'person_erase', '{"person_id": 107, "reason": "asked for"}'), 'ZE409', 'who waits for something is not erased');
select is(t.refusal('ada', 'person_erase', '{"person_id": 101, "reason": "asked for"}'), 'ZE409', 'nor who works on something');
select is(t.refusal('ada', 'person_erase', '{"person_id": 105, "reason": "asked for"}'), 'ZE409', 'nor who answers for a service');
select is(t.refusal('ada', 'person_erase', '{"person_id": 106, "reason": "asked for"}'), 'ZE409', 'nor oneself');
select t.call_as('rae', 'ticket_cancel', json_build_object('ticket_id', x, 'reason', 'done')) from unnest(array[:hr, :secret]) x \g /dev/null
select is(t.refusal('ada', 'person_erase', '{"person_id": 107, "reason": "Rae Requester asked for it"}'), 'ZE422', 'a reason that names the person would stay for ever');
select is(t.refusal('ada', 'person_erase', '{"person_id": 107}'), 'ZE422', 'a reason is needed');

select is(t.tries('ebb_owner', format('update ebb.ticket_event set changes = fn.erased_changes(changes) where ticket_id = %s', :id)), 'ZE403', 'without an erasure on record no text leaves the journal');
select is(t.tries('ebb_owner', 'update ebb.audit_kept set kept_text = null, salt = null, erasure_id = 1'), 'ZE403', 'nor the audit');

-- What must stay as it is: every figure of every view, every span and clock. The desk's clock stands still meanwhile.
create or replace function fn.now() returns timestamptz language sql volatile return pg_catalog.now() + interval '1 hour';
create function t.figures() returns table (what text, print text) language plpgsql as $$
declare
    v record;
begin
    for v in
        select c.oid::regclass as relation, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
          from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
         where (c.relnamespace = 'reporting_v1'::regnamespace and c.relkind = 'v' or c.oid in ('ebb.ticket'::regclass, 'ebb.ticket_span'::regclass, 'ebb.sla_clock'::regclass, 'ebb.transfer'::regclass))
           and a.attname !~ '(subject|description|reason$|note$|_name$|is_active|is_vip|is_imported|sentence|changes)' and c.relname !~ '(dim_date|contract_|dictionary|ticket_issues)'
         group by 1
    loop
        what := v.relation::text;
        execute format('select count(*) || '' '' || md5(coalesce(string_agg(x::text, ''|'' order by x::text), '''')) from (select %s from %s) x', v.columns, v.relation) into print;
        return next;
    end loop;
end $$;
create temp table before as select * from t.figures();
create temp table journal as select ticket_id, seq, to_jsonb(e) - 'changes' as row, (select jsonb_object_agg(key, value) from jsonb_each(e.changes) where key not in ('subject', 'description', 'state_note')) as changes from ebb.ticket_event e;
select ok((select count(*) > 20 from before), format('%s views and tables are compared', (select count(*) from before)));
select row_hash as head from ebb.audit_head \gset

select t.be('ada');
select t.call('person_erase', json_build_object('person_id', 107, 'reason', 'asked for by letter', 'if_match', (select version from ebb.person where person_id = 107))) as done \gset
set constraints all immediate; set constraints all deferred;
select is((:'done'::json) ->> 'erasure_kind', 'person', 'an administrator of the department erases');
select is((select array_agg(a.what order by 1) from t.figures() a join before b using (what) where a.print <> b.print), null, 'not one figure has moved: spans, counts, ages, service levels, hand-overs');
select is((select count(*) from ebb.ticket_event e join journal j using (ticket_id, seq) where (to_jsonb(e) - 'changes', (select jsonb_object_agg(key, value) from jsonb_each(e.changes) where key not in ('subject', 'description', 'state_note'))) is distinct from (j.row, j.changes)),
          0::bigint, 'the journal has every event as it was, but for the texts');
select is((select count(*) from ctl.ticket_audit(array[:id, :hr, :secret, :other])), 0::bigint, 'and the tickets are what their journal says');
select is((select count(*) from reporting_v1.ticket_issues where ticket_id = any (array[:id, :hr, :secret])), 0::bigint, 'tickets without words are no repeated issue');
select is(ctl.ticket_rebuild(array[:id]), 1, 'also after a rebuild from it');
select is((select subject from ebb.ticket where ticket_id = :id), '[erased]', 'which brings no text back');
select is((select array_agg(distinct fault) from fn.audit_faults(jsonb_build_array(:'head'))), null, 'the audit''s chain holds, and passes through the head from before');
select is((select count(*) from fn.audit_kept_faults()), 0::bigint, 'and texts beside it are gone by an erasure that stands in the audit');

-- nothing is left: look through every text of every table
create function t.hunt(p_word text) returns text[] language plpgsql as $$
declare
    v record;
    v_hit boolean;
    v_hits text[] := '{}';
begin
    for v in select c.oid::regclass as relation from pg_class c where c.relnamespace = 'ebb'::regnamespace and c.relkind = 'r' loop
        execute format('select exists (select from %s x where x::text ilike %L)', v.relation, '%' || p_word || '%') into v_hit;
        if v_hit then v_hits := v_hits || v.relation::text; end if;
    end loop;
    return v_hits;
end $$;
select is(t.hunt(w), '{}', format('"%s" is in no table any more', w)) from unnest(array['canary', 'Rae Requester', 'rae@', 'R-77', 'told ', 'Finance']) w;
select is((select person_name || coalesce(email, '') from ebb.person where person_id = 107), 'Erased person 107', 'a number is left');
select is((select count(*) from ebb.token where person_id = 107) + (select count(*) from ebb.password where person_id = 107) + (select count(*) from ebb.person_role where person_id = 107), 0::bigint, 'no way in');
select is((select body from ebb.comment where ticket_id = :other), 'lee was here', 'what others wrote elsewhere stays');
select is(fn.audit_shown(after_values) ->> 'person_name', '[erased]', 'who reads the audit sees that something was there') from ebb.audit where action = 'team.change';
select is(jsonb_typeof(fn.audit_shown(after_values) -> 'counts'), 'object', 'the erasure stands in the audit with what it touched') from ebb.audit where action = 'privacy.erased';
select is(t.call_as('dana', 'ticket_get', json_build_object('ticket_id', :id)) ->> 'subject', '[erased]', 'the ticket is there, without words');

-- and it is final
select is(t.refusal('ada', 'person_erase', '{"person_id": 107, "reason": "again"}'), 'ZE409', 'nobody is erased twice');
select is(t.tries('ebb_owner', 'update ebb.person set is_active = true where person_id = 107'), 'ZE409', 'nor comes back');
select is(t.tries('ebb_owner', 'update ebb.person set person_name = ''Rae'' where person_id = 107'), 'ZE409', 'not by name either');
select is(t.tries('ebb_owner', s), 'ZE403', 'refused: ' || s) from unnest(array['update ebb.erasure set counts = ''{}''', 'delete from ebb.erasure', 'truncate ebb.erasure cascade']) s where s !~ 'counts';
select is(t.tries('ebb_app', 'select fn.person_erase(108, null, ''x'')'), '42501', 'the web''s log-in reaches no rule');
select is(t.tries('ebb_clock', 'select fn.person_erase(108, null, ''x'')'), '42501', 'nor does the clock''s');
select is(t.tries('ebb_owner', format('update ebb.ticket_event set changes = changes || ''{"impact": [2, 1]}'' where ticket_id = %s', :id)), 'ZE403', 'even in a transaction of an erasure the journal gives up texts alone');
select is(t.tries('ebb_owner', format('update ebb.ticket_event set occurred_at = occurred_at - interval ''1 day'', changes = fn.erased_changes(changes) where ticket_id = %s', :other)), 'ZE403', 'and no instant');
select is(t.tries('ebb_owner', format('delete from ebb.ticket_event where ticket_id = %s', :id)), 'ZE403', 'and no event');
select * from finish();
rollback;
