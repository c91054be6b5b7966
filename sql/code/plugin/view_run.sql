-- SPDX-License-Identifier: Apache-2.0
-- Which plugin a run was of: looked up beside an event or a comment that the viewer sees.

create or replace view fn.plugin_run_label as
select r.plugin_run_id, p.plugin_name, r.rule_name from ebb.plugin_run r join ebb.plugin p on p.plugin_id = r.plugin_id;
comment on view fn.plugin_run_label is 'run: its plugin''s name and the rule that fired.';
grant select on fn.plugin_run_label to ebb_api, ebb_report;
