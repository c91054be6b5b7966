-- SPDX-License-Identifier: Apache-2.0
-- A clock that changes has its next step planned anew. Also for ebb_replay: a rebuilt clock is a changed one.

create or replace function fn.escalation_follow() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
begin
    if tg_op = 'DELETE' then
        delete from ebb.escalation_due d where d.ticket_id = old.ticket_id and d.target_code = old.target_code and d.cycle = old.cycle;
    elsif exists (select from ebb.escalation_step s where s.sla_target_id = new.sla_target_id) then
        perform fn.escalation_plan(new);
    elsif tg_op = 'UPDATE' then
        delete from ebb.escalation_due d where d.ticket_id = new.ticket_id and d.target_code = new.target_code and d.cycle = new.cycle;
    end if;
    return null;
end $$;
comment on function fn.escalation_follow() is 'Trigger: plans the next step of a clock that was written, or forgets that of one that is gone.';

drop trigger if exists escalation_follow on ebb.sla_clock;
create trigger escalation_follow after insert or delete or update of sla_target_id, calendar_version_id, target_s, stopped_at, elapsed_s, elapsed_at, is_running, is_cancelled
    on ebb.sla_clock for each row execute function fn.escalation_follow();

create or replace function fn.escalation_step_is_immutable() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.fail(409, null, 'A step of escalation never changes.', 'Add a version of the policy that holds from a later instant.');
    return null;
end $$;
comment on function fn.escalation_step_is_immutable() is 'Trigger: a step is as immutable as the policy version it belongs to.';

drop trigger if exists escalation_step_is_immutable on ebb.escalation_step;
create trigger escalation_step_is_immutable before update or delete on ebb.escalation_step for each row execute function fn.escalation_step_is_immutable();
