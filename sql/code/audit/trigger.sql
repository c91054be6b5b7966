-- SPDX-License-Identifier: Apache-2.0
-- Nobody rewrites the audit.

drop trigger if exists audit_append_only on ebb.audit;
create trigger audit_append_only before update or delete on ebb.audit for each row execute function fn.audit_is_append_only();
drop trigger if exists audit_no_truncate on ebb.audit;
create trigger audit_no_truncate before truncate on ebb.audit for each statement execute function fn.audit_is_append_only();

-- Linked at commit. An entry that no link has was not written by the desk, and is found by ebbctl audit verify.
drop trigger if exists audit_linked on ebb.audit;
create constraint trigger audit_linked after insert on ebb.audit deferrable initially deferred for each row execute function fn.audit_linked();
drop trigger if exists audit_link_append_only on ebb.audit_link;
create trigger audit_link_append_only before update or delete on ebb.audit_link for each row execute function fn.audit_is_append_only();
drop trigger if exists audit_link_no_truncate on ebb.audit_link;
create trigger audit_link_no_truncate before truncate on ebb.audit_link for each statement execute function fn.audit_is_append_only();
drop trigger if exists audit_head_stays on ebb.audit_head;
create trigger audit_head_stays before delete on ebb.audit_head for each row execute function fn.audit_is_append_only();
drop trigger if exists audit_head_no_truncate on ebb.audit_head;
create trigger audit_head_no_truncate before truncate on ebb.audit_head for each statement execute function fn.audit_is_append_only();
drop trigger if exists audit_kept_is_kept on ebb.audit_kept;
create trigger audit_kept_is_kept before update or delete on ebb.audit_kept for each row execute function fn.audit_kept_is_kept();
drop trigger if exists audit_kept_no_truncate on ebb.audit_kept;
create trigger audit_kept_no_truncate before truncate on ebb.audit_kept for each statement execute function fn.audit_is_append_only();

do $$ begin perform fn.audit_link_old(); end $$;
