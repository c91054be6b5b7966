-- SPDX-License-Identifier: Apache-2.0
-- What holds for persons whoever changes them: the last administrator stays, and a disabled person is out at once.

drop trigger if exists person_before_disabling on ebb.person;
create trigger person_before_disabling before update of is_active on ebb.person for each row when (old.is_active and not new.is_active) execute function fn.person_before_disabling();
drop trigger if exists person_after_disabling on ebb.person;
create trigger person_after_disabling after update of is_active on ebb.person for each row when (old.is_active and not new.is_active) execute function fn.person_after_disabling();
drop trigger if exists person_role_taken on ebb.person_role;
create trigger person_role_taken before update or delete on ebb.person_role for each row execute function fn.person_role_taken();
drop trigger if exists operator_taken on ebb.operator;
create trigger operator_taken before delete on ebb.operator for each row execute function fn.operator_taken();
