-- SPDX-License-Identifier: Apache-2.0
-- Providers: what can be set of each kind, and the one rule that makes and changes them.

create or replace view fn.provider_setting as
select s.kind, s.name, s.is_needed, s.pattern, s.default_value, s.meaning
  from (values
    ('oidc', 'issuer', true, '^(https://[^/?#@[:space:]]+|http://(127\.0\.0\.1|localhost|\[::1\]))(:[0-9]+)?(/[^?#[:space:]]*)?$', null, 'Address of the provider, exactly as it calls itself (issuer); below it lies .well-known/openid-configuration'),
    ('oidc', 'client_id', true, '^[^[:cntrl:]]{1,255}$', null, 'Name of this desk at the provider'),
    ('oidc', 'token_auth', false, '^(basic|post|none)$', 'basic', 'How the client secret is shown: basic (in the header), post (in the body), none (a client without one)'),
    ('oidc', 'scopes', false, '^openid( [!-~]+)*$', 'openid profile email', 'Scopes that are asked for; the first is openid'),
    ('oidc', 'groups_claim', false, '^[!-~]{1,100}$', 'groups', 'Claim in which the groups are'),
    ('oidc', 'through', false, '^https?://[^@[:space:]]+$', '', 'Forward proxy by which the provider is reached'),
    ('oidc', 'ca_file', false, '^/[^[:cntrl:]]+$', '', 'File of the certificates to believe instead of the system''s'),
    ('ldap', 'url', true, '^ldaps?://[^/?#@[:space:]]+/?$', null, 'Address of the directory: ldap:// (StartTLS comes before anything else) or ldaps://'),
    ('ldap', 'ca_file', false, '^/[^[:cntrl:]]+$', '', 'File of the certificates to believe instead of the system''s'),
    ('ldap', 'base_dn', true, '^[^[:cntrl:]]+=[^[:cntrl:]]+$', null, 'Where people are'),
    ('ldap', 'bind_dn', false, '^[^[:cntrl:]]+=[^[:cntrl:]]+$', '', 'Account that searches; its pass-phrase is the secret'),
    ('ldap', 'user_filter', false, '^\(.*\{login\}.*\)$', '(&(objectClass=person)(mail={login}))', 'Which person signs in as {login}'),
    ('ldap', 'user_dn', false, '^[^[:cntrl:]]*\{login\}[^[:cntrl:]]*$', '', 'Instead of a search: the form of people''s DNs, such as uid={login},ou=people,dc=example,dc=org'),
    ('ldap', 'people_filter', false, '^\(.*\)$', '(objectClass=person)', 'Everybody, for ebbctl provider sync'),
    ('ldap', 'subject_attribute', false, '^[A-Za-z][A-Za-z0-9;-]*$', 'entryUUID', 'Attribute that never changes; objectGUID in Active Directory'),
    ('ldap', 'name_attribute', false, '^[A-Za-z][A-Za-z0-9;-]*$', 'cn', 'Attribute with the name'),
    ('ldap', 'email_attribute', false, '^[A-Za-z][A-Za-z0-9;-]*$', 'mail', 'Attribute with the address'),
    ('ldap', 'group_base_dn', false, '^[^[:cntrl:]]+=[^[:cntrl:]]+$', '', 'Where groups are, if not below base_dn'),
    ('ldap', 'group_filter', false, '^\(.*\{dn\}.*\)$', '', 'Groups of the person with the DN {dn}, such as (member={dn})'),
    ('ldap', 'group_attribute', false, '^[A-Za-z][A-Za-z0-9;-]*$', 'cn', 'Attribute with the name of a group'),
    ('ldap', 'member_of_attribute', false, '^[A-Za-z][A-Za-z0-9;-]*$', '', 'Instead of group_filter: attribute of people that lists the DNs of their groups, such as memberOf'),
    ('proxy', 'subject_is_email', false, '^(true|false)$', 'false', 'true: what the proxy says is an address'))
    as s (kind, name, is_needed, pattern, default_value, meaning);
