-- SPDX-License-Identifier: Apache-2.0
-- Rehearsals over the API: asked for by administrators, played by the clock, read by the desk.

drop view if exists api.sla_rehearsal;
create view api.sla_rehearsal as
select 1 as version, r.sla_rehearsal_id, r.department_id, case when r.failed_sentence is not null then 'failed' when r.finished_at is not null then 'done' else 'running' end as status,
       r.failed_sentence, r.from_at, r.until_at, r.created_at, r.finished_at, r.ticket_count, r.done_count, r.draft
  from ebb.sla_rehearsal r;
comment on view api.sla_rehearsal is 'A rehearsal of a draft.';
comment on column api.sla_rehearsal.version is 'Always 1: a rehearsal is not edited.';
comment on column api.sla_rehearsal.status is 'running, done or failed.';
drop view if exists api.sla_rehearsal_change;
create view api.sla_rehearsal_change as
select c.ticket_id, 'EBB-' || c.ticket_id as ticket_ref, c.target_code, c.cycle, c.was_status, c.status, c.was_due_at, c.due_at, c.sla_rehearsal_id from ebb.sla_rehearsal_change c;
comment on view api.sla_rehearsal_change is 'A clock whose state would have been another.';
comment on column api.sla_rehearsal_change.ticket_ref is 'What people call the ticket.';
do $$
begin
    perform fn.copy_comments('api.sla_rehearsal', '{ebb.sla_rehearsal}');
    perform fn.copy_comments('api.sla_rehearsal_change', '{ebb.sla_rehearsal_change}');
end $$;

create or replace function api.rehearsal_list(p_args json)
returns table (sla_rehearsal_id int, department_id int, status text, from_at timestamptz, until_at timestamptz, created_at timestamptz, finished_at timestamptz,
               ticket_count int, done_count int, draft jsonb, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before constant bigint := coalesce(fn.cursor_int(p_args), 2147483647);
begin
    perform fn.must('desk.read', (p_args ->> 'department_id')::int);
    return query
        select r.sla_rehearsal_id, r.department_id, r.status, r.from_at, r.until_at, r.created_at, r.finished_at, r.ticket_count, r.done_count, r.draft, r.sla_rehearsal_id::text
          from api.sla_rehearsal r
         where r.sla_rehearsal_id < v_before and (p_args ->> 'department_id' is null or r.department_id = (p_args ->> 'department_id')::int)
         order by r.sla_rehearsal_id desc limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.rehearsal_list(json) is 'Rehearsals of the departments whose desk I read, the latest first.';
grant execute on function api.rehearsal_list(json) to ebb_app;

create or replace function api.rehearsal_get(p_args json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    perform fn.must('desk.read');
    if not exists (select from api.sla_rehearsal r where r.sla_rehearsal_id = (p_args ->> 'sla_rehearsal_id')::int) then
        perform fn.fail(404, '/sla_rehearsal_id', 'There is no such rehearsal, or you may not see it.');
    end if;
    return fn.headed(fn.rehearsal_show((p_args ->> 'sla_rehearsal_id')::int)::jsonb || '{"version": 1}', 'version', 'sla_rehearsal_id');
end $$;
comment on function api.rehearsal_get(json) is 'A rehearsal: how far it is, totals, and groups by service, team, priority and target.';
grant execute on function api.rehearsal_get(json) to ebb_app;

create or replace function api.rehearsal_begin(p_args json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_id int;
begin
    perform fn.must('desk.configure', (p_args ->> 'department_id')::int);
    v_id := fn.rehearsal_begin((p_args ->> 'department_id')::int, p_args::jsonb);
    return api.rehearsal_get(json_build_object('sla_rehearsal_id', v_id));
end $$;
comment on function api.rehearsal_begin(json) is 'Rehearses a draft, by an administrator of the department. It is played in the background; a draft that could not be written for good is refused at once.';
grant execute on function api.rehearsal_begin(json) to ebb_app;

create or replace function api.rehearsal_change_list(p_args json)
returns table (ticket_id bigint, ticket_ref text, target_code text, cycle int, was_status text, status text, was_due_at timestamptz, due_at timestamptz, _cursor text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_after constant bigint := coalesce(fn.cursor_int(p_args), -1);
begin
    perform fn.must('desk.read');
    if not exists (select from api.sla_rehearsal r where r.sla_rehearsal_id = (p_args ->> 'sla_rehearsal_id')::int) then
        perform fn.fail(404, '/sla_rehearsal_id', 'There is no such rehearsal, or you may not see it.');
    end if;
    return query
        select c.ticket_id, c.ticket_ref, c.target_code, c.cycle, c.was_status, c.status, c.was_due_at, c.due_at, c.place::text
          from (select x.*, row_number() over (order by x.ticket_id, x.target_code, x.cycle) as place from api.sla_rehearsal_change x
                 where x.sla_rehearsal_id = (p_args ->> 'sla_rehearsal_id')::int) c
         where c.place > v_after order by c.place limit (p_args ->> 'limit')::int + 1;
end $$;
comment on function api.rehearsal_change_list(json) is 'Clocks whose state would have been another, ticket by ticket.';
grant execute on function api.rehearsal_change_list(json) to ebb_app;
