-- SPDX-License-Identifier: Apache-2.0
-- Doors of ebbctl import: begin, rows, refusals, build, finish. Each call is a transaction of its own, so that an import that
-- was cut short is resumed by running it again: a row that is there already is recognised by hash and ordinal.

create or replace function ctl.import_begin(p json) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_department_id int;
    v_source constant text := p ->> 'source_name';
    v_zone constant text := p -> 'mapping' -> 'at' ->> 'zone';
    v_service_id int;
    v_import_id int;
begin
    select d.department_id into v_department_id from ebb.department d
     where d.is_active and (p ->> 'department' is null or d.department_code = lower(p ->> 'department')) order by d.department_id limit 1;
    if v_department_id is null then
        perform fn.fail(422, '/department', case when p ->> 'department' is null then 'There is no department yet.'
                                                 else format('There is no active department with the code %s.', p ->> 'department') end,
                        'Known codes: ' || coalesce((select string_agg(d.department_code, ', ' order by d.department_id) from ebb.department d), 'none') || '.');
    end if;
    if coalesce(v_source, '') ~ '^\s*$' then
        perform fn.fail(422, '/source_name', 'An import needs the name of its source.', 'Name it in the mapping (source_name) or by --source.');
    end if;
    if v_zone is not null and not exists (select from pg_timezone_names z where lower(z.name) = lower(v_zone)) then
        perform fn.fail(422, '/mapping/at/zone', format('There is no time zone %s.', v_zone), 'Name one of the tz database, such as Europe/Berlin or UTC.');
    end if;
    v_service_id := fn.import_default_service(v_department_id, v_source, p -> 'mapping' ->> 'default_service');
    insert into ebb.import (department_id, source_name, file_name, mapping, service_id, started_at)
    values (v_department_id, v_source, p ->> 'file_name', (p -> 'mapping')::jsonb, v_service_id, fn.now())
    on conflict (department_id, source_name) do update
       set file_name = excluded.file_name, mapping = excluded.mapping, service_id = excluded.service_id, started_at = excluded.started_at,
           finished_at = null, run_no = import.run_no + 1, unchanged_count = 0
    returning import_id into v_import_id;
    -- Refused is what this run refuses: a row that has been mended is no refusal any more.
    delete from ebb.import_refusal f where f.import_id = v_import_id;
    return v_import_id;
end $$;
comment on function ctl.import_begin(json) is 'Begins a run of an import {source_name, department (code; default: the first), file_name, mapping}; returns the import''s id, the same for each run of a source.';
grant execute on function ctl.import_begin(json) to ebb_ctl;

create or replace function ctl.import_rows(p_import_id bigint, p_rows json) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_import ebb.import;
    v_rows constant jsonb := p_rows::jsonb;
    v_new int;
    v_all int;
begin
    select * into strict v_import from ebb.import i where i.import_id = p_import_id for no key update;
    perform fn.import_names(v_import, v_rows);
    with come as materialized (
        select r.value as j, r.value ->> 'h' as hash, (r.value ->> 'n')::bigint as line,
               row_number() over (partition by r.value ->> 'h' order by (r.value ->> 'n')::bigint) as nth
          from jsonb_array_elements(v_rows) r
    ), kept as (
        insert into ebb.import_row (import_id, department_id, row_hash, ordinal, seen_run, line_number, source_ref, occurred_at, sort_key, fields)
        select v_import.import_id, v_import.department_id, c.hash,
               c.nth + coalesce((select max(x.ordinal) from ebb.import_row x where x.row_hash = c.hash and x.seen_run = v_import.run_no and x.import_id + 0 = v_import.import_id), 0),
               v_import.run_no, c.line, c.j ->> 'ref',
               case when c.j ->> 'zone' is null then (c.j ->> 'at')::timestamptz else (c.j ->> 'at')::timestamp at time zone (c.j ->> 'zone') end,
               coalesce(c.j -> 'sort', '[]'),
               c.j - array['n', 'h', 'ref', 'at', 'zone', 'sort']
          from come c
         order by c.line
        on conflict (row_hash, ordinal, import_id) do update set seen_run = excluded.seen_run
        returning source_ref, import_row_id, xmax = 0 as is_new, coalesce(fields ->> 'part', '0') = '0' as is_row
    ), pending as (
        insert into ebb.import_pending (import_id, source_ref, department_id, first_row_id)
        select v_import.import_id, k.source_ref, v_import.department_id, min(k.import_row_id) from kept k where k.is_new group by k.source_ref
        on conflict (import_id, source_ref) do nothing
    )
    -- A row that tells of a ticket's whole life comes as several parts and counts once.
    select count(*) filter (where k.is_new), count(*) into v_new, v_all from kept k where k.is_row;
    update ebb.import i set unchanged_count = i.unchanged_count + v_all - v_new where i.import_id = p_import_id;
    return v_new;
