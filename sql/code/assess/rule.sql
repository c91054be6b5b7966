-- SPDX-License-Identifier: Apache-2.0
-- The workshop of the assessment: limits, words, and how a query that anybody can repeat becomes part of the answer.
-- A query is kept as text over schema reporting_v1 with places in braces. What runs is that text over copies made once
-- ({tickets} and so on); what is printed is the same text over the views, to be run from psql. A test compares both.

create or replace function fn.assess_limits() returns json
language sql immutable parallel safe
return '{
  "population": {"tickets": 50, "weeks": 8},
  "question_1": {"grace_business_hours": 8, "untouched_days": 14, "open_at_least": 20,
                 "yes_unowned_share_above": 0.10, "yes_neglected_share_above": 0.15, "no_unowned_share_below": 0.02, "no_neglected_share_below": 0.05},
  "question_2": {"repeat_days": 30, "window_days": 90, "yes_returned_share_above": 0.20, "yes_repeat_contact_share_above": 0.15,
                 "no_returned_share_below": 0.08, "no_repeat_contact_share_below": 0.05},
  "question_3": {"after_minutes": 15, "yes_changes_above": 2, "yes_unexplained_day_share_above": 0.5, "yes_subjective_share_above": 0.10,
                 "no_changes_below": 0.5, "no_unexplained_day_share_below": 0.10, "no_subjective_share_below": 0.02,
                 "separates_from_levels": 1.5, "separates_up_to_share": 0.80},
  "question_4": {"hard_share_above": 0.001, "stale_days": 14, "bulk_tickets": 20, "bulk_minutes": 10, "yes_stale_share_above": 0.15, "yes_administrative_share_above": 0.10,
                 "yes_ageing_debt_above": 0.15, "no_stale_share_below": 0.05, "no_administrative_share_below": 0.03, "no_ageing_debt_below": 0.05, "debt_window_days": 28}
}'::json;
comment on function fn.assess_limits() is 'Every limit by which the four questions are answered. They are judgements, so the assessment prints them.';

create or replace function fn.percent(p_share numeric) returns text
language sql immutable parallel safe
return coalesce(to_char(100 * p_share, 'FM999990.0') || ' %', 'not known');
comment on function fn.percent(numeric) is 'A share in words; example: 12.3 %.';

create or replace function fn.counted(p_count bigint) returns text
language sql immutable parallel safe
return to_char(coalesce(p_count, 0), 'FM999,999,999,990');
comment on function fn.counted(bigint) is 'A number in words; example: 1,487.';

create or replace function fn.plural(p_count bigint, p_noun text, p_nouns text default null) returns text
language sql immutable parallel safe
return fn.counted(p_count) || ' ' || case when p_count = 1 then p_noun else coalesce(p_nouns, p_noun || 's') end;
comment on function fn.plural(bigint, text, text) is 'A count in words; example: 1,487 tickets.';

create or replace function fn.time_words(p_hours numeric) returns text
language sql immutable parallel safe
return case when p_hours is null then 'not known' when p_hours < 48 then to_char(p_hours, 'FM990.0') || ' hours'
            else to_char(p_hours / 24, 'FM999,990.0') || ' days' end;
comment on function fn.time_words(numeric) is 'A length of time in words; example: 3.4 days.';

create or replace function fn.assess_places(p_sql text, p_scope json, p_is_printed boolean) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_sql text := p_sql;
    v_place record;
begin
    for v_place in
        select x.place, case when p_is_printed then x.printed else x.run end as text
          from (values
            ('tickets', 'pg_temp.assess_ticket', format('(select * from reporting_v1.tickets_at(%s) where %s)', p_scope ->> 'as_of_sql', p_scope ->> 'where')),
            ('stock', p_scope ->> 'stock_table', format('(select * from reporting_v1.tickets_at(%s) where %s)', p_scope ->> 'stock_at_sql', p_scope ->> 'where')),
            ('spans', 'pg_temp.assess_span', format('(select * from reporting_v1.ticket_spans where started_at <= %s and %s)', p_scope ->> 'as_of_sql', p_scope ->> 'where')),
            ('hops', 'pg_temp.assess_hop', format('(select * from reporting_v1.handovers where handed_at <= %s and %s)', p_scope ->> 'as_of_sql', p_scope ->> 'where')),
            ('steps', 'pg_temp.assess_step', format('(select * from reporting_v1.flow_steps where happened_at <= %s and %s)', p_scope ->> 'as_of_sql', p_scope ->> 'where')),
            ('changes', 'pg_temp.assess_change', format('(select * from reporting_v1.priority_changes where changed_at <= %s and %s)', p_scope ->> 'as_of_sql', p_scope ->> 'where')),
            ('issues', 'pg_temp.assess_issue', format('(select * from reporting_v1.issues_at(%s) where %s)', p_scope ->> 'stock_at_sql', p_scope ->> 'where')),
            ('as_of', p_scope ->> 'as_of_sql', p_scope ->> 'as_of_sql'), ('stock_at', p_scope ->> 'stock_at_sql', p_scope ->> 'stock_at_sql'),
            ('from', p_scope ->> 'from_sql', p_scope ->> 'from_sql'), ('where', p_scope ->> 'where', p_scope ->> 'where'),
            ('import_id', coalesce(p_scope ->> 'import_id', 'null'), coalesce(p_scope ->> 'import_id', 'null'))
          ) x (place, run, printed)
    loop
        v_sql := replace(v_sql, '{' || v_place.place || '}', v_place.text);
    end loop;
    return v_sql;
