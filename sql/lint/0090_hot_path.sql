-- SPDX-License-Identifier: Apache-2.0
-- Under row-level security only a leakproof comparison may use an index before the policy has been asked.
create view lint.hot_operator_not_leakproof as
select distinct f.oid::regprocedure as function, d.name || ' ' || d.params as operator
  from pg_proc f cross join lateral plpgsql_show_dependency_tb(f.oid) d
  join pg_operator o on o.oid = d.oid join pg_proc p on p.oid = o.oprcode
 where f.pronamespace = 'fn'::regnamespace and f.proname in ('ticket_page_queue', 'ticket_page_newest', 'ticket_page_due', 'ticket_must_see', 'ticket_lock', 'ticket_page')
   and d.type = 'OPERATOR' and not p.proleakproof
   -- On arguments, before any table is read.
   and o.oprname not in ('->', '->>', '||', '<@', '&&', '~', '!~');
comment on view lint.hot_operator_not_leakproof is 'pages and look-ups of tickets compare by leakproof operators alone';
create view lint.index_not_leakproof as
select i.indexrelid::regclass as index, k.oprcode as comparison
  from pg_index i join pg_class c on c.oid = i.indrelid
  join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam
 cross join lateral (select distinct o.oprcode from unnest(i.indclass::oid[]) as l (oid) join pg_opclass oc on oc.oid = l.oid
                       join pg_amop a on a.amopfamily = oc.opcfamily and a.amoplefttype = oc.opcintype and a.amoprighttype = oc.opcintype and a.amopstrategy between 1 and 5
                       join pg_operator o on o.oid = a.amopopr join pg_proc p on p.oid = o.oprcode where not p.proleakproof) k
 where c.relnamespace = 'ebb'::regnamespace and c.relrowsecurity and not i.indisprimary
   and exists (select from pg_policy p where p.polrelid = c.oid and p.polroles && array[lint.role('ebb_api'), lint.role('ebb_report')] and pg_get_expr(p.polqual, p.polrelid) <> 'true')
   -- Words are looked for by fn.ticket_search, which applies the rights itself.
   and x.relname <> 'ticket_subject_idx';
comment on view lint.index_not_leakproof is 'no index that a policy stands before is of a type whose comparison is not leakproof (numeric, jsonb, arrays, enum): it would never be used';
create view lint.policy_operator_not_leakproof as
select p.polrelid::regclass as relation, p.polname, o.proname as comparison
  from pg_policy p cross join lateral regexp_matches(p.polqual::text, ':opfuncid (\d+)', 'g') m join pg_proc o on o.oid = m[1]::oid
 where p.polrelid in ('ebb.ticket'::regclass, 'ebb.ticket_event'::regclass, 'ebb.ticket_span'::regclass, 'ebb.comment'::regclass, 'ebb.transfer'::regclass, 'ebb.sla_clock'::regclass) and not o.proleakproof;
comment on view lint.policy_operator_not_leakproof is 'policies of tickets and what belongs to them compare by leakproof operators alone';
