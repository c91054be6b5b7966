-- SPDX-License-Identifier: Apache-2.0
-- Doors that the API's functions share with ebbctl: the rules behind them check everything but rights, which the API's do.
grant execute on function ctl.calendar_create(json), ctl.calendar_version_add(json), ctl.sla_policy_create(json), ctl.sla_policy_version_add(json) to ebb_api;
