-- SPDX-License-Identifier: Apache-2.0
-- Rehearsals from the command line, and the tick that plays those asked for over the API.

create or replace function ctl.rehearsal_begin(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id int;
    v_id int;
begin
    select d.department_id into v_department_id from ebb.department d where d.department_code = p ->> 'department_code' or d.department_id::text = p ->> 'department_code';
    if not found then
        perform fn.fail(422, '/department_code', format('There is no department "%s".', coalesce(p ->> 'department_code', '')));
    end if;
    v_id := fn.rehearsal_begin(v_department_id, p::jsonb);
    return fn.rehearsal_show(v_id);
end $$;
comment on function ctl.rehearsal_begin(json) is 'Takes a draft for rehearsal {department_code, calendar?, policy?, months?}.';
grant execute on function ctl.rehearsal_begin(json) to ebb_ctl;

create or replace function ctl.rehearsal_step(p json) returns json
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_id constant int := (p ->> 'sla_rehearsal_id')::int;
begin
    perform fn.rehearsal_batch(v_id, least(coalesce((p ->> 'limit')::int, 20000), 50000));
    return (select json_build_object('done_count', r.done_count, 'ticket_count', r.ticket_count, 'is_done', r.finished_at is not null)
              from ebb.sla_rehearsal r where r.sla_rehearsal_id = v_id);
end $$;
comment on function ctl.rehearsal_step(json) is 'Plays the next batch of a rehearsal {sla_rehearsal_id, limit?} and says how far it is.';
grant execute on function ctl.rehearsal_step(json) to ebb_ctl;

create or replace function ctl.rehearsal_show(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply constant json := fn.rehearsal_show((p ->> 'sla_rehearsal_id')::int);
begin
    if v_reply is null then
        perform fn.fail(404, '/sla_rehearsal_id', 'There is no such rehearsal.');
    end if;
    return (v_reply::jsonb || jsonb_build_object('tickets', (
        select coalesce(jsonb_agg(to_jsonb(c) - 'sla_rehearsal_id' order by c.ticket_id), '[]')
          from (select x.* from ebb.sla_rehearsal_change x where x.sla_rehearsal_id = (p ->> 'sla_rehearsal_id')::int order by x.ticket_id limit coalesce((p ->> 'tickets')::int, 50)) c)))::json;
end $$;
comment on function ctl.rehearsal_show(json) is 'A rehearsal with its first changed clocks {sla_rehearsal_id, tickets?}.';
grant execute on function ctl.rehearsal_show(json) to ebb_ctl;

create or replace function ctl.tick_rehearsal() returns int
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_began constant timestamptz := clock_timestamp();
    r ebb.sla_rehearsal;
    v_count int;
    v_ms float8;
begin
    select * into r from ebb.sla_rehearsal x where x.finished_at is null and x.asked_by is not null order by x.sla_rehearsal_id limit 1 for update skip locked;
    if not found then
        delete from ebb.sla_rehearsal x where x.created_at < fn.now() - interval '30 days';
        return 0;
    end if;
    begin
        v_count := fn.rehearsal_batch(r.sla_rehearsal_id, r.bite);
    exception when others then
        update ebb.sla_rehearsal x set finished_at = fn.now(), failed_sentence = left(sqlerrm, 1000) where x.sla_rehearsal_id = r.sla_rehearsal_id;
        return 0;
    end;
    -- Half a second of each: breaches and escalations, which the same process notes, are promised within two. Never more than three times
    -- as many as went well, and on a busy machine fewer.
    v_ms := greatest(extract(epoch from clock_timestamp() - v_began) * 1000, 1);
    update ebb.sla_rehearsal x set bite = least(greatest(r.bite * least(500 / v_ms, 3), 100), 20000)::int where x.sla_rehearsal_id = r.sla_rehearsal_id and x.finished_at is null;
    return v_count;
end $$;
comment on function ctl.tick_rehearsal() is 'Tick: plays the next tickets of a rehearsal that somebody asked for over the API, and forgets those of more than 30 days ago; returns how many tickets.';
grant execute on function ctl.tick_rehearsal() to ebb_clock;
