-- SPDX-License-Identifier: Apache-2.0
-- The frame of every request: who enters, which answer is kept, and what the worker needs to know of this database.

create or replace function api.enter(p_token text, p_request_id text, p_read_only boolean, p_key text, p_request_hash text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
begin
    perform set_config('ebb.token', coalesce(p_token, ''), true), set_config('ebb.request', coalesce(p_request_id, ''), true),
            set_config('ebb.key', coalesce(p_key, ''), true), set_config('ebb.key_hash', coalesce(p_request_hash, ''), true);
    v_person_id := fn.token_use(p_token, not p_read_only);
    if v_person_id is null then
        perform fn.fail(401, null, 'You are not signed in, or your session or token has ended.', 'Sign in, or send a valid token in the Authorization header.');
    end if;
    if p_read_only then
        perform set_config('transaction_read_only', 'on', true);
    elsif p_key is not null then
        perform fn.idempotency_begin(v_person_id, p_key, p_request_hash);
    end if;
end $$;
comment on function api.enter(text, text, boolean, text, text) is 'First statement of every request: keeps the hash of the presented token for this transaction only, refuses without a live token, answers a repeated Idempotency-Key, and makes a read read-only. It RAISES when it refuses, so that nothing after it runs.';
grant execute on function api.enter(text, text, boolean, text, text) to ebb_app, ebb_session;

create or replace function api.keep(p_reply json, p_status int) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if coalesce(current_setting('ebb.key', true), '') <> '' then
        perform fn.idempotency_keep(p_status, p_reply::text);
    end if;
    return p_reply;
end $$;
comment on function api.keep(json, int) is 'Keeps the reply of a write under the request''s Idempotency-Key, if it has one, in the same transaction, and returns it. Needs no right: without api.enter there is no key.';
grant execute on function api.keep(json, int) to ebb_app, ebb_session;

create or replace function api.ready() returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return ctl.contract_ready();
end $$;
comment on function api.ready() is 'Schema number, whether the database takes writes, and the outbox''s age. Open to anyone: it tells nothing of any department.';
grant execute on function api.ready() to ebb_app;

create or replace function api.metrics() returns table (name text, labels text, value numeric)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select m.name, m.labels, m.value from fn.desk_metrics() m;
end $$;
comment on function api.metrics() is 'Gauges of the database for /api/metrics. Open to anyone behind nginx''s fence; counts only.';
grant execute on function api.metrics() to ebb_app;

create or replace function api.catalogue() returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return fn.api_catalogue();
end $$;
comment on function api.catalogue() is 'What the OpenAPI document takes from the database: comments of the api functions, and the schemas of what they return. Open to anyone.';
grant execute on function api.catalogue() to ebb_app;
