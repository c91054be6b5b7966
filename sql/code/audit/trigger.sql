-- SPDX-License-Identifier: Apache-2.0
-- Nobody rewrites the audit.

drop trigger if exists audit_append_only on ebb.audit;
create trigger audit_append_only before update or delete on ebb.audit for each row execute function fn.audit_is_append_only();
drop trigger if exists audit_no_truncate on ebb.audit;
create trigger audit_no_truncate before truncate on ebb.audit for each statement execute function fn.audit_is_append_only();
