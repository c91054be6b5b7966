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
