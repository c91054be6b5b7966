-- SPDX-License-Identifier: Apache-2.0
-- Roles of BI tools: since when they read what.

alter table ebb.bi_role add created_at timestamptz not null default clock_timestamp();
comment on column ebb.bi_role.created_at is 'Since when it reads that department.';
