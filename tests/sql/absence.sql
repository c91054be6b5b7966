-- SPDX-License-Identifier: Apache-2.0
-- Absences: who stands in, and whom an escalation reaches then.
\ir ../lib/act.sql
begin;
select plan(12);
create function t.told(p_ticket_id bigint, p_recipient text) returns int[] language plpgsql
as $$
declare v_step ebb.escalation_step;
begin
    v_step.recipient := p_recipient;
    return fn.escalation_told(t.ticket(p_ticket_id), v_step);
end $$;

select t.open('rae') as ticket \gset
select t.call_as('dana', 'ticket_take', json_build_object('ticket_id', :ticket)) \g /dev/null
select is(t.told(:ticket, 'lead'), '{102}'::int[], 'a step tells the lead');
select t.call_as('lee', 'absence_create', json_build_object('starts_at', now() - interval '1 hour', 'ends_at', now() + interval '1 day')) ->> 'absence_id' as lee \gset
select ok(fn.person_is_absent(102, now()), 'who is away is away');
select ok(not fn.person_is_absent(102, now() + interval '1 day'), 'and back at the end');
select is(t.told(:ticket, 'lead'), '{102}'::int[], 'where nobody stands in, the lead all the same');
update ebb.membership set membership_role = 'deputy' where team_id = 11 and person_id = 101;
select is(t.told(:ticket, 'lead'), '{101}'::int[], 'the deputy of the team stands in');
select t.call_as('dana', 'absence_create', json_build_object('starts_at', now() - interval '1 hour', 'ends_at', now() + interval '1 day', 'deputy_person_id', 103)) \g /dev/null
select is(t.told(:ticket, 'lead'), '{102}'::int[], 'not one who is away, too');
select is(t.told(:ticket, 'assignee'), '{103}'::int[], 'whom an absence names stands in');
select is(t.told(:ticket, 'accountable'), '{105}'::int[], 'who is here is told');
update ebb.absence set deputy_person_id = 108 where person_id = 101;
select is(t.told(:ticket, 'assignee'), '{101}'::int[], 'somebody who may not see the ticket stands in for nobody');
select t.call_as('lee', 'absence_change', json_build_object('absence_id', :lee, 'if_match', 1, 'ends_at', now() - interval '1 minute')) \g /dev/null
select is(t.told(:ticket, 'lead'), '{102}'::int[], 'back earlier than planned');
select is(t.refusal('ned', 'absence_create', json_build_object('person_id', 102, 'starts_at', now(), 'ends_at', now() + interval '1 day')), 'ZE403', 'nobody is sent away by a colleague');
select is(t.refusal('hana', 'absence_create', json_build_object('person_id', 102, 'starts_at', now(), 'ends_at', now() + interval '1 day')), 'ZE422', 'nor by another department');
select * from finish();
rollback;
