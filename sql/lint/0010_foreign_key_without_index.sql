-- SPDX-License-Identifier: Apache-2.0
create view lint.foreign_key_without_index as
select c.conrelid::regclass as relation, c.conname
  from pg_constraint c
 where c.contype = 'f' and c.connamespace = 'ebb'::regnamespace
   -- A key into a handful of constant rows is never searched from its other end.
   and c.confrelid not in ('ebb.state'::regclass, 'ebb.clock_class'::regclass, 'ebb.waiting_reason'::regclass)
   -- Rows of the configuration and comments are never deleted, and each index on ticket is paid by every change of a ticket.
   and not (c.conrelid = 'ebb.ticket'::regclass and c.confrelid in (
        'ebb.service'::regclass, 'ebb.request_type'::regclass, 'ebb.person'::regclass, 'ebb.team'::regclass, 'ebb.matrix_version'::regclass,
        'ebb.sla_policy_version'::regclass, 'ebb.comment'::regclass))
   -- The chain of spans is searched within one ticket, by the primary key.
   and c.conname <> 'ticket_span_chain'
   and not exists (select from pg_index i
                    where i.indrelid = c.conrelid and (i.indkey::smallint[])[0:cardinality(c.conkey) - 1] @> c.conkey
                      and (i.indpred is null or cardinality(c.conkey) = 1));
comment on view lint.foreign_key_without_index is 'every foreign key has an index that begins with its columns';