end $$;
comment on function fn.assess_places(text, json, boolean) is 'A query of the assessment with its places filled in: over the views, to be printed, or over the copies that were made of them, to be run.';

create or replace function fn.assess_section(p_title text, p_note text, p_columns text[], p_sql text, p_scope json) returns json
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows json;
begin
    execute format('select coalesce(json_agg((select json_agg(e.value) from json_each(row_to_json(q)) e)), ''[]'') from (%s) q', fn.assess_places(p_sql, p_scope, false)) into v_rows;
    return json_build_object('title', p_title, 'note', p_note,
        'columns', (select json_agg(json_build_object('name', split_part(u.name, ':', 1), 'unit', nullif(split_part(u.name, ':', 2), '')) order by u.place) from unnest(p_columns) with ordinality u (name, place)),
        'rows', v_rows);
end $$;
comment on function fn.assess_section(text, text, text[], text, json) is 'Runs the query of a section and returns it as title, note, columns and rows.';

create or replace function fn.assess_one(p_sql text, p_scope json) returns json
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_row json;
begin
    execute format('select row_to_json(q) from (%s) q', fn.assess_places(p_sql, p_scope, false)) into v_row;
    return v_row;
end $$;
comment on function fn.assess_one(text, json) is 'Runs a query that gives one row: each column is a figure of that name.';

create or replace function fn.assess_list(p_sql text, p_scope json) returns json
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_rows json;
begin
    execute format('select coalesce(json_agg(row_to_json(q)), ''[]'') from (%s) q', fn.assess_places(p_sql, p_scope, false)) into v_rows;
    return v_rows;
end $$;
comment on function fn.assess_list(text, json) is 'Runs a query that gives the tickets behind a figure, worst first.';

create or replace function fn.assess_notes(p_scope json) returns json
language sql immutable parallel safe
return (select json_agg(n.text order by n.place) from (values
    (1, 'As of ' || (p_scope ->> 'as_of') || '; nothing that happened later is used. Service, request type and priority of a ticket are those it has today.'),
    (2, case when p_scope ->> 'stock_at' <> p_scope ->> 'as_of'
             then 'At its end this log has next to no open tickets, because it was drawn from closed ones. The backlog and all windows are therefore looked at in the instant ' || (p_scope ->> 'stock_at') || ', when 95 % of the tickets had been opened; hand-overs, counters and flow cover the whole log. Lead times of such an extract are too short for what is not in it.' end),
    (3, case when p_scope ->> 'kind' <> 'import' then 'Imported logs are left out; each is assessed by itself (import_id or source_name).' end),
    (4, 'An owner is a named assignee; a team is none. Absence of a person is not known and not counted. A ticket that waits still needs an owner.'),
    (5, 'Ages and lead times are wall time; working hours are used for the grace only, by the calendar of the service.'),
    (6, 'Lead time runs from opening to the last resolution that was not taken back; cancelled and merged tickets have none. Percentiles of closed work include the open work (Kaplan and Meier).'),
    (7, 'Issues are told by equal subjects within a service, with numbers and names of things masked. On public help-desk texts 99 % of the pairs found so were right; on this desk that has not been measured, and issues told in other words are missed.'),
    (8, 'Effects over a former elimination (an issue that returned after a decision) are not computed: decisions are not kept yet.'),
    (9, 'Trust checks that need what is not kept yet: figures published before and computed again (T6), a ticket counted by two teams (T11), figures on screens run again at night (T12).'),
    (10, 'The audit of projections replays a sample of 300 tickets; it needs ctl.ticket_audit and so role ebb_ctl; every other query runs under any role that may read reporting_v1, and shows its departments only.')
  ) n (place, text) where n.text is not null);
comment on function fn.assess_notes(json) is 'What a reader must know about method and what was left out.';
