-- SPDX-License-Identifier: Apache-2.0
-- What agents took back: looked up beside a run that the viewer sees.

create or replace view fn.plugin_run_undone as
select r.plugin_run_id, x.seq as event_position, x.actor_id as agent_id, x.occurred_at
  from ebb.plugin_run r
  join ebb.ticket_event x on x.ticket_id = r.ticket_id and x.actor_kind = 'agent' and x.seq > 1
 where r.outcome = 'applied'
   and (exists (select from ebb.ticket_event e cross join lateral jsonb_each(e.changes) c
                 where e.ticket_id = r.ticket_id and e.plugin_run_id = r.plugin_run_id and e.seq < x.seq
                   and c.key not in ('last_comment_id', 'state_note') and x.changes -> c.key -> 1 = c.value -> 0)
        or exists (select from ebb.plugin_action a
                    where a.plugin_run_id = r.plugin_run_id and a.action_kind = 'suggest' and a.outcome = 'applied' and x.changes ? (a.args ->> 'field')));
comment on view fn.plugin_run_undone is 'run x event: an agent put a field back to what it was before the run, or changed a field that the run had suggested.';
comment on column fn.plugin_run_undone.plugin_run_id is 'Run.';
comment on column fn.plugin_run_undone.event_position is 'Number of the agent''s event in the ticket''s journal.';
comment on column fn.plugin_run_undone.agent_id is 'Agent.';
comment on column fn.plugin_run_undone.occurred_at is 'When.';
grant select on fn.plugin_run_undone to ebb_report;
