-- SPDX-License-Identifier: Apache-2.0
-- What a worker asks before it asks plugins.

create or replace function api.plugin_hooks()
returns table (plugin_id int, plugin_name text, department_id int, kinds int, "position" int, mode text, config_version int, config text, processes int)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query select * from fn.plugin_hooks();
end $$;
comment on function api.plugin_hooks() is 'Internal: the plugins in use, for a worker to keep before anybody asks; needs no right, and no route leads here; see fn.plugin_hooks().';
grant execute on function api.plugin_hooks() to ebb_app;

create or replace function api.plugin_ask(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id int;
    v_facts jsonb;
    v_input jsonb;
begin
    perform fn.must('any');
    v_department_id := fn.ticket_draft_department(p_args);
    -- What a confidential ticket is about to say is told to its team and to no plugin.
    if fn.ticket_draft_is_confidential(p_args)
       or not exists (select from fn.plugin_hooks() h where h.department_id = v_department_id and h.kinds & 1 <> 0) then
        return json_build_object('department_id', v_department_id, 'plugins', '[]'::json);
    end if;
    v_facts := fn.ticket_draft_facts(p_args);
    v_input := jsonb_build_object('department_id', v_department_id, 'ticket', v_facts);
    return json_build_object('department_id', v_department_id, 'now', fn.micros(fn.now()), 'ticket', v_facts, 'plugins', (
        select json_agg(json_build_object('plugin_id', h.plugin_id, 'plugin_name', h.plugin_name, 'rows', t.rows, 'fault', t.fault))
          from fn.plugin_hooks() h cross join lateral fn.plugin_told(h.plugin_id, v_department_id, v_input) t
         where h.department_id = v_department_id and h.kinds & 1 <> 0));
end $$;
comment on function api.plugin_ask(json) is 'Internal: what categorising plugins of the department shall be told about a ticket that is about to be opened (arguments as of ticket_open): facts and the rows of their statements.';
grant execute on function api.plugin_ask(json) to ebb_app;
