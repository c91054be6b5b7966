-- SPDX-License-Identifier: Apache-2.0
-- The door of the session workers for sign-in by a provider. They have verified what the provider says; what opens a session is
-- granted to ebb_session alone.

drop view if exists api.providers;
create view api.providers as select null::json as items;
comment on view api.providers is 'Ways to sign in besides an account of the desk''s own.';
comment on column api.providers.items is 'Array of {provider_id, provider_code, provider_name, provider_kind: oidc, ldap or proxy, begin_url: where the browser is sent, or null for a directory, whose name goes with address and pass-phrase to POST /session}.';

create or replace function api.session_providers(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.provider_offer(coalesce((p_args ->> 'has_proxy')::boolean, false));
end $$;
comment on function api.session_providers(json) is 'Ways to sign in besides an account of the desk''s own. Open to anyone.';
grant execute on function api.session_providers(json) to ebb_session;

create or replace function api.session_provider(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.provider_for(p_args ->> 'provider_kind', (p_args ->> 'provider_id')::int, p_args ->> 'provider_code')::json;
end $$;
comment on function api.session_provider(json) is 'How an active provider {provider_kind, provider_id or provider_code} is asked, its secret sealed; NULL when there is none. Needs no right: it is asked before anybody is known.';
grant execute on function api.session_provider(json) to ebb_session;

create or replace function api.session_directory(p_args json) returns table (is_meant boolean, conf json)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query select d.is_meant, d.conf::json from fn.provider_directory(p_args ->> 'email', p_args ->> 'provider') d where d.conf is not null;
end $$;
comment on function api.session_directory(json) is 'The directory that is asked for an address {email, provider}, and whether its answer counts; no row when there is none. Needs no right: it is asked before anybody is known.';
grant execute on function api.session_directory(json) to ebb_session;

create or replace function api.session_oidc_keep(p_args json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.oidc_begin(p_args);
    return json_build_object();
end $$;
comment on function api.session_oidc_keep(json) is 'Keeps what a sign-in at an OpenID provider has to come back with. Needs no right.';
grant execute on function api.session_oidc_keep(json) to ebb_session;

create or replace function api.session_oidc_take(p_args json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.oidc_take(p_args);
end $$;
comment on function api.session_oidc_take(json) is 'Takes a sign-in under way out, once: {nonce, verifier}, or NULL. Needs no right, the state is it.';
grant execute on function api.session_oidc_take(json) to ebb_session;

create or replace function api.session_vouched(p_args json) returns table (refused text, session json)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_proved record;
begin
    perform set_config('ebb.request', coalesce(p_args ->> 'request_id', ''), true);
    select * into v_proved from fn.identity_proved((p_args ->> 'provider_id')::int, p_args -> 'facts', p_args ->> 'network');
    if v_proved.person_id is null then
        return query select v_proved.reason, null::json;
        return;
    end if;
    perform fn.session_begin(v_proved.person_id, p_args ->> 'method', p_args);
    return query select null::text, api.session_get('{}');
end $$;
comment on function api.session_vouched(json) is 'Opens a session for whom an OpenID provider or a trusted proxy has vouched {provider_id, method, facts}; says otherwise why not. Needs no right, what the worker has verified is it.';
grant execute on function api.session_vouched(json) to ebb_session;

create or replace function api.session_directory_prove(p_args json) returns table (person_id int, person_name text, must_change boolean, totp text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_needs record;
begin
    perform set_config('ebb.request', coalesce(p_args ->> 'request_id', ''), true);
    select * into v_needs from fn.identity_needs(p_args);
    if v_needs.person_id is null then
        return;
    end if;
    if v_needs.totp is not null and not (p_args ->> 'has_code')::boolean then
        perform fn.guess_was_no_guess(p_args ->> 'email', p_args ->> 'network');
    end if;
    return query select v_needs.person_id, v_needs.person_name, false, v_needs.totp;
end $$;
comment on function api.session_directory_prove(json) is 'As session_prove, for whom a directory has accepted {email, provider_id, facts}. Needs no right, the directory''s word is it.';
grant execute on function api.session_directory_prove(json) to ebb_session;

create or replace function api.session_directory_open(p_args json) returns table (refused text, session json)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_needs record;
begin
    perform set_config('ebb.request', coalesce(p_args ->> 'request_id', ''), true);
    select * into v_needs from fn.identity_needs(p_args);
    if v_needs.person_id is null then
        return query select 'pass-phrase', null::json;
        return;
    elsif v_needs.totp is not null and not fn.totp_take(v_needs.person_id, p_args) then
        perform fn.session_refused(p_args ->> 'email', 'code', p_args ->> 'network');
        return query select 'code', null::json;
        return;
    end if;
    perform fn.guess_end(p_args ->> 'email', p_args ->> 'network');
    perform fn.session_begin(v_needs.person_id, 'ldap', p_args);
    return query select null::text, api.session_get('{}');
end $$;
comment on function api.session_directory_open(json) is 'As session_open, for whom a directory has accepted {email, provider_id, facts}; a code where the person has set up codes here. Needs no right, the directory''s word is it.';
grant execute on function api.session_directory_open(json) to ebb_session;
