-- SPDX-License-Identifier: Apache-2.0
-- Personal texts of the audit stand beside it, so that an erasure can take them away and the chain still holds: in the entry stands
-- {"kept": number, "sha256": hash over salt and text}. The salt goes with the text; without it nobody can try names against the hash.

create or replace function fn.audit_personal() returns text[]
language sql immutable parallel safe
return array['person_name', 'display_name', 'given_name', 'family_name', 'email', 'address', 'phone', 'site_name', 'organisation_unit_name', 'subject', 'user_name', 'distinguished_name', 'user_agent',
             'token_name', 'network', 'remote_addr', 'q'];
comment on function fn.audit_personal() is 'Names of members whose texts are a person''s: the audit keeps them aside.';

create or replace function fn.audit_keep_text(p_text text, p_person_id int) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_salt constant bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    v_id bigint;
begin
    insert into ebb.audit_kept (person_id, kept_text, salt) values (p_person_id, p_text, v_salt) returning audit_kept_id into v_id;
    return jsonb_build_object('kept', v_id, 'sha256', encode(sha256(v_salt || convert_to(p_text, 'UTF8')), 'hex'));
end $$;
comment on function fn.audit_keep_text(text, int) is 'Keeps a personal text beside the audit; returns what stands in its place.';

create or replace function fn.audit_keep(p_values jsonb, p_person_id int, p_names text[], p_is_personal boolean default false) returns jsonb
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int := p_person_id;
begin
    case jsonb_typeof(p_values)
    when 'object' then
        if p_values ->> 'person_id' ~ '^[0-9]{1,9}$' then
            v_person_id := coalesce((select p.person_id from ebb.person p where p.person_id = (p_values ->> 'person_id')::int), p_person_id);
        end if;
        return (select coalesce(jsonb_object_agg(m.key, fn.audit_keep(m.value, v_person_id, p_names, p_is_personal or m.key = any (fn.audit_personal()) or (m.key = 'note' and v_person_id is not null))), '{}') from jsonb_each(p_values) m);
    when 'array' then
        return (select coalesce(jsonb_agg(fn.audit_keep(e.value, p_person_id, p_names, p_is_personal) order by e.ordinality), '[]') from jsonb_array_elements(p_values) with ordinality e);
    when 'string' then
        if p_values #>> '{}' <> '' and (p_is_personal or lower(p_values #>> '{}') = any (p_names)) then
            return fn.audit_keep_text(p_values #>> '{}', p_person_id);
        end if;
        return p_values;
    else
        return p_values;
    end case;
end $$;
comment on function fn.audit_keep(jsonb, int, text[], boolean) is 'The values with every personal text kept aside: those of members that fn.audit_personal() names, notes about a person, and whatever equals one of the given names.';

create or replace function fn.audit_about(p_kind text, p_ref text) returns ebb.person
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_no constant int := case when p_ref ~ '^[0-9]{1,9}$' then p_ref::int end;
    v_person ebb.person;
begin
    select * into v_person from ebb.person p
     where p.person_id = case p_kind when 'person' then v_no
                                     when 'token' then (select t.person_id from ebb.token t where t.token_id = v_no)
                                     when 'shift' then (select s.person_id from ebb.shift s where s.shift_id = v_no)
                                     when 'absence' then (select a.person_id from ebb.absence a where a.absence_id = v_no) end;
    if not found and p_kind = 'person' then
        select * into v_person from ebb.person p where p.email = lower(p_ref);
    end if;
    return v_person;
end $$;
comment on function fn.audit_about(text, text) is 'Whom an audit entry is about: the person, or whose token, shift or absence it is.';

create or replace function fn.audit_shown(p_values jsonb) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_kept ebb.audit_kept;
begin
    case jsonb_typeof(p_values)
    when 'object' then
        if p_values ? 'sha256' and p_values ->> 'kept' ~ '^[0-9]{1,18}$' then
            select * into v_kept from ebb.audit_kept k where k.audit_kept_id = (p_values ->> 'kept')::bigint;
            return case when v_kept.kept_text is not null then to_jsonb(v_kept.kept_text) else '"[erased]"' end;
        end if;
        return (select coalesce(jsonb_object_agg(m.key, fn.audit_shown(m.value)), '{}') from jsonb_each(p_values) m);
    when 'array' then
        return (select coalesce(jsonb_agg(fn.audit_shown(e.value) order by e.ordinality), '[]') from jsonb_array_elements(p_values) with ordinality e);
    else
        return p_values;
    end case;
end $$;
comment on function fn.audit_shown(jsonb) is 'Values of an audit entry as people read them: what is kept aside in its place, "[erased]" where it was erased.';
grant execute on function fn.audit_shown(jsonb) to ebb_api;

create or replace function fn.audit_kept_faults()
returns table (fault text, chain_no bigint, audit_id bigint, sentence text)
language sql stable
begin atomic
    with mark as (
        select a.audit_id, (m.mark ->> 'kept')::numeric as kept_id, m.mark ->> 'sha256' as sha256
          from ebb.audit a
         cross join lateral jsonb_path_query(jsonb_build_array(a.before_values, a.after_values), 'strict $.** ? (@.kept.type() == "number" && @.sha256.type() == "string")', '{}', true) m (mark)
         where a.before_values::text like '%"kept"%' or a.after_values::text like '%"kept"%')
    select 'kept', l.chain_no, m.audit_id,
           case when k.audit_kept_id is null then format('The text %s of entry %s has been removed, and not by an erasure.', m.kept_id, m.audit_id)
                when k.kept_text is null then format('The text %s of entry %s was taken away without an erasure that stands in the audit.', m.kept_id, m.audit_id)
                else format('The text %s of entry %s is not what was written.', m.kept_id, m.audit_id) end
      from mark m
      left join ebb.audit_kept k on k.audit_kept_id::numeric = m.kept_id
      left join ebb.audit_link l on l.audit_id = m.audit_id
     where k.audit_kept_id is null
        or (k.kept_text is null and not exists (select from ebb.audit e where e.action = 'privacy.erased' and e.object_kind = 'erasure' and e.object_ref = k.erasure_id::text))
        or (k.kept_text is not null and m.sha256 <> encode(sha256(k.salt || convert_to(k.kept_text, 'UTF8')), 'hex'));
end;
comment on function fn.audit_kept_faults() is 'Texts kept beside the audit that are not what the entry''s hash says, or are gone without an erasure.';

create or replace function fn.audit_kept_is_kept() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if tg_op = 'UPDATE' and new.audit_kept_id = old.audit_kept_id and new.person_id is not distinct from old.person_id and old.kept_text is not null and new.kept_text is null and new.salt is null
       and exists (select from ebb.erasure e where e.erasure_id = new.erasure_id and e.transaction_id = pg_current_xact_id_if_assigned()) then
        return new;
    end if;
    raise exception using errcode = 'ZE403', message = 'What is kept beside the audit is erased with its person, and not changed otherwise.', detail = '[]';
end $$;
comment on function fn.audit_kept_is_kept() is 'Trigger: a text beside the audit may be taken away by an erasure of this transaction; nothing else is done to it.';
