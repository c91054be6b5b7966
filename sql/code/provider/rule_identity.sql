-- SPDX-License-Identifier: Apache-2.0
-- Whose account at a provider is which person, and what the provider's groups give and take.

create or replace function fn.identity_bind(p_provider_id int, p_person_id int, p_subject text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ebb.identity (provider_id, subject, person_id, created_at, last_used_at) values (p_provider_id, p_subject, p_person_id, fn.now(), null);
    perform fn.audit_add((select p.department_id from ebb.person p where p.person_id = p_person_id), 'identity.bind', 'person', p_person_id::text, null,
                         jsonb_build_object('provider_code', (select x.provider_code from ebb.provider x where x.provider_id = p_provider_id)));
end $$;
comment on function fn.identity_bind(int, int, text) is 'Binds an account at a provider to a person.';

create or replace function fn.identity_person(p_provider ebb.provider, p_facts jsonb, out person_id int, out reason text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person ebb.person;
    v_email constant text := substring(lower(btrim(p_facts ->> 'email')) from '^[^@[:space:]]+@[^@[:space:]]+$');
begin
    if coalesce(length(p_facts ->> 'subject'), 0) not between 1 and 255 or p_facts ->> 'subject' ~ '[[:cntrl:]]' then
        reason := 'subject';
        return;
    end if;
    -- Two first sign-ins at a time would each make a person.
    perform pg_advisory_xact_lock(7316, hashtext(p_provider.provider_id || ' ' || (p_facts ->> 'subject')));
    select x.* into v_person from ebb.identity i join ebb.person x on x.person_id = i.person_id
     where i.provider_id = p_provider.provider_id and i.subject = p_facts ->> 'subject';
    if not found and v_email is not null then
        -- Two accounts with one address take turns: the second finds the first bound.
        select x.* into v_person from ebb.person x where x.email = v_email for no key update;
        if found and not (p_provider.is_email_trusted and (p_provider.provider_kind <> 'oidc' or coalesce((p_facts ->> 'is_email_verified')::boolean, false))) then
            -- Somebody has this address here; that it is the same person, nobody has said.
            reason := 'address';
            return;
        elsif found and exists (select from ebb.identity i where i.provider_id = p_provider.provider_id and i.person_id = v_person.person_id) then
            reason := 'other account';
            return;
        elsif found and v_person.is_active then
            perform fn.identity_bind(p_provider.provider_id, v_person.person_id, p_facts ->> 'subject');
        end if;
    end if;
    if v_person.person_id is null and p_provider.may_create then
        insert into ebb.person (department_id, person_name, email)
        values (p_provider.department_id, left(coalesce(nullif(btrim(p_facts ->> 'name'), ''), v_email, p_facts ->> 'subject'), 200), v_email)
        returning * into v_person;
        perform fn.audit_add(p_provider.department_id, 'person.create', 'person', v_person.person_id::text, null, jsonb_build_object('provider_code', p_provider.provider_code));
        perform fn.identity_bind(p_provider.provider_id, v_person.person_id, p_facts ->> 'subject');
    end if;
    reason := case when v_person.person_id is null then 'unknown' when not v_person.is_active then 'disabled' end;
    person_id := case when reason is null then v_person.person_id end;
end $$;
comment on function fn.identity_person(ebb.provider, jsonb) is 'The active person of an account {subject, name, email, is_email_verified}: bound before, or bound now by a trusted address, or made now; else NULL and why: subject, address (known here, not trusted), other account, unknown, disabled.';

create or replace function fn.identity_roles(p_provider ebb.provider, p_person_id int, p_groups text[]) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_changed jsonb := '[]'::jsonb;
    r record;
begin
    for r in
        select distinct g.department_id, g.role_code, true as is_given from ebb.provider_group g
         where g.provider_id = p_provider.provider_id and g.role_code is not null and g.group_name = any (p_groups)
           and not exists (select from ebb.person_role x where x.person_id = p_person_id and x.department_id = g.department_id and x.role_code = g.role_code)
        union all
        select x.department_id, x.role_code, false from ebb.person_role x
         where x.person_id = p_person_id and x.provider_id = p_provider.provider_id
           and not exists (select from ebb.provider_group g where g.provider_id = p_provider.provider_id and g.department_id = x.department_id and g.role_code = x.role_code and g.group_name = any (p_groups))
        order by 1, 2
    loop
        if r.is_given then
            insert into ebb.person_role (person_id, department_id, role_code, provider_id, granted_at) values (p_person_id, r.department_id, r.role_code, p_provider.provider_id, fn.now());
        else
            delete from ebb.person_role x where x.person_id = p_person_id and x.department_id = r.department_id and x.role_code = r.role_code and x.provider_id = p_provider.provider_id;
        end if;
        perform fn.audit_add(r.department_id, 'person.roles', 'person', p_person_id::text,
                             case when not r.is_given then jsonb_build_object('role_codes', jsonb_build_array(r.role_code), 'provider_code', p_provider.provider_code) end,
                             case when r.is_given then jsonb_build_object('role_codes', jsonb_build_array(r.role_code), 'provider_code', p_provider.provider_code) end);
        v_changed := v_changed || jsonb_build_object('department_id', r.department_id, 'role_code', r.role_code, 'is_given', r.is_given);
    end loop;
    return v_changed;
end $$;
comment on function fn.identity_roles(ebb.provider, int, text[]) is 'Gives a person the roles of their groups at a provider and takes away those it gave before and no longer says. What was granted by hand stays. Returns what changed.';

create or replace function fn.identity_teams(p_provider ebb.provider, p_person_id int, p_groups text[]) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_changed jsonb := '[]'::jsonb;
    r record;
begin
    for r in
        select distinct t.team_id, t.department_id, t.team_name, true as is_given from ebb.provider_group g join ebb.team t on t.team_id = g.team_id
         where g.provider_id = p_provider.provider_id and t.is_active and g.group_name = any (p_groups)
           and not exists (select from ebb.membership m where m.team_id = g.team_id and m.person_id = p_person_id and m.is_active)
        union all
        select m.team_id, m.department_id, t.team_name, false from ebb.membership m join ebb.team t on t.team_id = m.team_id
         where m.person_id = p_person_id and m.provider_id = p_provider.provider_id and m.is_active
           and not exists (select from ebb.provider_group g where g.provider_id = p_provider.provider_id and g.team_id = m.team_id and g.group_name = any (p_groups))
        order by 1
    loop
        if r.is_given then
            insert into ebb.membership (team_id, person_id, department_id, provider_id) values (r.team_id, p_person_id, r.department_id, p_provider.provider_id)
            on conflict (team_id, person_id) do update set is_active = true, provider_id = excluded.provider_id;
        else
            update ebb.membership m set is_active = false where m.team_id = r.team_id and m.person_id = p_person_id and m.provider_id = p_provider.provider_id;
        end if;
        perform fn.audit_add(r.department_id, 'team.member', 'team', r.team_name, null,
                             jsonb_build_object('person_id', p_person_id, 'is_active', r.is_given, 'provider_code', p_provider.provider_code));
        v_changed := v_changed || jsonb_build_object('team_id', r.team_id, 'is_given', r.is_given);
    end loop;
    return v_changed;
end $$;
comment on function fn.identity_teams(ebb.provider, int, text[]) is 'Puts a person into the teams of their groups at a provider and takes them out of those it put them into before and no longer says. Returns what changed.';

create or replace function fn.identity_groups(p_provider ebb.provider, p_person_id int, p_facts jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    -- Not said is none: whoever lost all groups is often told of without the claim.
    v_groups constant text[] := array(select x.value #>> '{}' from jsonb_array_elements(case jsonb_typeof(p_facts -> 'groups') when 'array' then p_facts -> 'groups' else '[]' end) x
                                       where jsonb_typeof(x.value) = 'string');
begin
    update ebb.identity i set last_used_at = fn.now() where i.provider_id = p_provider.provider_id and i.person_id = p_person_id;
    return fn.identity_roles(p_provider, p_person_id, v_groups) || fn.identity_teams(p_provider, p_person_id, v_groups);
end $$;
comment on function fn.identity_groups(ebb.provider, int, jsonb) is 'What a provider''s groups give and take, at a sign-in or a sync; notes that the account was used. Returns what changed.';

create or replace function fn.identity_proved(p_provider_id int, p_facts json, p_network text, out person_id int, out reason text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider ebb.provider;
begin
    perform fn.door_must();
    select * into v_provider from ebb.provider p where p.provider_id = p_provider_id and p.is_active for share;
    if not found then
        reason := 'provider';
    else
        select x.person_id, x.reason into person_id, reason from fn.identity_person(v_provider, p_facts::jsonb) x;
    end if;
    if reason is null then
        perform fn.identity_groups(v_provider, person_id, p_facts::jsonb);
    else
        perform fn.audit_add(null, 'session.refused', 'provider', coalesce(v_provider.provider_code, 'unknown'), null, jsonb_build_object('reason', reason, 'network', p_network));
    end if;
end $$;
comment on function fn.identity_proved(int, json, text) is 'The person for whom an active provider has vouched, with their groups brought up to date; else NULL and why, noted in the audit without who it said to be. It does not raise: a note that a refusal takes back would be none.';
grant execute on function fn.identity_proved(int, json, text) to ebb_api;