comment on view fn.provider_setting is 'What can be set of a provider, by kind: its name, whether it is needed, the form of its value, what holds without it, and its meaning. All values are texts.';

create or replace function fn.provider_check(p_kind text, p_settings jsonb) returns void
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_bad record;
begin
    select k.name into v_bad from jsonb_object_keys(p_settings) k (name)
     where not exists (select from fn.provider_setting s where s.kind = p_kind and s.name = k.name) limit 1;
    if found then
        perform fn.fail(422, '/settings/' || v_bad.name, format('A provider of kind %s has no setting "%s".', p_kind, v_bad.name),
                        'There are ' || (select string_agg(s.name, ', ') from fn.provider_setting s where s.kind = p_kind) || '.');
    end if;
    select s.* into v_bad from fn.provider_setting s where s.kind = p_kind and s.is_needed and p_settings ->> s.name is null limit 1;
    if found then
        perform fn.fail(422, '/settings/' || v_bad.name, format('A provider of kind %s needs the setting "%s".', p_kind, v_bad.name), v_bad.meaning || '.');
    end if;
    select s.* into v_bad from fn.provider_setting s
     where s.kind = p_kind and p_settings ? s.name
       and (jsonb_typeof(p_settings -> s.name) <> 'string' or length(p_settings ->> s.name) > 1000 or p_settings ->> s.name !~ s.pattern) limit 1;
    if found then
        perform fn.fail(422, '/settings/' || v_bad.name, format('The setting "%s" is not acceptable.', v_bad.name), v_bad.meaning || '.');
    end if;
end $$;
comment on function fn.provider_check(text, jsonb) is 'Refuses settings that the kind of provider does not have, lacks, or cannot read.';

create or replace function fn.provider_conf(p_provider ebb.provider) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return jsonb_build_object('provider_id', p_provider.provider_id, 'version', p_provider.version, 'provider_kind', p_provider.provider_kind, 'provider_code', p_provider.provider_code,
                              'provider_name', p_provider.provider_name, 'sealed_secret', p_provider.sealed_secret,
                              'settings', (select coalesce(jsonb_object_agg(s.name, coalesce(p_provider.settings ->> s.name, s.default_value)), '{}')
                                             from fn.provider_setting s where s.kind = p_provider.provider_kind));
end $$;
comment on function fn.provider_conf(ebb.provider) is 'A provider as whoever asks it needs it: settings with what holds where nothing was set, and the sealed secret.';

create or replace function fn.provider_named(p_code text) returns ebb.provider
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider ebb.provider;
begin
    select * into v_provider from ebb.provider p where p.provider_code = p_code;
    if not found then
        perform fn.fail(404, '/provider_code', format('There is no provider with the code "%s".', coalesce(p_code, '')), 'ebbctl provider list shows them.');
    end if;
    return v_provider;
end $$;
comment on function fn.provider_named(text) is 'The provider of that code; 404 when there is none.';

create or replace function fn.provider_department(p_code text) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := (select d.department_id from ebb.department d where d.department_code = p_code);
begin
    if p_code is not null and v_department_id is null then
        perform fn.fail(422, '/department_code', format('There is no department with the code "%s".', p_code));
    end if;
    return v_department_id;
end $$;
comment on function fn.provider_department(text) is 'Department of a code, NULL for none; refuses a code that no department has.';

create or replace function fn.provider_shown(p_provider ebb.provider) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return to_jsonb(p_provider) - 'sealed_secret' - 'provider_id'
        || jsonb_build_object('provider_id', p_provider.provider_id, 'has_secret', p_provider.sealed_secret is not null,
                              'department_code', (select d.department_code from ebb.department d where d.department_id = p_provider.department_id),
                              'identity_count', (select count(*) from ebb.identity i where i.provider_id = p_provider.provider_id),
                              'groups', (select coalesce(jsonb_agg(jsonb_build_object('group_name', g.group_name, 'department_code', d.department_code, 'role_code', g.role_code, 'team_name', t.team_name)
                                                                   order by g.group_name, d.department_code, g.role_code, t.team_name), '[]')
                                           from ebb.provider_group g join ebb.department d on d.department_id = g.department_id left join ebb.team t on t.team_id = g.team_id
                                          where g.provider_id = p_provider.provider_id));
