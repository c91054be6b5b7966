-- SPDX-License-Identifier: Apache-2.0
-- What a person does to a ticket. Each locks the row, asks for the right, changes columns; guards, journal, spans and clocks
-- are the triggers'.

create or replace function api.ticket_open(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_person_id int;
    v_requester_id int;
    v_department_id int;
    v_said jsonb := '{}'::jsonb;
    v_ticket_id bigint;
begin
    perform fn.must('any');
    perform fn.must_hold('write');
    v_person_id := fn.person();
    v_requester_id := coalesce((p_args ->> 'requester_id')::int, v_person_id);
    if v_requester_id <> v_person_id then
        if p_args ->> 'service_id' is not null and not exists (select from ebb.service s where s.service_id = (p_args ->> 'service_id')::int and s.is_active) then
            perform fn.fail(422, '/service_id', 'There is no such active service.', 'GET /api/v1/services lists them.');
        end if;
        v_department_id := fn.ticket_draft_department(p_args);
        perform fn.must('ticket.work', v_department_id);
        if not exists (select from ebb.person p where p.person_id = v_requester_id and p.is_active) then
            perform fn.fail(422, '/requester_id', 'There is no such active person whom your department serves.');
        end if;
    end if;
    if p_args -> 'suggestions' is not null then
        v_said := fn.plugin_suggest(p_args, coalesce(v_department_id, fn.ticket_draft_department(p_args)));
    end if;
    perform set_config('ebb.suggested', coalesce(nullif(v_said -> 'decided', '{}')::text, ''), true);
    -- All else follows from the service, by trigger.
    insert into ebb.ticket (service_id, request_type_id, subject, description, requester_id, impact, urgency)
    values (coalesce((p_args ->> 'service_id')::int, (v_said #>> '{decided,service_id,value}')::int, fn.ticket_default_service(p_args)),
            coalesce((p_args ->> 'request_type_id')::int, (v_said #>> '{decided,request_type_id,value}')::int), fn.want_text(p_args, 'subject'),
            coalesce(p_args ->> 'description', ''), v_requester_id, coalesce((p_args ->> 'impact')::smallint, (v_said #>> '{decided,impact,value}')::smallint),
            coalesce((p_args ->> 'urgency')::smallint, (v_said #>> '{decided,urgency,value}')::smallint));
    -- Not by RETURNING: that would ask the policies a second time.
    v_ticket_id := currval('ebb.ticket_ticket_id_seq');
    if v_said -> 'runs' is not null then
        perform fn.plugin_suggest_keep(v_ticket_id, v_said -> 'runs');
    end if;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket_id);
end $$;
comment on function api.ticket_open(json) is 'Opens a ticket; owner team, accountable person, priority and targets follow from its service. Without a service, what a plugin of the requester''s department suggests, else the department''s default. Anyone signed in may; only the desk for somebody else.';
grant execute on function api.ticket_open(json) to ebb_app;

create or replace function api.ticket_change(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'desk');
    update ebb.ticket t
       set subject = case when p_args -> 'subject' is null then t.subject else fn.want_text(p_args, 'subject') end,
           description = case when p_args -> 'description' is null then t.description else coalesce(p_args ->> 'description', '') end,
           impact = coalesce((p_args ->> 'impact')::smallint, t.impact), urgency = coalesce((p_args ->> 'urgency')::smallint, t.urgency),
           service_id = coalesce((p_args ->> 'service_id')::int, t.service_id), request_type_id = coalesce((p_args ->> 'request_type_id')::int, t.request_type_id)
     where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_change(json) is 'Changes words, impact, urgency, service or request type of a ticket; priority and accountable person follow.';
grant execute on function api.ticket_change(json) to ebb_app;

create or replace function api.ticket_take(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_person_id int;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'desk');
    v_person_id := fn.person();
    if v_ticket.assignee_id <> v_person_id then
        perform fn.fail(409, '/assignee_id', format('%s has taken this ticket already.', (select p.person_name from fn.person_label p where p.person_id = v_ticket.assignee_id)),
                        'Agree with them; a team lead may assign it to you.');
    elsif v_ticket.state >= 4 then
        perform fn.fail(409, '/state', 'Only an open ticket can be taken.', 'Reopen it first.');
    end if;
    update ebb.ticket t set assignee_id = v_person_id, state = case when t.state = 1 then 2 else t.state end where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_take(json) is 'The person takes a ticket of their team; refused when somebody else has it.';
grant execute on function api.ticket_take(json) to ebb_app;

create or replace function api.ticket_assign(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
    v_person_id int;
    v_assignee_id constant int := (p_args ->> 'assignee_id')::int;
begin
    perform fn.must('any');
    v_ticket := fn.ticket_lock(p_args, 'desk');
    v_person_id := fn.person();
    if v_ticket.state >= 4 then
        perform fn.fail(409, '/state', 'Only an open ticket can be assigned.', 'Reopen it first.');
    elsif not fn.has_right('ticket.assign_any', v_ticket.department_id)
          and not exists (select from ebb.membership m where m.team_id = v_ticket.team_id and m.person_id = v_person_id and m.is_active) then
        perform fn.fail(403, null, 'Only members of the accountable team and leads assign its tickets.');
    end if;
    update ebb.ticket t set assignee_id = v_assignee_id, state = case when t.state = 1 and v_assignee_id is not null then 2 else t.state end
     where t.ticket_id = v_ticket.ticket_id;
    return (select row_to_json(t) from api.ticket t where t.ticket_id = v_ticket.ticket_id);
end $$;
comment on function api.ticket_assign(json) is 'Assigns a ticket to a member of its team, or gives it back to the queue (null).';
grant execute on function api.ticket_assign(json) to ebb_app;
