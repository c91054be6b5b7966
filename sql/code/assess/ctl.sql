-- SPDX-License-Identifier: Apache-2.0
-- ctl.assess: the Backlog Reduction Assessment as one JSON document. It reads schema reporting_v1 like any analyst; the copies it
-- works on are temporary tables of its own transaction.

create or replace function ctl.assess_scope(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_import ebb.import;
    v_department ebb.department;
    v_as_of timestamptz;
    v_import_id int;
    v_where text := 'import_id is null';
begin
    if exists (select from json_object_keys(p) k (name) where k.name not in ('import_id', 'source_name', 'department', 'as_of')) then
        perform fn.fail(422, null, 'An assessment takes import_id, source_name, department and as_of, and nothing else.');
    end if;
    begin
        v_as_of := (p ->> 'as_of')::timestamptz;
        v_import_id := (p ->> 'import_id')::int;
    exception when others then
        perform fn.fail(422, null, 'as_of must be an instant and import_id a number.', 'Write the instant as in 2025-03-31T12:00:00Z; reporting_v1.imports lists the imports.');
    end;
    if p ->> 'import_id' is not null or p ->> 'source_name' is not null then
        select i.* into v_import from ebb.import i
         where (p ->> 'import_id' is null or i.import_id = v_import_id) and (p ->> 'source_name' is null or i.source_name = p ->> 'source_name') order by i.import_id limit 1;
        if v_import.import_id is null then
            perform fn.fail(404, null, 'There is no such import.', 'Known sources: ' || coalesce((select string_agg(i.source_name, ', ' order by i.import_id) from ebb.import i), 'none') || '.');
        end if;
        v_where := format('import_id = %s', v_import.import_id);
        v_as_of := coalesce(v_as_of, v_import.last_at, now());
    end if;
    if p ->> 'department' is not null then
        select d.* into v_department from ebb.department d where lower(p ->> 'department') in (d.department_code, lower(d.department_name)) order by d.department_id limit 1;
        if v_department.department_id is null then
            perform fn.fail(404, null, format('There is no department %s.', p ->> 'department'), 'Known codes: ' || (select string_agg(d.department_code, ', ' order by d.department_id) from ebb.department d) || '.');
        end if;
        v_where := v_where || format(' and department_id = %s', v_department.department_id);
    end if;
    v_as_of := coalesce(v_as_of, now());
    return json_build_object('kind', case when v_import.import_id is not null then 'import' when v_department.department_id is not null then 'department' else 'desk' end,
        'import_id', v_import.import_id, 'source_name', v_import.source_name, 'department_id', coalesce(v_department.department_id, v_import.department_id),
        'department_name', (select d.department_name from ebb.department d where d.department_id = coalesce(v_department.department_id, v_import.department_id)),
        'where', v_where, 'as_of', v_as_of, 'is_as_of_given', p ->> 'as_of' is not null,
        'as_of_sql', format('timestamptz %L', v_as_of at time zone 'UTC' || '+00'));
end $$;
comment on function ctl.assess_scope(json) is 'Which tickets an assessment is about, and as of when.';

create or replace function ctl.assess_copy(p_scope json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off set client_min_messages = warning set default_statistics_target = 10
as $$
declare
    v_as_of constant timestamptz := (p_scope ->> 'as_of')::timestamptz;
    v_where constant text := p_scope ->> 'where';
    v_stock_at timestamptz := v_as_of;
    v_from timestamptz;
    v_open bigint;
    v_nearly_all_at timestamptz;
    v_ticket_table constant text := 'pg_temp.assess_ticket';
    v_stock_table constant text := 'pg_temp.assess_stock';
    v_table text;
begin
    execute 'drop table if exists pg_temp.assess_ticket, pg_temp.assess_stock, pg_temp.assess_span, pg_temp.assess_hop, pg_temp.assess_step, pg_temp.assess_change, pg_temp.assess_issue';
    execute format('create temporary table assess_ticket on commit drop as select * from reporting_v1.tickets_at($1) where %s', v_where) using v_as_of;
    execute format('create temporary table assess_span on commit drop as select ticket_id, span_position, team_id, team_stay_position, status_id, clock_class, is_open, is_unowned, started_at, ended_at
                      from reporting_v1.ticket_spans where started_at <= $1 and %s', v_where) using v_as_of;
    execute format('create temporary table assess_hop on commit drop as select ticket_id, from_team_id, from_team_name, to_team_id, to_team_name, is_return, is_direct_return, away_hours, held_hours_before, handed_at
                      from reporting_v1.handovers where handed_at <= $1 and %s', v_where) using v_as_of;
    execute format('create temporary table assess_step on commit drop as select ticket_id, flow_kind, happened_at, open_change from reporting_v1.flow_steps where happened_at <= $1 and %s', v_where) using v_as_of;
    execute format('create temporary table assess_change on commit drop as select * from reporting_v1.priority_changes where changed_at <= $1 and %s', v_where) using v_as_of;
    execute format('select min(t.opened_at), count(*) filter (where t.is_open), percentile_disc(0.95) within group (order by t.opened_at) from %s t', v_ticket_table) into v_from, v_open, v_nearly_all_at;
    -- An extract of closed tickets has no backlog at its end, because what was open then is not in it. Its backlog is looked at where nearly all had been opened.
    if v_open < 20 and p_scope ->> 'kind' = 'import' and not (p_scope ->> 'is_as_of_given')::boolean then
        v_stock_at := coalesce(v_nearly_all_at, v_as_of);
        execute format('create temporary table assess_stock on commit drop as select * from reporting_v1.tickets_at($1) where %s', v_where) using v_stock_at;
        execute format('analyze %s', v_stock_table);
    end if;
    execute format('create temporary table assess_issue on commit drop as select * from reporting_v1.issues_at($1) where %s', v_where) using v_stock_at;
    foreach v_table in array array['ticket', 'span', 'hop', 'step', 'change'] loop
        if v_table in ('ticket', 'hop') then
            execute format('create index on pg_temp.assess_%s (ticket_id)', v_table);
        end if;
        execute format('analyze pg_temp.assess_%s', v_table);
    end loop;
    return (p_scope::jsonb || jsonb_build_object('stock_at', v_stock_at, 'stock_at_sql', format('timestamptz %L', v_stock_at at time zone 'UTC' || '+00'),
        'stock_table', case when v_stock_at = v_as_of then v_ticket_table else v_stock_table end,
        'from', v_from, 'from_sql', format('timestamptz %L', coalesce(v_from, v_as_of) at time zone 'UTC' || '+00')))::json;
end $$;
comment on function ctl.assess_copy(json) is 'Copies what the assessment reads, once, into temporary tables, and decides in which instant the backlog is looked at.';

create or replace function ctl.assess_sections(p_scope json, p_figures json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
begin
    return (
        select json_object_agg(s.name, s.section order by s.place)
          from (select q.place, q.query_name as name,
                       case q.kind when 'section' then fn.assess_section(q.title, q.note, q.columns, q.sql, p_scope)
                       else json_build_object('title', q.title, 'note', q.note, 'columns', '[{"name": "figure", "unit": null}, {"name": "value", "unit": null}]'::json,
                                'rows', (select json_agg(json_build_array(replace(e.key, '_', ' '), e.value)) from json_each(p_figures -> q.query_name) e)) end as section
                  from fn.assess_query q where q.title is not null
                union all
                select 1000, 'trust', json_build_object('title', 'Trust checks', 'note', 'What was compared with what. A hard check may not fail at all; the others show how much of the picture is paint.',
                         'columns', '[{"name": "check", "unit": null}, {"name": "what fails", "unit": null}, {"name": "looked at", "unit": null}, {"name": "failed", "unit": null}, {"name": "share", "unit": "share"}, {"name": "hard", "unit": null}]'::json,
                         'rows', (select json_agg(json_build_array(t.check_name, t.meaning, t.population, t.failed, t.share, t.is_hard) order by t.place)
                                    from fn.assess_trust(p_figures -> 'question_4', p_figures -> 'audit', fn.assess_limits() -> 'question_4') t where t.failed is not null))) s);
end $$;
comment on function ctl.assess_sections(json, json) is 'Every section of the document, in order.';

create or replace function ctl.assess_question(p_number int, p_scope json, p_figures json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off
as $$
declare
    v_name constant text := 'question_' || p_number;
    f constant json := p_figures -> v_name;
    l constant json := fn.assess_limits() -> v_name;
    v_least constant json := fn.assess_limits() -> 'population';
    v_population constant json := p_figures -> 'population';
    v_import json;
    v_reply record;
begin
    select row_to_json(i) into v_import from reporting_v1.imports i where i.import_id = (p_scope ->> 'import_id')::int;
    if (v_population ->> 'ticket_count')::int < (v_least ->> 'tickets')::int or coalesce((v_population ->> 'week_count')::numeric, 0) < (v_least ->> 'weeks')::numeric then
        select 'cannot_tell' as answer, format('Cannot tell: %s over %s weeks; an answer needs at least %s over %s weeks.', fn.plural((v_population ->> 'ticket_count')::bigint, 'ticket'),
                                               coalesce(v_population ->> 'week_count', '0'), v_least ->> 'tickets', v_least ->> 'weeks') as sentence into v_reply;
    else
        case p_number
            when 1 then v_reply := fn.assess_answer_1(f, l, v_import);
            when 2 then v_reply := fn.assess_answer_2(f, l);
            when 3 then v_reply := fn.assess_answer_3(f, l, v_import);
            else v_reply := fn.assess_answer_4(f, p_figures -> 'audit', l);
        end case;
    end if;
    return json_build_object('answer', v_reply.answer, 'figures', f, 'limits', l,
        'sentence', v_reply.sentence || case when p_number in (1, 4) and v_reply.answer <> 'cannot_tell' and p_scope ->> 'stock_at' <> p_scope ->> 'as_of'
                                             then format(' The backlog is that of %s: at the end of the log next to nothing is open.', left(p_scope ->> 'stock_at', 10)) else '' end,
        'tickets', fn.assess_list((select q.sql from fn.assess_query q where q.query_name = v_name || '.tickets'), p_scope));
end $$;
comment on function ctl.assess_question(int, json, json) is 'One of the four questions: answer, sentence, figures, limits, the tickets behind it.';

create or replace function ctl.assess(p json) returns json
language plpgsql security definer set search_path = pg_catalog, pg_temp set jit = off set work_mem = '64MB'
as $$
declare
    v_scope json := ctl.assess_copy(ctl.assess_scope(p));
    v_figures json;
begin
    select json_object_agg(q.query_name, fn.assess_one(q.sql, v_scope)) into v_figures from fn.assess_query q where q.kind = 'figures';
    return json_build_object(
        'scope', json_build_object('kind', v_scope -> 'kind', 'import_id', v_scope -> 'import_id', 'source_name', v_scope -> 'source_name', 'department_id', v_scope -> 'department_id',
                                   'department_name', v_scope -> 'department_name', 'ticket_count', v_figures -> 'population' -> 'ticket_count'),
        'as_of', v_scope -> 'as_of',
        'question_1', ctl.assess_question(1, v_scope, v_figures), 'question_2', ctl.assess_question(2, v_scope, v_figures),
        'question_3', ctl.assess_question(3, v_scope, v_figures), 'question_4', ctl.assess_question(4, v_scope, v_figures),
        'sections', ctl.assess_sections(v_scope, v_figures),
        'method', json_build_object('as_of', v_scope -> 'as_of', 'stock_at', v_scope -> 'stock_at', 'from', v_scope -> 'from', 'notes', fn.assess_notes(v_scope),
            'limits', fn.assess_limits(), 'queries', (select json_object_agg(q.query_name, fn.assess_places(btrim(q.sql, E'\n'), v_scope, true) order by q.place) from fn.assess_query q)));
end $$;
comment on function ctl.assess(json) is 'The Backlog Reduction Assessment of {import_id or source_name, department, as_of}, each optional: four answers, sections, and in method.queries the SQL over reporting_v1 by which each figure can be had again (a figure is the column of its name).';
grant execute on function ctl.assess(json) to ebb_ctl;