end $$;
comment on function fn.provider_shown(ebb.provider) is 'A provider as it may be shown: without its secret, with its groups.';

create or replace function fn.provider_write(p_code text, p jsonb) returns ebb.provider
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_old ebb.provider;
    v_new ebb.provider;
    v_values constant jsonb := p - '{provider_code,settings,department_code,if_match}'::text[];
begin
    select * into v_old from ebb.provider x where x.provider_code = p_code for update;
    v_new := jsonb_populate_record(v_old, v_values - '{provider_id,version,created_at,provider_kind}'::text[]);
    v_new.provider_code := p_code;
    v_new.provider_kind := coalesce(v_old.provider_kind, p ->> 'provider_kind');
    -- A setting that is null is taken away.
    v_new.settings := jsonb_strip_nulls(coalesce(v_old.settings, '{}') || coalesce(p -> 'settings', '{}'));
    if p ? 'department_code' then
        v_new.department_id := fn.provider_department(p ->> 'department_code');
    end if;
    if v_new.provider_kind is null or v_new.provider_kind not in ('oidc', 'ldap', 'proxy') then
        perform fn.fail(422, '/provider_kind', 'A provider is of kind oidc, ldap or proxy.');
    elsif v_new.provider_code is null or v_new.provider_code !~ '^[a-z][a-z0-9_-]{0,31}$' then
        perform fn.fail(422, '/provider_code', 'A provider''s code is a short word in lower case.', 'Letters, digits, - and _, beginning with a letter.');
    elsif coalesce(v_new.may_create, false) and v_new.department_id is null then
        perform fn.fail(422, '/department_code', 'A provider that brings new persons needs the department they come to.', 'Name it by --department.');
    elsif v_new.settings -> 'issuer' <> v_old.settings -> 'issuer' and exists (select from ebb.identity i where i.provider_id = v_old.provider_id) then
        -- A subject means something at its issuer only.
        perform fn.fail(409, '/settings/issuer', 'People sign in by this issuer, so it cannot become another.', 'Make another provider for the new one, then remove this.');
    end if;
    perform fn.provider_check(v_new.provider_kind, v_new.settings);
    if v_old.provider_id is null then
        insert into ebb.provider (provider_kind, provider_code, provider_name, is_active, settings, sealed_secret, may_create, is_email_trusted, department_id)
        values (v_new.provider_kind, p_code, coalesce(v_new.provider_name, p_code), coalesce(v_new.is_active, true), v_new.settings, v_new.sealed_secret,
                coalesce(v_new.may_create, false), coalesce(v_new.is_email_trusted, false), v_new.department_id) returning * into v_new;
    else
        update ebb.provider x set version = v_old.version + 1, provider_name = v_new.provider_name, is_active = v_new.is_active, settings = v_new.settings,
               sealed_secret = v_new.sealed_secret, may_create = v_new.may_create, is_email_trusted = v_new.is_email_trusted, department_id = v_new.department_id
         where x.provider_id = v_old.provider_id returning * into v_new;
    end if;
    perform fn.audit_add(null, case when v_old.provider_id is null then 'provider.create' else 'provider.change' end, 'provider', p_code,
                         case when v_old.provider_id is not null then fn.provider_shown(v_old) - 'groups' end,
                         fn.provider_shown(v_new) - 'groups' || jsonb_build_object('is_secret_new', v_old.sealed_secret is distinct from v_new.sealed_secret));
    return v_new;
end $$;
comment on function fn.provider_write(text, jsonb) is 'Makes a provider or changes one {provider_kind, provider_name, is_active, settings, sealed_secret, may_create, is_email_trusted, department_code}: what is not named stays, a setting that is null goes. Notes it without the secret.';
