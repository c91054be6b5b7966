-- SPDX-License-Identifier: Apache-2.0
-- Pages of ticket ids. The usual questions have statements of their own whose order comes straight from an index, so that a
-- page costs the same at any number of tickets; what filters are left is applied to the rows passed on the way. Over several
-- departments the ids are taken department by department, so that no statement walks past foreign rows.

create or replace function fn.ticket_page_queue(p_args json, p_states smallint[], p_at timestamptz, p_id bigint, p_rows int)
returns table (ticket_id bigint, at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_at constant timestamptz := coalesce(p_at, 'infinity');
    v_id constant bigint := coalesce(p_id, 0);
    v_team_id constant int := (p_args ->> 'team_id')::int;
    v_assignee_id constant int := (p_args ->> 'assignee_id')::int;
    v_unassigned constant boolean := (p_args ->> 'unassigned')::boolean;
begin
    if v_team_id is not null then
        return query
            select t.ticket_id, t.opened_at from ebb.ticket t
             where t.team_id = v_team_id and t.state < 4 and (t.opened_at, t.ticket_id) < (v_at, v_id) and t.state = any (p_states)
               and (v_assignee_id is null or t.assignee_id = v_assignee_id) and (v_unassigned is null or (t.assignee_id is null) = v_unassigned)
             order by t.opened_at desc, t.ticket_id desc limit p_rows;
    else
        return query
            select t.ticket_id, t.opened_at from ebb.ticket t
             where t.assignee_id = v_assignee_id and t.state < 4 and (t.opened_at, t.ticket_id) < (v_at, v_id) and t.state = any (p_states)
             order by t.opened_at desc, t.ticket_id desc limit p_rows;
    end if;
end $$;
comment on function fn.ticket_page_queue(json, smallint[], timestamptz, bigint, int) is 'Ids of a page of open tickets of a team or an assignee, newest first, after the given cursor.';
grant execute on function fn.ticket_page_queue(json, smallint[], timestamptz, bigint, int) to ebb_api;

create or replace function fn.ticket_page_newest(p_states smallint[], p_at timestamptz, p_id bigint, p_rows int)
returns table (ticket_id bigint, at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_at constant timestamptz := coalesce(p_at, 'infinity');
    v_id constant bigint := coalesce(p_id, 0);
    v_person_id constant int := fn.person();
    v_departments constant int[] := fn.departments('ebb_api');
begin
    return query
        select u.ticket_id, u.opened_at
          from (select x.ticket_id, x.opened_at
                  from unnest(v_departments) d (department_id)
                 cross join lateral (
                       select t.ticket_id, t.opened_at from ebb.ticket t
                        where t.department_id = d.department_id and (t.opened_at, t.ticket_id) < (v_at, v_id) and t.state = any (p_states)
                        order by t.opened_at desc, t.ticket_id desc limit p_rows) x
                union all
               (select t.ticket_id, t.opened_at from ebb.ticket t
                 where t.requester_id = v_person_id and t.department_id <> all (v_departments) and (t.opened_at, t.ticket_id) < (v_at, v_id)
                   and t.state = any (p_states)
                 order by t.opened_at desc, t.ticket_id desc limit p_rows)) u
         order by u.opened_at desc, u.ticket_id desc limit p_rows;
end $$;
comment on function fn.ticket_page_newest(smallint[], timestamptz, bigint, int) is 'Ids of a page of tickets, newest first, after the given cursor: those of the person''s departments, and their own elsewhere.';
grant execute on function fn.ticket_page_newest(smallint[], timestamptz, bigint, int) to ebb_api;

create or replace function fn.ticket_page_due(p_team_id int, p_at timestamptz, p_id bigint, p_rows int)
returns table (ticket_id bigint, at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_at constant timestamptz := coalesce(p_at, '-infinity');
    v_id constant bigint := coalesce(p_id, 0);
begin
    return query
        select t.ticket_id, t.due_at from ebb.ticket t
         where t.team_id = p_team_id and t.state < 4 and (t.due_at, t.ticket_id) > (v_at, v_id)
         order by t.due_at, t.ticket_id limit p_rows;
    get diagnostics p_id = row_count;
    if p_id < p_rows then
        -- Those that are not due at all (their clock is paused) come last.
        return query
            select t.ticket_id, t.due_at from ebb.ticket t
             where t.team_id = p_team_id and t.state < 4 and t.due_at is null and t.ticket_id > case when v_at = 'infinity' then v_id else 0 end
             order by t.ticket_id limit p_rows - p_id;
    end if;
end $$;
comment on function fn.ticket_page_due(int, timestamptz, bigint, int) is 'Ids of a page of a team''s open tickets, next due first, paused ones last.';
grant execute on function fn.ticket_page_due(int, timestamptz, bigint, int) to ebb_api;

create or replace function fn.ticket_page_other(p_args json, p_states smallint[], p_at timestamptz, p_id bigint, p_rows int)
returns table (ticket_id bigint, at timestamptz)
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_sort constant text := coalesce(p_args ->> 'sort', '-opened_at');
    v_column constant text := ltrim(v_sort, '-');
    v_falling constant boolean := v_sort like '-%';
    v_key text := quote_ident(v_column);
    v_where text := 't.state = any ($1)';
    v_found bigint[];
begin
    if v_column = 'due_at' then
        v_key := 'coalesce(t.due_at, ''infinity'')';
    end if;
    if p_args ->> 'q' is not null then
        v_found := fn.ticket_search(p_args ->> 'q');
        v_where := v_where || ' and t.ticket_id = any ($2)';
    end if;
    select v_where || coalesce(string_agg(format(' and t.%I = %L::int', f.name, p_args ->> f.name), ''), '') into v_where
      from unnest(array['team_id', 'assignee_id', 'accountable_person_id', 'requester_id', 'service_id', 'department_id']) f (name)
     where p_args ->> f.name is not null;
    if p_args ->> 'unassigned' is not null then
        v_where := v_where || case when (p_args ->> 'unassigned')::boolean then ' and t.assignee_id is null' else ' and t.assignee_id is not null' end;
    end if;
    if p_id is not null then
        v_where := v_where || format(' and (%s, t.ticket_id) %s ($3, $4)', v_key, case when v_falling then '<' else '>' end);
    end if;
    -- Department by department as above; the last branch is the person's own tickets elsewhere.
    return query execute format(
        'select u.ticket_id, u.at from (
             select x.* from unnest($5::int[]) d (department_id) cross join lateral (
                 select t.ticket_id, %1$s as at from ebb.ticket t where t.department_id = d.department_id and %2$s order by %1$s %3$s, t.ticket_id %3$s limit $6) x
             union all
             (select t.ticket_id, %1$s from ebb.ticket t where t.requester_id = $7 and t.department_id <> all ($5) and %2$s order by %1$s %3$s, t.ticket_id %3$s limit $6)) u
          order by u.at %3$s, u.ticket_id %3$s limit $6',
        v_key, v_where, case when v_falling then 'desc' else 'asc' end)
        using p_states, v_found, p_at, p_id, fn.departments('ebb_api'), p_rows, fn.person();
end $$;
comment on function fn.ticket_page_other(json, smallint[], timestamptz, bigint, int) is 'Ids of a page of tickets for the rarer orders and for a search; planned for each call.';
grant execute on function fn.ticket_page_other(json, smallint[], timestamptz, bigint, int) to ebb_api;

create or replace function fn.ticket_page(p_args json) returns table (ticket_id bigint, at timestamptz, place bigint)
language plpgsql stable rows 50 set search_path = pg_catalog, pg_temp
as $$
declare
    v_sort constant text := coalesce(p_args ->> 'sort', '-opened_at');
    v_state constant text := coalesce(p_args ->> 'state', case when v_sort = 'due_at' then 'open' end);
    v_states constant smallint[] := fn.state_set(v_state);
    v_cursor constant record := fn.cursor_instant(p_args);
    v_rows constant int := (p_args ->> 'limit')::int + 1;
    v_filters text[];
begin
    if v_sort = 'due_at' and not v_states <@ '{1,2,3}' then
        perform fn.fail(422, '/sort', 'Only open tickets have an order of due times.', 'Ask for state=open with sort=due_at.');
    end if;
    v_filters := array(select k from json_object_keys(p_args) k where k not in ('state', 'sort', 'limit', 'cursor'));
    if v_sort = '-opened_at' and v_filters = '{}' then
        return query select p.ticket_id, p.at, row_number() over () from fn.ticket_page_newest(v_states, v_cursor.at, v_cursor.id, v_rows) p;
    elsif v_sort = '-opened_at' and v_states <@ '{1,2,3}' and v_filters <@ '{team_id,assignee_id,unassigned}' and v_filters && '{team_id,assignee_id}' then
        return query select p.ticket_id, p.at, row_number() over () from fn.ticket_page_queue(p_args, v_states, v_cursor.at, v_cursor.id, v_rows) p;
    elsif v_sort = 'due_at' and v_state = 'open' and v_filters = '{team_id}' then
        return query select p.ticket_id, p.at, row_number() over () from fn.ticket_page_due((p_args ->> 'team_id')::int, v_cursor.at, v_cursor.id, v_rows) p;
    else
        return query select p.ticket_id, p.at, row_number() over () from fn.ticket_page_other(p_args, v_states, v_cursor.at, v_cursor.id, v_rows) p;
    end if;
end $$;
comment on function fn.ticket_page(json) is 'Ids of the page of tickets that the arguments ask for, one more than the limit, in order.';
grant execute on function fn.ticket_page(json) to ebb_api;
