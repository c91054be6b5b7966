-- SPDX-License-Identifier: Apache-2.0
-- Sign-ins by a provider: which are offered, which directory an address is asked at, and those under way in a browser.

create or replace function fn.provider_offer(p_has_proxy boolean) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select json_build_object('items', coalesce(json_agg(json_build_object('provider_id', p.provider_id, 'provider_code', p.provider_code, 'provider_name', p.provider_name, 'provider_kind', p.provider_kind,
                       'begin_url', case p.provider_kind when 'oidc' then format('/api/v1/session/oidc/%s/begin', p.provider_id) when 'proxy' then '/api/v1/session/proxy' end) order by p.provider_name, p.provider_id), '[]'))
              from ebb.provider p where p.is_active and (p.provider_kind <> 'proxy' or p_has_proxy));
end $$;
comment on function fn.provider_offer(boolean) is 'Ways to sign in besides an account of the desk''s own, a proxy only where one has spoken: {items: [{provider_id, provider_code, provider_name, provider_kind, begin_url}]}.';
grant execute on function fn.provider_offer(boolean) to ebb_api;

create or replace function fn.provider_for(p_kind text, p_id int, p_code text) returns jsonb
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider ebb.provider;
begin
    perform fn.door_must();
    select * into v_provider from ebb.provider p where p.is_active and p.provider_kind = p_kind and (p.provider_id = p_id or p.provider_code = p_code);
    return case when found then fn.provider_conf(v_provider) end;
end $$;
comment on function fn.provider_for(text, int, text) is 'How an active provider of the kind, named by number or by code, is asked; NULL when there is none.';
grant execute on function fn.provider_for(text, int, text) to ebb_api;

create or replace function fn.provider_directory(p_email text, p_code text, out is_meant boolean, out conf jsonb)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_provider ebb.provider;
    v_only ebb.provider;
    v_has_password boolean;
begin
    perform fn.door_must();
    if p_code is not null then
        -- Another kind of provider is no directory; whoever asks for it so gets nothing else instead.
        select * into v_provider from ebb.provider p where p.is_active and p.provider_kind = 'ldap' and p.provider_code = p_code;
        is_meant := v_provider.provider_id is not null;
    else
        select exists (select from ebb.person x join ebb.password w on w.person_id = x.person_id where x.email = lower(p_email)) into v_has_password;
        select p.* into v_provider from ebb.person x join ebb.identity i on i.person_id = x.person_id join ebb.provider p on p.provider_id = i.provider_id
         where x.email = lower(p_email) and p.is_active and p.provider_kind = 'ldap' order by i.last_used_at desc nulls last limit 1;
        if (select count(*) = 1 from ebb.provider p where p.is_active and p.provider_kind = 'ldap') then
            select * into v_only from ebb.provider p where p.is_active and p.provider_kind = 'ldap';
        end if;
        is_meant := not v_has_password and coalesce(v_provider.provider_id, v_only.provider_id) is not null;
        if v_provider.provider_id is null then
            v_provider := v_only;
        end if;
    end if;
    conf := case when v_provider.provider_id is not null then fn.provider_conf(v_provider) end;
end $$;
comment on function fn.provider_directory(text, text) is 'The directory that knows an address: the one named, else the one the person has an account at, else the only one. is_meant false: the address has a pass-phrase here, and the directory is asked only so that it takes as long as for all others.';
grant execute on function fn.provider_directory(text, text) to ebb_api;

create or replace function fn.oidc_begin(p_args json) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.door_must();
    delete from ebb.oidc_request r where r.expires_at < fn.now();
    insert into ebb.oidc_request (state_hash, provider_id, nonce, verifier, binding_hash, expires_at)
    select p_args ->> 'state_hash', p.provider_id, p_args ->> 'nonce', p_args ->> 'verifier', p_args ->> 'binding_hash', fn.now() + interval '10 minutes'
      from ebb.provider p where p.provider_id = (p_args ->> 'provider_id')::int and p.is_active and p.provider_kind = 'oidc';
end $$;
comment on function fn.oidc_begin(json) is 'Keeps what a sign-in at an OpenID provider has to come back with, for ten minutes.';
grant execute on function fn.oidc_begin(json) to ebb_api;

create or replace function fn.oidc_take(p_args json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_request ebb.oidc_request;
begin
    perform fn.door_must();
    delete from ebb.oidc_request r
     where r.state_hash = p_args ->> 'state_hash' and r.provider_id = (p_args ->> 'provider_id')::int and r.binding_hash = p_args ->> 'binding_hash'
    returning * into v_request;
    if v_request.state_hash is null or v_request.expires_at < fn.now() then
        return null;
    end if;
    return json_build_object('nonce', v_request.nonce, 'verifier', v_request.verifier);
end $$;
comment on function fn.oidc_take(json) is 'Takes a sign-in under way {provider_id, state_hash, binding_hash} out, once; NULL when there is none, it took too long, or another browser began it.';
grant execute on function fn.oidc_take(json) to ebb_api;

create or replace function fn.provider_sync_one(p_provider ebb.provider, p_facts jsonb) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_found record;
    v_before constant int := (select i.person_id from ebb.identity i where i.provider_id = p_provider.provider_id and i.subject = p_facts ->> 'subject');
    v_changes jsonb;
    v_name constant text := left(nullif(btrim(p_facts ->> 'name'), ''), 200);
    v_is_renamed boolean := false;
begin
    select * into v_found from fn.identity_person(p_provider, p_facts);
    if v_found.person_id is null then
        return jsonb_build_object('outcome', 'skipped', 'reason', v_found.reason);
    end if;
    v_changes := fn.identity_groups(p_provider, v_found.person_id, p_facts);
    if p_provider.may_create and v_name is not null then
        update ebb.person x set person_name = v_name where x.person_id = v_found.person_id and x.person_name <> v_name;
        v_is_renamed := found;
    end if;
    return jsonb_build_object('outcome', case when v_before is null then 'bound' when v_changes <> '[]' or v_is_renamed then 'changed' else 'same' end, 'changes', v_changes);
end $$;
comment on function fn.provider_sync_one(ebb.provider, jsonb) is 'Brings one person up to date with a directory: bound or made as at a sign-in, renamed where it may make persons, with the roles and teams of their groups.';

create or replace function fn.identity_needs(p_args json, out person_id int, out person_name text, out totp text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    select x.person_id into person_id from fn.identity_proved((p_args ->> 'provider_id')::int, p_args -> 'facts', p_args ->> 'network') x;
    if person_id is not null then
        select p.person_name, c.sealed_secret into person_name, totp from ebb.person p left join ebb.totp c on c.person_id = p.person_id where p.person_id = identity_needs.person_id;
    end if;
end $$;
comment on function fn.identity_needs(json) is 'The person whom a directory knows by {provider_id, facts}, and the sealed secret of the one-time codes that are asked for besides; NULL for nobody.';
grant execute on function fn.identity_needs(json) to ebb_api;
