-- SPDX-License-Identifier: Apache-2.0
-- Helpers of the SQL tests: be a person of the fixture, call the api, try something as a database role.
create schema if not exists t;

create or replace function t.hash(p_word text) returns text language sql
as $$ select encode(sha256(convert_to('ebb_' || rpad(p_word, 43, '0'), 'UTF8')), 'hex') $$;

-- From here on the presented token is this person's (none for NULL).
create or replace function t.be(p_word text) returns void language plpgsql
as $$ begin perform set_config('ebb.token', coalesce(t.hash(p_word), ''), false); end $$;

-- Calls api.<fn> and returns its object; lists come as an array of rows.
create or replace function t.call(p_fn text, p_args json) returns json language plpgsql
as $$
declare
    v_reply json;
begin
    if p_fn ~ '_(list|history|incidents)$' then
        execute format('select coalesce(json_agg(row_to_json(x)), ''[]'') from api.%I($1) x', p_fn) into v_reply using ('{"limit": 200}'::jsonb || p_args::jsonb)::json;
    else
        execute format('select api.%I($1)', p_fn) into v_reply using p_args;
    end if;
    return v_reply;
end $$;

create or replace function t.call_as(p_word text, p_fn text, p_args json) returns json language plpgsql
as $$ begin perform t.be(p_word); return t.call(p_fn, p_args); end $$;

-- SQLSTATE of an api call, or 'ok'.
create or replace function t.refusal(p_word text, p_fn text, p_args json) returns text language plpgsql
as $$
begin
    perform t.be(p_word);
    perform t.call(p_fn, p_args);
    return 'ok';
exception when others then return sqlstate;
end $$;

-- What a database role gets for a statement: 'N rows', or the SQLSTATE of the refusal. Nothing of it stays.
create or replace function t.tries(p_role text, p_sql text) returns text language plpgsql
as $$
declare
    v_rows bigint;
    v_result text;
begin
    begin
        perform set_config('role', p_role, true);
        execute p_sql;
        get diagnostics v_rows = row_count;
        set constraints all immediate;
        v_result := v_rows || ' rows';
        raise exception using errcode = 'ZZ001', message = v_result;
    exception
        when sqlstate 'ZZ001' then return v_result;
        when others then return sqlstate;
    end;
end $$;

create or replace function t.open(p_word text, p_service_id int default 51) returns bigint language plpgsql
as $$ begin return t.call_as(p_word, 'ticket_open', json_build_object('subject', 'Something is wrong', 'service_id', p_service_id)) ->> 'ticket_id'; end $$;

create or replace function t.ticket(p_ticket_id bigint) returns ebb.ticket language sql
as $$ select t from ebb.ticket t where t.ticket_id = p_ticket_id $$;
