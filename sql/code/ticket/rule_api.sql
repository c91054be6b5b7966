-- SPDX-License-Identifier: Apache-2.0
-- What the api functions of tickets share: cursors, locks with versions, and pages of ids.

create or replace function fn.cursor_int(p_args json) returns bigint
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if p_args ->> 'cursor' !~ '^[0-9]{1,18}$' then
        perform fn.fail(400, '/cursor', 'This cursor is not one of ours.', 'Follow next_cursor of the page before, or leave it out to begin.');
    end if;
    return (p_args ->> 'cursor')::bigint;
end $$;
comment on function fn.cursor_int(json) is 'The cursor of a list ordered by one key; NULL at the beginning, 400 when it is malformed.';
grant execute on function fn.cursor_int(json) to ebb_api;

create or replace function fn.cursor_instant(p_args json, out at timestamptz, out id bigint)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_cursor constant text := p_args ->> 'cursor';
begin
    if v_cursor is null then
        return;
    elsif v_cursor !~ '^(-?[0-9]{1,18}|never)\.[0-9]{1,18}$' then
        perform fn.fail(400, '/cursor', 'This cursor is not one of ours.', 'Follow next_cursor of the page before, or leave it out to begin.');
    end if;
    at := case when v_cursor like 'never.%' then 'infinity' else 'epoch'::timestamptz + split_part(v_cursor, '.', 1)::bigint * interval '1 microsecond' end;
    id := split_part(v_cursor, '.', 2)::bigint;
end $$;
comment on function fn.cursor_instant(json) is 'The cursor of a list ordered by an instant and a key: microseconds since 1970 (or never) and the key.';
grant execute on function fn.cursor_instant(json) to ebb_api;

create or replace function fn.cursor_of(p_at timestamptz, p_id bigint) returns text
language sql stable parallel safe
return case when p_at is null then 'never' else (extract(epoch from p_at) * 1000000)::bigint::text end || '.' || p_id;
comment on function fn.cursor_of(timestamptz, bigint) is 'Cursor after a row with this instant and key.';
grant execute on function fn.cursor_of(timestamptz, bigint) to ebb_api;

create or replace function fn.ticket_must_see(p_ticket_id bigint) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if not exists (select from ebb.ticket t where t.ticket_id = p_ticket_id) then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket, or you may not see it.');
    end if;
end $$;
comment on function fn.ticket_must_see(bigint) is 'Refuses with 404 when the caller may not see the ticket, whether it exists or not.';
grant execute on function fn.ticket_must_see(bigint) to ebb_api;

create or replace function fn.ticket_lock(p_args json, p_right text) returns ebb.ticket
language plpgsql set search_path = pg_catalog, pg_temp
as $$
declare
    v_ticket ebb.ticket;
begin
    select * into v_ticket from ebb.ticket t where t.ticket_id = (p_args ->> 'ticket_id')::bigint for no key update;
    if not found then
        perform fn.fail(404, '/ticket_id', 'There is no such ticket, or you may not see it.');
    end if;
    if not (fn.has_right('ticket.work', v_ticket.department_id) or (p_right = 'own' and v_ticket.requester_id = fn.person())) then
        perform fn.fail(403, null, 'You do not work for the desk that holds this ticket.', 'Write a comment; the desk reads it.');
    end if;
    perform fn.must_hold('write');
    if (p_args ->> 'if_match')::int <> v_ticket.version then
        perform fn.fail(412, null, format('The ticket has changed since you read it: it is at version %s.', v_ticket.version), 'Read it again, then repeat your change.');
    end if;
    return v_ticket;
end $$;
comment on function fn.ticket_lock(json, text) is 'Locks the ticket named in the arguments for a change; 404 unseen, 403 without the right (the right own admits its requester too), 412 when If-Match names another version.';
grant execute on function fn.ticket_lock(json, text) to ebb_api;

create or replace function fn.state_set(p_states text) returns smallint[]
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
begin
    if p_states is null or p_states = 'all' then
        return '{1,2,3,4,5,6,7}'::smallint[];
    end if;
    return (select array_agg(distinct s.state) from ebb.state s
             where s.state_code = any (string_to_array(p_states, ',')) or ('open' = any (string_to_array(p_states, ',')) and s.is_open));
end $$;
comment on function fn.state_set(text) is 'States named in a comma-separated list; open stands for all open ones, all or NULL for every state.';
grant execute on function fn.state_set(text) to ebb_api;

create or replace function fn.ticket_search(p_words text) returns bigint[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_departments constant int[] := fn.departments('ebb_api');
    v_teams constant int[] := fn.teams('ebb_api');
    v_person_id constant int := fn.person();
begin
    -- The words match by an operator that is not leakproof, which no policy lets near an index; so the rights are applied here.
    return (select coalesce(array_agg(t.ticket_id), '{}') from ebb.ticket t
             where (t.ticket_id = nullif(substring(p_words from '^(?:[Ee][Bb][Bb]-)?([0-9]{1,18})$'), '')::bigint
                    or to_tsvector('simple', t.subject) @@ websearch_to_tsquery('simple', p_words))
               and ((t.department_id = any (v_departments) and (not t.is_confidential or t.team_id = any (v_teams))) or t.requester_id = v_person_id));
end $$;
comment on function fn.ticket_search(text) is 'Ids of the tickets that the presented token''s person may see and whose subject has the words, or whose reference it is.';
grant execute on function fn.ticket_search(text) to ebb_api;
