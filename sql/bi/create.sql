-- SPDX-License-Identifier: Apache-2.0
-- Makes a role of a BI tool: run by sql/apply --bi create as a database administrator, in one transaction with the note of it. Never by
-- the desk's own roles: whoever may make roles may make one for themselves.
-- :text is {role_name, departments, email, has_text, connection_limit, statement_limit_s, verifier}; verifier is what SCRAM keeps of a
-- password, or null for a role that logs in without one (peer, certificate).
set local role ebb_ctl;
select ctl.bi_create((:'text'::jsonb - 'verifier')::json) \g /dev/null
reset role;
select set_config('ebb.bi', :'text', true) \g /dev/null

do $$
declare
    v constant json := current_setting('ebb.bi')::json;
    v_role constant text := v ->> 'role_name';
    v_limit_s constant int := v ->> 'statement_limit_s';
    v_setting text;
begin
    if exists (select from pg_catalog.pg_roles r where r.rolname = v_role) then
        raise exception 'The server has a role % already, of this or another database. Take another name.', v_role;
    end if;
    execute format('create role %I login inherit nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit %s password %L',
                   v_role, (v ->> 'connection_limit')::int, v ->> 'verifier');
    execute format('grant %I to %I', case when (v ->> 'has_text')::boolean then 'ebb_bi_text' else 'ebb_bi' end, v_role);
    -- The clock ends what runs for too long; PostgreSQL lets only members of a role do that.
    execute format('grant %I to ebb_owner', v_role);
    foreach v_setting in array array[
        'default_transaction_read_only = on', format('statement_timeout = %L', v_limit_s || 's'), format('idle_in_transaction_session_timeout = %L', v_limit_s || 's'),
        'lock_timeout = ''5s''', 'temp_file_limit = ''2GB''', 'search_path = reporting_v1, reporting_v1_text'] loop
        execute format('alter role %I set %s', v_role, v_setting);
    end loop;
    execute format('comment on role %I is %L', v_role, 'Reader of Ebb''s reporting contract in database ' || current_database() || '; made by ebbctl bi create.');
end $$;
