-- SPDX-License-Identifier: Apache-2.0
-- Rules of keeping over the API: read by the desk, set by those who manage privacy.

drop view if exists api.retention_rule;
create view api.retention_rule as
select r.version, r.retention_rule_id, r.department_id, r.retention_kind, k.retention_text, r.keep_days, k.least_days, r.is_active, r.changed_at, r.last_run_at, r.last_count
  from ebb.retention_rule r join ebb.retention_kind k on k.retention_kind = r.retention_kind;
comment on view api.retention_rule is 'How long a department keeps something.';
do $$ begin perform fn.copy_comments('api.retention_rule', '{ebb.retention_rule,ebb.retention_kind}'); end $$;

create or replace function api.retention_rule_list(p_args json)
returns table (version int, retention_rule_id int, department_id int, retention_kind text, retention_text text, keep_days int, least_days int, is_active boolean, changed_at timestamptz,
               last_run_at timestamptz, last_count bigint, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant int := coalesce(fn.cursor_int(p_args), 0);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select v.*, v.retention_rule_id::text from api.retention_rule v
         where v.retention_rule_id > v_after and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
         order by v.retention_rule_id limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.retention_rule_list(json) is 'How long the departments whose desk I read keep what; what has no rule is kept.';
grant execute on function api.retention_rule_list(json) to ebb_app;

create or replace function api.retention_rule_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply jsonb;
begin
    perform fn.must('desk.read');
    select to_jsonb(v) into v_reply from api.retention_rule v where v.retention_rule_id = (p_args ->> 'retention_rule_id')::int;
    if v_reply is null then
        perform fn.fail(404, '/retention_rule_id', 'There is no such rule, or you may not see it.');
    end if;
    return fn.headed(v_reply, 'version', 'retention_rule_id');
end $$;
comment on function api.retention_rule_get(json) is 'One rule.';
grant execute on function api.retention_rule_get(json) to ebb_app;

create or replace function api.retention_rule_add(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id constant int := (p_args ->> 'department_id')::int;
    v_rule_id int;
begin
    perform fn.must('privacy.manage', v_department_id);
    if exists (select from ebb.retention_rule r where r.department_id = v_department_id and r.retention_kind = p_args ->> 'retention_kind') then
        perform fn.fail(409, '/retention_kind', 'The department has a rule for this.', 'Change that one.');
    end if;
    v_rule_id := fn.retention_put(v_department_id, p_args ->> 'retention_kind', (p_args ->> 'keep_days')::int, true, null);
    return api.retention_rule_get(json_build_object('retention_rule_id', v_rule_id));
end $$;
comment on function api.retention_rule_add(json) is 'Says how long a department keeps something, by those with the right privacy.manage there. What is older goes within minutes.';
grant execute on function api.retention_rule_add(json) to ebb_app;

create or replace function api.retention_rule_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_rule json;
begin
    perform fn.must('privacy.manage');
    v_rule := api.retention_rule_get(p_args);
    perform fn.must('privacy.manage', (v_rule ->> 'department_id')::int);
    perform fn.retention_put((v_rule ->> 'department_id')::int, v_rule ->> 'retention_kind', (p_args ->> 'keep_days')::int, (p_args ->> 'is_active')::boolean, (p_args ->> 'if_match')::int);
    return api.retention_rule_get(p_args);
end $$;
comment on function api.retention_rule_change(json) is 'Changes a rule (merge patch); an inactive one lets nothing go.';
grant execute on function api.retention_rule_change(json) to ebb_app;
