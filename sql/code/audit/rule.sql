-- SPDX-License-Identifier: Apache-2.0
-- The audit of configuration: who changed what, before and after. Rows are only ever added.

create or replace function fn.by_operator() returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    -- The log-in of a session cannot be changed by a setting: what comes by the web's log-in needs a person.
    return coalesce(current_setting('ebb.token', true), '') = '' and (session_user in ('ebb_clock', 'ebb_courier', 'ebb_owner') or pg_has_role(session_user, 'ebb_ctl', 'member'));
end $$;
comment on function fn.by_operator() is 'True when a rule is reached by one of the desk''s own log-ins (ebbctl at the host, clock, courier) and not for a person: the web''s roles never are, whatever they set.';

create or replace function fn.audit_add(p_department_id int, p_action text, p_kind text, p_ref text, p_before jsonb, p_after jsonb) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id constant int := case when fn.by_operator() then null else fn.person() end;
    v_ref text := p_ref;
    v_about ebb.person;
    v_names text[];
begin
    if p_kind in ('person', 'token', 'shift', 'absence') then
        v_about := fn.audit_about(p_kind, p_ref);
        v_names := array[lower(v_about.person_name), v_about.email, lower(v_about.source_ref)];
    end if;
    if p_kind = 'person' then
        -- By number: it stays when the person is erased.
        v_ref := coalesce(v_about.person_id::text, 'unknown');
    end if;
    insert into ebb.audit (occurred_at, department_id, actor_id, actor_kind, action, object_kind, object_ref, before_values, after_values, request_id)
    values (fn.now(), p_department_id, v_person_id,
            case when v_person_id is not null then 'person' when session_user in ('ebb_clock', 'ebb_courier', 'ebb_app', 'ebb_session') then 'system' else 'operator' end,
            p_action, p_kind, v_ref, fn.audit_keep(p_before, v_about.person_id, v_names), fn.audit_keep(p_after, v_about.person_id, v_names), nullif(current_setting('ebb.request', true), ''));
end $$;
comment on function fn.audit_add(int, text, text, text, jsonb, jsonb) is 'Notes a change of configuration in the transaction that makes it: department (NULL: the whole desk), action, kind and name of the object, values before and after, secrets left out by the caller. Who did it comes from the presented token, or from the log-in. Personal texts are kept aside (rule_keep.sql); a person is named by number.';
grant execute on function fn.audit_add(int, text, text, text, jsonb, jsonb) to ebb_api;

create or replace function fn.audit_departments() returns int[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if fn.by_operator() then
        return (select array_agg(d.department_id) from ebb.department d);
    end if;
    return coalesce((select array_agg(distinct r.department_id)
                       from fn.live_token l
                       join ebb.person_role r on r.person_id = l.person_id and (l.department_ids is null or r.department_id = any (l.department_ids))
                       join ebb.role_right g on g.role_code = r.role_code and g.right_code = 'audit.read'
                      where l.scopes is null or 'audit' = any (l.scopes)), '{}');
end $$;
comment on function fn.audit_departments() is 'Departments whose audit the caller may read: those where the person has the right audit.read and the token holds it.';
grant execute on function fn.audit_departments() to ebb_api;

create or replace function fn.audit_of_desk() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.by_operator() or fn.audit_departments() <> '{}'
        or exists (select from fn.live_token l join ebb.operator o on o.person_id = l.person_id where (l.scopes is null or 'audit' = any (l.scopes)) and l.department_ids is null);
end $$;
comment on function fn.audit_of_desk() is 'True for whoever may read what the audit has of the desk as a whole: those who read any department''s audit, and operators.';
grant execute on function fn.audit_of_desk() to ebb_api;

create or replace function fn.audit_is_append_only() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception using errcode = 'ZE403', message = 'The audit is append-only: what was done is not changed or removed.', detail = '[]';
end $$;
comment on function fn.audit_is_append_only() is 'Trigger: refuses every UPDATE, DELETE and TRUNCATE of the audit, for every role.';
