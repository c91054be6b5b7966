-- SPDX-License-Identifier: Apache-2.0
-- Erasure: every text goes, every figure stays. Who worked when on what is history by numbers; whose number it was is forgotten.

create or replace function fn.erased(p_text text) returns text
language sql immutable
return case when p_text is null or p_text = '' then p_text else '[erased]' end;
comment on function fn.erased(text) is 'What stands in the place of an erased text; where there was none, there is none.';

create or replace function fn.erased_changes(p_changes jsonb) returns jsonb
language sql immutable
return (select coalesce(jsonb_object_agg(c.key, case
            when c.key in ('subject', 'description', 'state_note', 'reason')
                then (select jsonb_agg(case when jsonb_typeof(v.value) = 'string' then to_jsonb(fn.erased(v.value #>> '{}')) else v.value end order by v.ordinality)
                        from jsonb_array_elements(c.value) with ordinality v)
            when c.key = 'suggested' and jsonb_typeof(c.value -> 1) = 'object'
                then jsonb_build_array(c.value -> 0, (select coalesce(jsonb_object_agg(s.key, case when jsonb_typeof(s.value) = 'object' then s.value - 'explanation' else s.value end), '{}') from jsonb_each(c.value -> 1) s))
            else c.value end), '{}') from jsonb_each(p_changes) c);
comment on function fn.erased_changes(jsonb) is 'Changes of a journal row without their texts: subject, description, notes, reasons, and what plugins explained. All that figures are made of stays.';

create or replace function fn.journal_erases(o ebb.ticket_event, n ebb.ticket_event) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return n.changes = fn.erased_changes(o.changes) and to_jsonb(n) - 'changes' = to_jsonb(o) - 'changes'
       and exists (select from ebb.erasure e where e.transaction_id = pg_current_xact_id_if_assigned());
end $$;
comment on function fn.journal_erases(ebb.ticket_event, ebb.ticket_event) is 'True when a change of a journal row is nothing but the erasure of its texts, in a transaction that is on record as an erasure.';
grant execute on function fn.journal_erases(ebb.ticket_event, ebb.ticket_event) to ebb_replay;

create or replace function fn.erase_texts(p_tickets bigint[]) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_counts jsonb;
    v_count bigint;
begin
    -- The ticket first, as everybody does who changes it.
    v_counts := jsonb_build_object('ticket', ctl.erase_ticket_texts(p_tickets));
    update ebb.ticket_event e set changes = fn.erased_changes(e.changes) where e.ticket_id = any (p_tickets) and e.changes <> fn.erased_changes(e.changes);
    get diagnostics v_count = row_count; v_counts := v_counts || jsonb_build_object('ticket_event', v_count);
    update ebb.comment c set body = fn.erased(c.body) where c.ticket_id = any (p_tickets);
    get diagnostics v_count = row_count; v_counts := v_counts || jsonb_build_object('comment', v_count);
    v_counts := v_counts || jsonb_build_object('transfer', ctl.erase_transfer_texts(p_tickets, null));
    update ebb.plugin_run r set inputs = null, sentence = fn.erased(r.sentence) where r.ticket_id = any (p_tickets);
    get diagnostics v_count = row_count; v_counts := v_counts || jsonb_build_object('plugin_run', v_count);
    update ebb.plugin_action a set args = '{}', explanation = fn.erased(a.explanation), sentence = fn.erased(a.sentence) from ebb.plugin_run r
     where r.plugin_run_id = a.plugin_run_id and r.ticket_id = any (p_tickets);
    update ebb.import_row i set fields = '{}' from ebb.ticket t where t.ticket_id = any (p_tickets) and i.import_id = t.import_id and i.source_ref = t.source_ref and i.fields <> '{}';
    get diagnostics v_count = row_count; v_counts := v_counts || jsonb_build_object('import_row', v_count);
    update ebb.mail m set facts = m.facts - 'text' where m.ticket_id = any (p_tickets) and m.facts ? 'text';
    update ebb.outbox o set payload = o.payload - 'text' where o.ticket_id = any (p_tickets) and o.payload ? 'text';
    return v_counts;
end $$;
comment on function fn.erase_texts(bigint[]) is 'Erases all that was written in these tickets, wherever it stands; returns how many rows changed, by table. Only within a transaction that is on record as an erasure.';

create or replace function fn.erase_check(p_person ebb.person) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_held record;
    v_open record;
begin
    if p_person.erased_at is not null then
        perform fn.fail(409, null, 'This person has been erased already.');
    elsif p_person.person_id = fn.person() and not fn.by_operator() then
        perform fn.fail(409, '/person_id', 'Nobody erases themselves.', 'Ask another administrator of the department.');
    elsif not fn.by_operator() and (exists (select from ebb.person_role r where r.person_id = p_person.person_id and not fn.has_right('privacy.manage', r.department_id))
                                    or (exists (select from ebb.operator o where o.person_id = p_person.person_id) and not fn.has_right('desk.operate', null))) then
        perform fn.fail(403, '/person_id', 'This person has a role where you do not manage privacy.', 'The role is taken away there first; or the operator at the host erases them.');
    end if;
    v_held := fn.person_held(p_person.person_id);
    if v_held.is_held then
        perform fn.fail(409, '/person_id', format('%s %s.', p_person.person_name, v_held.sentence), 'Hand that over first.');
    end if;
    select count(*) filter (where x.is_seen) as seen, count(*) as all_of_them into v_open
      from (select fn.by_operator() or fn.person_sees(fn.person(), t.ticket_id) as is_seen from ebb.ticket t where t.requester_id = p_person.person_id and t.state < 5) x;
    if v_open.all_of_them > 0 then
        perform fn.fail(409, '/person_id', format('%s has asked for %s not closed yet.', p_person.person_name, case when v_open.seen > 0 then fn.counted(v_open.seen, 'ticket') || ' that ' || case when v_open.seen = 1 then 'is' else 'are' end else 'something that is' end),
                        'Close or cancel what is open, so that nobody works on a ticket without words.');
    end if;
end $$;
comment on function fn.erase_check(ebb.person) is 'Refuses to erase a person who holds or waits for work, who is erased already, who asks for it themselves, or who may more than the asking person.';

create or replace function fn.erase_rows(p_person_id int) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_place record;
    v_counts jsonb := jsonb_build_object();
    v_count bigint;
begin
    for v_place in select * from fn.person_places() where at_erasure in ('delete', 'forget') loop
        if exists (select from pg_attribute a where a.attrelid = to_regclass(format('ebb.%I', v_place.table_name)) and a.attname = v_place.person_column) then
            execute format(case v_place.at_erasure when 'delete' then 'delete from ebb.%1$I where %2$I = $1' else 'update ebb.%1$I set %2$I = null where %2$I = $1' end, v_place.table_name, v_place.person_column)
              using p_person_id;
            get diagnostics v_count = row_count;
            if v_count > 0 then
                v_counts := v_counts || jsonb_build_object(v_place.table_name, coalesce((v_counts ->> v_place.table_name)::bigint, 0) + v_count);
            end if;
        end if;
    end loop;
    update ebb.membership m set is_active = false where m.person_id = p_person_id and m.is_active;
    return v_counts;
end $$;
comment on function fn.erase_rows(int) is 'Removes what goes with a person, place by place; returns how many rows, by table.';

create or replace function fn.person_erase(p_person_id int, p_version int, p_reason text) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person ebb.person;
    v_erasure ebb.erasure;
    v_names text[];
    v_count bigint;
begin
    select * into v_person from ebb.person p where p.person_id = p_person_id for update;
    if p_version is not null and v_person.version <> p_version then
        perform fn.fail(412, null, 'The person has been changed meanwhile.', 'Read it again, then repeat your change.');
    end if;
    perform fn.erase_check(v_person);
    v_names := array_remove(array[lower(v_person.person_name), v_person.email, lower(v_person.source_ref)], null);
    if exists (select from unnest(v_names) n where length(n) > 2 and position(n in lower(p_reason)) > 0) then
        perform fn.fail(422, '/reason', 'The reason names the person; it stands in the audit and stays.', 'Say why, not who.');
    end if;
    insert into ebb.erasure (erasure_kind, department_id, person_id, erased_by, erased_at)
    values ('person', v_person.department_id, p_person_id, case when not fn.by_operator() then fn.person() end, fn.now()) returning * into v_erasure;
    -- Disabled first: what follows from that for sessions, tokens and mails, its own triggers do.
    update ebb.person p set is_active = false where p.person_id = p_person_id and p.is_active;
    v_erasure.counts := fn.erase_rows(p_person_id) || fn.erase_texts(array(select t.ticket_id from ebb.ticket t where t.requester_id = p_person_id order by t.ticket_id));
    update ebb.comment c set body = fn.erased(c.body) where c.author_id = p_person_id and c.body <> '[erased]';
    get diagnostics v_count = row_count;
    v_erasure.counts := jsonb_set(v_erasure.counts, '{comment}', to_jsonb((v_erasure.counts ->> 'comment')::bigint + v_count));
    perform ctl.erase_transfer_texts('{}', p_person_id);
    update ebb.audit_kept k set kept_text = null, salt = null, erasure_id = v_erasure.erasure_id
     where k.kept_text is not null and (k.person_id = p_person_id or (k.person_id is null and lower(k.kept_text) = any (v_names)));
    get diagnostics v_count = row_count;
    delete from ebb.sign_in_failure f where f.account_hash = fn.account_hash(v_person.email);
    update ebb.person p
       set person_name = 'Erased person ' || p_person_id, email = null, site_name = null, organisation_unit_name = null, source_name = null, source_ref = null, calendar_id = null,
           time_zone_name = 'UTC', is_vip = false, email_verified_at = null, erased_at = v_erasure.erased_at, version = p.version + 1
     where p.person_id = p_person_id;
    v_erasure.counts := v_erasure.counts || jsonb_build_object('audit_kept', v_count, 'person', 1);
    update ebb.erasure e set counts = v_erasure.counts where e.erasure_id = v_erasure.erasure_id;
    perform fn.audit_add(v_person.department_id, 'privacy.erased', 'erasure', v_erasure.erasure_id::text, null,
                         jsonb_build_object('person_id', p_person_id, 'reason', p_reason, 'counts', v_erasure.counts));
    return (select to_jsonb(e) - 'transaction_id' from ebb.erasure e where e.erasure_id = v_erasure.erasure_id) || (select jsonb_build_object('version', p.version) from ebb.person p where p.person_id = p_person_id);
end $$;
comment on function fn.person_erase(int, int, text) is 'Erases a person for good: name, address, places and accounts go, texts of the tickets they asked for and whatever they wrote; times, counts and responsibilities stay under a number that names nobody.';
grant execute on function fn.person_erase(int, int, text) to ebb_api;
