-- SPDX-License-Identifier: Apache-2.0
-- How long a role of a BI tool may compute stands here, because it can change its own settings.

alter table ebb.bi_role add statement_limit_s int constraint bi_role_limit_positive check (statement_limit_s > 0);
comment on column ebb.bi_role.statement_limit_s is 'Seconds after which the clock ends a statement of the role; NULL: nobody watches it (made by hand).';
