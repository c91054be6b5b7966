-- SPDX-License-Identifier: Apache-2.0
-- Tokens in use, kept answers, gauges, and the catalogue of the API.

drop function if exists fn.token_use(text);
create or replace function fn.token_use(p_token text, p_is_change boolean) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_token record;
begin
    select l.person_id, l.scopes, t.last_used_at into v_token from fn.live_token l join ebb.token t on t.token_hash = l.token_hash;
    if p_is_change and v_token.scopes is not null and not v_token.scopes && '{write,configure}'::text[] then
        perform fn.fail(403, null, 'This token may only read.', 'Use one whose scope includes write or configure.');
    end if;
    if v_token.person_id is not null and coalesce(v_token.last_used_at, '-infinity') < clock_timestamp() - interval '1 minute' then
        -- Another request of the same person may be noting it just now; then there is nothing to add.
        perform from ebb.token t where t.token_hash = p_token for update skip locked;
        if found then
            update ebb.token t set last_used_at = clock_timestamp() where t.token_hash = p_token;
        end if;
    end if;
    return v_token.person_id;
end $$;
comment on function fn.token_use(text, boolean) is 'Person of the presented token, whose hash it is given again, or NULL when it is not live; refuses a change by a token that only reads, and notes the use at most once a minute.';
grant execute on function fn.token_use(text, boolean) to ebb_api;

create or replace function fn.idempotency_begin(p_person_id int, p_key text, p_request_hash text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_kept ebb.idempotency;
begin
    if not pg_try_advisory_xact_lock(7305, hashtext(p_person_id || ' ' || p_key)) then
        perform fn.fail(409, null, 'A request with this Idempotency-Key is running.', 'Wait for its answer, or send the request again in a moment.');
    end if;
    select * into v_kept from ebb.idempotency i where i.person_id = p_person_id and i.idempotency_key = p_key and i.created_at > clock_timestamp() - interval '24 hours';
    if found and v_kept.request_hash <> p_request_hash then
        perform fn.fail(422, null, 'This Idempotency-Key was used for another request.', 'Use a new key for each new request.');
    elsif found then
        raise exception using errcode = 'ZE200', message = v_kept.reply_status::text, detail = v_kept.reply_body;
    end if;
end $$;
comment on function fn.idempotency_begin(int, text, text) is 'Answers a repeated request (SQLSTATE ZE200: message is the kept status, detail the kept body), refuses a key in use or used for another request.';
grant execute on function fn.idempotency_begin(int, text, text) to ebb_api;

create or replace function fn.idempotency_keep(p_status int, p_body text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    insert into ebb.idempotency (person_id, idempotency_key, request_hash, reply_status, reply_body, created_at)
    values (fn.person(), current_setting('ebb.key'), current_setting('ebb.key_hash'), p_status, p_body, clock_timestamp())
    on conflict (person_id, idempotency_key) do update
       set request_hash = excluded.request_hash, reply_status = excluded.reply_status, reply_body = excluded.reply_body, created_at = excluded.created_at;
end $$;
comment on function fn.idempotency_keep(int, text) is 'Keeps an answer for 24 hours, in the transaction of its write.';
grant execute on function fn.idempotency_keep(int, text) to ebb_api;

create or replace function fn.desk_metrics() returns table (name text, labels text, value numeric)
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select 'ebb_outbox_pending', '', count(*)::numeric from ebb.outbox o where o.done_at is null
    union all
    select 'ebb_outbox_oldest_seconds', '', coalesce(extract(epoch from clock_timestamp() - min(o.created_at)), 0) from ebb.outbox o where o.done_at is null
    union all
    select 'ebb_mail_pending', '', count(*)::numeric from ebb.mail m where m.done_at is null and m.given_up_at is null
    union all
    select 'ebb_mail_oldest_seconds', '', coalesce(extract(epoch from clock_timestamp() - min(m.due_at)), 0) from ebb.mail m where m.done_at is null and m.given_up_at is null
    union all
    select 'ebb_sla_timer_lag_seconds', '', coalesce(extract(epoch from clock_timestamp() - min(c.due_at)), 0)
      from ebb.sla_clock c where c.stopped_at is null and c.breach_noted_at is null and not c.is_cancelled and c.due_at < clock_timestamp()
    union all
    select 'ebb_schema_number', '', max(m.no)::numeric from ebb.migration m
$$;
comment on function fn.desk_metrics() is 'Gauges of the database in Prometheus'' naming; no label names a person or a ticket.';
grant execute on function fn.desk_metrics() to ebb_api;

create or replace function fn.schema_type(p_type oid) returns jsonb
language sql stable set search_path = pg_catalog, pg_temp
as $$
    select case
        when p_type in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) then '{"type": ["integer", "null"]}'::jsonb
        when p_type in ('numeric'::regtype, 'float8'::regtype) then '{"type": ["number", "null"]}'
        when p_type = 'bool'::regtype then '{"type": ["boolean", "null"]}'
        when p_type = 'timestamptz'::regtype then '{"type": ["string", "null"], "format": "date-time"}'
        when p_type = 'date'::regtype then '{"type": ["string", "null"], "format": "date"}'
        when p_type in ('json'::regtype, 'jsonb'::regtype) then '{}'
        else '{"type": ["string", "null"]}' end
$$;
comment on function fn.schema_type(oid) is 'JSON Schema of a column type as the encoder writes it.';

create or replace function fn.api_catalogue() returns json
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select json_build_object(
        'functions', (select json_object_agg(p.proname, obj_description(p.oid, 'pg_proc') order by p.proname)
                        from pg_proc p where p.pronamespace = 'api'::regnamespace),
        'schemas', (select json_object_agg(v.schema_name, json_build_object(
                               'type', 'object', 'description', obj_description(v.relation, 'pg_class'),
                               'properties', (select json_object_agg(a.attname,
                                                  fn.schema_type(a.atttypid) || jsonb_strip_nulls(jsonb_build_object('description', col_description(a.attrelid, a.attnum)))
                                                  order by a.attnum)
                                                from pg_attribute a where a.attrelid = v.relation and a.attnum > 0 and not a.attisdropped and a.attname <> '_cursor'))
                                           order by v.schema_name)
                      from (select replace(initcap(replace(c.relname, '_', ' ')), ' ', '') as schema_name, c.oid as relation
                              from pg_class c where c.relnamespace = 'api'::regnamespace and c.relkind = 'v') v))
$$;
comment on function fn.api_catalogue() is 'Comments of the api functions, and a JSON Schema per view of schema api; the view ticket becomes the schema Ticket.';
grant execute on function fn.api_catalogue() to ebb_api;
