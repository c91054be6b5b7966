-- SPDX-License-Identifier: Apache-2.0
-- Every foreign key of the tables that were loaded, checked as a whole: one anti-join each.  A desk that fails is not committed.
set local session_replication_role = origin;
do $$
declare
    f record;
    v_bad bigint;
begin
    for f in
        select c.conname, c.conrelid::regclass as child, c.confrelid::regclass as parent,
               string_agg(format('p.%I = c.%I', pa.attname, ca.attname), ' and ') as same, string_agg(format('c.%I is not null', ca.attname), ' and ') as given
          from pg_constraint c
         cross join lateral unnest(c.conkey, c.confkey) k (child, parent)
          join pg_attribute ca on ca.attrelid = c.conrelid and ca.attnum = k.child
          join pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = k.parent
         where c.contype = 'f' and c.conrelid in ('ebb.ticket'::regclass, 'ebb.ticket_event'::regclass, 'ebb.ticket_span'::regclass, 'ebb.transfer'::regclass,
                                                  'ebb.comment'::regclass, 'ebb.sla_clock'::regclass)
         group by c.conname, c.conrelid, c.confrelid
    loop
        execute format('select count(*) from %s c where %s and not exists (select from %s p where %s)', f.child, f.given, f.parent, f.same) into v_bad;
        if v_bad > 0 then
            raise exception 'The sample breaks %: % rows.', f.conname, v_bad;
        end if;
    end loop;
end $$;
