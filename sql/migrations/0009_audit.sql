-- SPDX-License-Identifier: Apache-2.0
-- Who may read the audit of a department.

insert into ebb.role_right (role_code, right_code) values ('admin', 'audit.read'), ('auditor', 'audit.read') on conflict do nothing;