end $$;
comment on function ctl.import_rows(bigint, json) is 'Keeps a batch of mapped rows; returns how many are new. A row seen in an earlier run is only counted as unchanged.';
grant execute on function ctl.import_rows(bigint, json) to ebb_ctl;

create or replace function ctl.import_refuse(p_import_id bigint, p_rows json) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
begin
    insert into ebb.import_refusal (import_id, department_id, row_hash, line_number, source_ref, reason)
    select i.import_id, i.department_id, r.value ->> 'h', (r.value ->> 'n')::bigint, r.value ->> 'ref', r.value ->> 'reason'
      from ebb.import i cross join json_array_elements(p_rows) r where i.import_id = p_import_id
    on conflict (import_id, row_hash, line_number) do update set reason = excluded.reason;
    get diagnostics v_count = row_count;
    return v_count;
end $$;
comment on function ctl.import_refuse(bigint, json) is 'Keeps refused rows {n, h, ref, reason} with their reasons.';
grant execute on function ctl.import_refuse(bigint, json) to ebb_ctl;

create or replace function ctl.import_build(p_import_id bigint, p_tickets int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
    v_import ebb.import;
    v_refs text[];
    v_clamped int;
begin
    select * into strict v_import from ebb.import i where i.import_id = p_import_id for no key update;
    v_refs := array(select p.source_ref from ebb.import_pending p where p.import_id = p_import_id order by p.source_ref limit p_tickets);
    if v_refs = '{}' then
        return 0;
    end if;
    perform fn.import_statistics();
    v_clamped := ctl.import_journal(v_import, v_refs);
    delete from ebb.import_pending p where p.import_id = p_import_id and p.source_ref = any (v_refs);
    update ebb.import i set clamped_count = i.clamped_count + v_clamped where i.import_id = p_import_id;
    return (select count(*) from ebb.import_pending p where p.import_id = p_import_id);
end $$;
comment on function ctl.import_build(bigint, int) is 'Makes tickets of up to so many source tickets whose rows are there; returns how many are still to do.';
grant execute on function ctl.import_build(bigint, int) to ebb_ctl;

create or replace function ctl.import_finish(p_import_id bigint) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_reply json;
begin
    update ebb.import i
       set finished_at = fn.now(), first_at = r.first_at, last_at = r.last_at
      from (select min(x.occurred_at) as first_at, max(x.occurred_at) as last_at from ebb.import_row x where x.import_id = p_import_id) r
     where i.import_id = p_import_id;
    select row_to_json(x) into v_reply from (
        select i.import_id, i.source_name, i.department_id,
               fn.import_accepted(i.import_id) + (select count(*) from ebb.import_refusal f where f.import_id = i.import_id) as row_count,
               fn.import_accepted(i.import_id) as accepted_count,
               (select count(*) from ebb.import_refusal f where f.import_id = i.import_id) as refused_count,
               i.unchanged_count,
               (select count(*) from ebb.ticket t where t.import_id = i.import_id) as ticket_count,
               (select count(*) from ebb.ticket_event e join ebb.ticket t on t.ticket_id = e.ticket_id where t.import_id = i.import_id) as event_count,
               (select count(*) from ebb.transfer f join ebb.ticket t on t.ticket_id = f.ticket_id where t.import_id = i.import_id) as transfer_count,
               i.clamped_count, i.first_at, i.last_at
          from ebb.import i where i.import_id = p_import_id) x;
    return v_reply;
end $$;
comment on function ctl.import_finish(bigint) is 'Ends a run and tells what the import holds now.';
grant execute on function ctl.import_finish(bigint) to ebb_ctl;
