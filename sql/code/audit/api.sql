-- SPDX-License-Identifier: Apache-2.0
-- The audit: list.

drop view if exists api.audit_entry;
create view api.audit_entry as
select a.audit_id, a.occurred_at, a.department_id, a.actor_kind, a.actor_id, p.person_name as actor_name, a.action, a.object_kind, a.object_ref,
       fn.audit_shown(a.before_values) as before_values, fn.audit_shown(a.after_values) as after_values, a.request_id, l.chain_no, l.row_hash
  from ebb.audit a
  left join ebb.audit_link l on l.audit_id = a.audit_id
  left join fn.person_label p on p.person_id = a.actor_id;
comment on view api.audit_entry is 'What somebody did to the desk''s configuration, its people and their rights; what was refused, and what was taken out.';
comment on column api.audit_entry.actor_name is 'Name of who did it; NULL for the operator at the host and for the desk itself.';
do $$ begin perform fn.copy_comments('api.audit_entry', '{ebb.audit,ebb.audit_link}'); end $$;

drop function if exists api.audit_list(json);
create function api.audit_list(p_args json)
returns table (audit_id bigint, occurred_at timestamptz, department_id int, actor_kind text, actor_id int, actor_name text, action text, object_kind text, object_ref text,
               before_values jsonb, after_values jsonb, request_id text, chain_no bigint, row_hash text, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before constant bigint := coalesce(fn.cursor_int(p_args), 9223372036854775807);
begin
    perform fn.must(case when p_args ->> 'department_id' is null and fn.audit_of_desk() then 'any' else 'audit.read' end, (p_args ->> 'department_id')::int);
    return query
        select v.*, v.audit_id::text from api.audit_entry v
         where v.audit_id < v_before
           and (p_args ->> 'department_id' is null or v.department_id = (p_args ->> 'department_id')::int)
           and (p_args ->> 'object_kind' is null or v.object_kind = p_args ->> 'object_kind')
           and (p_args ->> 'object_ref' is null or v.object_ref = p_args ->> 'object_ref')
           and (p_args ->> 'action' is null or v.action = p_args ->> 'action')
           and (p_args ->> 'actor_id' is null or v.actor_id = (p_args ->> 'actor_id')::int)
           and (p_args ->> 'since' is null or v.occurred_at >= (p_args ->> 'since')::timestamptz)
           and (p_args ->> 'until' is null or v.occurred_at < (p_args ->> 'until')::timestamptz)
         order by v.audit_id desc limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.audit_list(json) is 'What was done, refused and taken out, the latest first: of departments where the person has the right audit.read (administrators and auditors), and of the whole desk. As CSV it is an export, and stands in the audit itself.';
grant execute on function api.audit_list(json) to ebb_app;
