-- SPDX-License-Identifier: Apache-2.0
-- The name of the plugin behind a run, for whoever may see what the run did.

create or replace view fn.plugin_run_label as
select r.plugin_run_id, p.plugin_name, r.rule_name from ebb.plugin_run r join ebb.plugin p on p.plugin_id = r.plugin_id;
comment on view fn.plugin_run_label is 'Name of the plugin, and of its rule, behind each run; read with the owner''s rights, names only.';
comment on column fn.plugin_run_label.plugin_run_id is 'Run.';
comment on column fn.plugin_run_label.plugin_name is 'Plugin.';
comment on column fn.plugin_run_label.rule_name is 'Rule of the plugin; NULL when it named none.';
grant select on fn.plugin_run_label to ebb_api, ebb_report;
