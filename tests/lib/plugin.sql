-- SPDX-License-Identifier: Apache-2.0
-- Helpers of the tests of plugins: install one as the operator does, have faults told, act as the courier does.
\ir act.sql

-- A plugin with a parameter of every type, as ebbctl plugin install hands it over; p_more replaces members.
create or replace function t.install(p_name text, p_more jsonb default '{}') returns int language plpgsql
as $$
declare
    v_token constant text := current_setting('ebb.token', true);
    v_id int;
begin
    perform t.be(null);
    v_id := ctl.plugin_install(json_build_object('plugin_name', p_name, 'sha256', encode(sha256(convert_to(p_name || p_more::text, 'UTF8')), 'hex'), 'processes', 2, 'description', (
        '{"version": "1.0.0", "abi": [1, 0], "licence": "Apache-2.0", "summary": "For tests.", "kinds": 7, "tick_s": 0, "needs": 0,
          "params": [{"key": "limit", "help": "How many.", "unit": "tickets", "initial": "5", "least": 1, "most": 100, "type": "integer"},
                     {"key": "sender", "help": "Whose words.", "unit": null, "initial": null, "least": 2, "most": 10, "type": "text"},
                     {"key": "is_loud", "help": "Loud or not.", "unit": null, "initial": "false", "least": 0, "most": 0, "type": "boolean"},
                     {"key": "pause_s", "help": "How long.", "unit": "s", "initial": "60", "least": 0, "most": 0, "type": "duration"},
                     {"key": "colour", "help": "Which.", "unit": "red|green", "initial": "red", "least": 0, "most": 0, "type": "choice"},
                     {"key": "api_key", "help": "The key.", "unit": null, "initial": "", "least": 0, "most": 0, "type": "secret"},
                     {"key": "rules", "help": "Rules.", "unit": null, "initial": "[]", "least": 0, "most": 0, "type": "json"}],
          "statements": [], "reports": [{"name": "digest", "title": "Digest", "formats": ["html", "csv"], "params": ["team_id", "days"]}],
          "events": ["ticket.*"], "reads": []}'::jsonb || jsonb_build_object('name', p_name) || p_more))::json) ->> 'plugin_id';
    perform set_config('ebb.token', coalesce(v_token, ''), false);
    return v_id;
end $$;

-- What a call is refused with: 'SQLSTATE pointer: sentence', a line each; 'ok' when it is not.
create or replace function t.faults(p_word text, p_fn text, p_args json) returns text language plpgsql
as $$
declare
    v_detail text;
    v_faults text;
begin
    perform t.be(p_word);
    begin
        perform t.call(p_fn, p_args);
        return 'ok';
    exception when others then
        get stacked diagnostics v_detail = pg_exception_detail;
        select string_agg(format('%s: %s', f.value ->> 'pointer', f.value ->> 'detail'), E'\n' order by f.ordinality) into v_faults
          from jsonb_array_elements(case when v_detail like '[%' then v_detail::jsonb else '[]' end) with ordinality f;
        return sqlstate || ' ' || coalesce(v_faults, sqlerrm);
    end;
end $$;

-- Enabled for a department past all doors, so that a test needs no more than it is about.
create or replace function t.enable(p_plugin_id int, p_department_id int, p_mode text default 'act', p_position int default 100, p_confidence numeric default 0.5) returns void language sql
as $$
    insert into ebb.plugin_department (plugin_id, department_id, is_enabled, mode, "position", min_confidence, config)
    values (p_plugin_id, p_department_id, true, p_mode, p_position, p_confidence, '{"sender": "abc"}')
        on conflict (plugin_id, department_id) do update set is_enabled = true, mode = excluded.mode, "position" = excluded."position", min_confidence = excluded.min_confidence
$$;
grant usage on schema t to public;

-- Runs one statement in a session of that log-in, with the present token, and returns its first value as text, or the SQLSTATE.
create or replace function t.session(p_login text, p_sql text) returns text language plpgsql
as $$
declare
    v_user constant text := session_user;
    v_value text;
begin
    perform set_config('session_authorization', p_login, true);
    begin
        execute p_sql into v_value;
    exception when others then
        v_value := sqlstate;
    end;
    perform set_config('session_authorization', v_user, true);
    return v_value;
end $$;

-- The same as the courier, for whom nobody has signed in: what it may, and as whom it acts, goes by the log-in.
create or replace function t.courier(p_sql text) returns text language plpgsql
as $$
declare
    v_user constant text := session_user;
    v_token constant text := current_setting('ebb.token', true);
    v_value text;
begin
    perform t.be(null);
    perform set_config('session_authorization', 'ebb_courier', true);
    execute p_sql into v_value;
    perform set_config('session_authorization', v_user, true), set_config('ebb.token', coalesce(v_token, ''), false);
    return v_value;
end $$;

-- A plugin answers an event of a ticket with these actions: what became of each, a line each.
create or replace function t.act(p_plugin_id int, p_ticket_id bigint, p_actions jsonb, p_department_id int default 1) returns text language plpgsql
as $$
declare
    v_event_id bigint;
    v_run_id constant bigint := coalesce((select max(r.plugin_run_id) from ebb.plugin_run r), 0);
begin
    insert into ebb.plugin_delivery (plugin_id, department_id, ticket_id, seq, event_name, created_at, next_at, attempts)
    values (p_plugin_id, p_department_id, p_ticket_id, 1, 'ticket.opened', now(), now(), 1) returning plugin_delivery_id into v_event_id;
    perform t.courier(format('select ctl.plugin_done(%L)', json_build_object('plugin_id', p_plugin_id, 'department_id', p_department_id, 'results', json_build_array(
        json_build_object('event_id', v_event_id, 'result', 'ok', 'duration_us', 1500, 'actions', p_actions)))));
    return (select string_agg(concat_ws(' ', a.action_kind, a.outcome, a.sentence), E'\n' order by a.plugin_run_id, a."position") from ebb.plugin_action a where a.plugin_run_id > v_run_id);
end $$;

create or replace function t.action(p_action text, p_args jsonb default '{}', p_rule text default null) returns jsonb language sql
as $$ select jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('action', p_action, 'args', p_args, 'rule', p_rule, 'rule_version', case when p_rule is not null then 1 end,
                                                                    'explanation', 'Because.', 'inputs', jsonb_build_object('seen', 'this')))) $$;
