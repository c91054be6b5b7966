-- SPDX-License-Identifier: Apache-2.0
-- What ebbctl asks of the audit: does its chain hold, a list, an export.

create or replace function ctl.audit_verify(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_noted constant jsonb := coalesce((p -> 'noted')::jsonb, '[]');
begin
    -- Stable: all of it looks at one instant, so that a commit meanwhile is no fault.
    return (select json_build_object(
        'entry_count', (select count(*) from ebb.audit_link),
        'chain_no', (select h.chain_no from ebb.audit_head h), 'row_hash', (select h.row_hash from ebb.audit_head h),
        'kept_count', (select count(*) from ebb.audit_kept k where k.kept_text is not null), 'erased_count', (select count(*) from ebb.audit_kept k where k.kept_text is null),
        'fault_count', count(f.fault),
        'faults', coalesce(json_agg(json_build_object('fault', f.fault, 'chain_no', f.chain_no, 'audit_id', f.audit_id, 'sentence', f.sentence) order by f.n) filter (where f.n <= 100), '[]'))
      from (select x.*, row_number() over (order by x.chain_no nulls last, x.audit_id) as n
              from (select * from fn.audit_faults(v_noted) union all select * from fn.audit_kept_faults()) x) f);
end $$;
comment on function ctl.audit_verify(json) is 'Computes the chain of the audit anew {noted?: heads noted earlier} and says what does not fit, the first hundred by name; with its head, to be noted outside of the database.';
grant execute on function ctl.audit_verify(json) to ebb_ctl;

create or replace function fn.audit_found(p json) returns setof ebb.audit
language sql stable
as $$
    select a.* from ebb.audit a
     where (p ->> 'department_code' is null or a.department_id = (select d.department_id from ebb.department d where d.department_code = p ->> 'department_code'))
       and (p ->> 'action' is null or a.action = p ->> 'action' or starts_with(a.action, (p ->> 'action') || '.'))
       and (p ->> 'object_kind' is null or a.object_kind = p ->> 'object_kind')
       and (p ->> 'object_ref' is null or a.object_ref = p ->> 'object_ref')
       and (p ->> 'actor' is null or a.actor_id = (select x.person_id from ebb.person x where x.email = lower(p ->> 'actor') or x.person_id::text = p ->> 'actor'))
       and (p ->> 'since' is null or a.occurred_at >= (p ->> 'since')::timestamptz)
       and (p ->> 'until' is null or a.occurred_at < (p ->> 'until')::timestamptz)
$$;
comment on function fn.audit_found(json) is 'Audit entries by {department_code?, action? (or what it begins with), object_kind?, object_ref?, actor? (address or number), since?, until?}.';

create or replace function ctl.audit_list(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    if p ->> 'department_code' is not null and not exists (select from ebb.department d where d.department_code = p ->> 'department_code') then
        perform fn.fail(422, '/department_code', format('There is no department with the code "%s".', p ->> 'department_code'));
    end if;
    return (select coalesce(json_agg(json_build_object('chain_no', l.chain_no, 'audit_id', a.audit_id, 'occurred_at', a.occurred_at, 'department_code', d.department_code, 'actor_kind', a.actor_kind,
                                                       'actor_id', a.actor_id, 'actor_name', x.person_name, 'action', a.action, 'object_kind', a.object_kind, 'object_ref', a.object_ref,
                                                       'before_values', fn.audit_shown(a.before_values), 'after_values', fn.audit_shown(a.after_values), 'request_id', a.request_id) order by a.audit_id), '[]')
              from (select f.* from fn.audit_found(p) f order by f.audit_id desc limit coalesce((p ->> 'limit')::int, 50)) a
              left join ebb.audit_link l on l.audit_id = a.audit_id
              left join ebb.department d on d.department_id = a.department_id
              left join ebb.person x on x.person_id = a.actor_id);
end $$;
comment on function ctl.audit_list(json) is 'The latest entries of the audit that match (fn.audit_found), at most limit (50), in their order.';
grant execute on function ctl.audit_list(json) to ebb_ctl;

create or replace function ctl.audit_export(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_head constant ebb.audit_head := (select h from ebb.audit_head h);
begin
    perform fn.audit_add((select d.department_id from ebb.department d where d.department_code = p ->> 'department_code'), 'export', 'operation', 'audit_export', null,
                         jsonb_build_object('filters', p, 'through', v_head.chain_no));
    return json_build_object('chain_no', v_head.chain_no, 'row_hash', v_head.row_hash);
end $$;
comment on function ctl.audit_export(json) is 'Notes that the audit is taken out {filters} and says how far it reaches now.';
grant execute on function ctl.audit_export(json) to ebb_ctl;

create or replace function ctl.audit_page(p json)
returns table (chain_no bigint, row_hash text, audit_id bigint, occurred_at text, department_code text, actor_kind text, actor_id int, actor_name text, action text, object_kind text, object_ref text,
               before_values jsonb, after_values jsonb, request_id text, hashed_text text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return query
        select l.chain_no, l.row_hash, a.audit_id, to_char(a.occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), d.department_code, a.actor_kind, a.actor_id, x.person_name,
               a.action, a.object_kind, a.object_ref, fn.audit_shown(a.before_values), fn.audit_shown(a.after_values), a.request_id, fn.audit_text(l.chain_no, a.*::ebb.audit)
          from ebb.audit_link l
          join fn.audit_found(p) a on a.audit_id = l.audit_id
          left join ebb.department d on d.department_id = a.department_id
          left join ebb.person x on x.person_id = a.actor_id
         where l.chain_no > (p ->> 'after')::bigint and l.chain_no <= (p ->> 'through')::bigint
         order by l.chain_no limit 1000;
end $$;
comment on function ctl.audit_page(json) is 'A thousand entries of an export {after, through, and what fn.audit_found takes}, in the order of the chain, with the text that was hashed, so that others can check it.';
grant execute on function ctl.audit_page(json) to ebb_ctl;
