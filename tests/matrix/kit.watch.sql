-- SPDX-License-Identifier: Apache-2.0
-- Watches every table of the desk: which request changed what, how to take it back, and one hash over everything.
-- For throw-away databases only; run as a superuser after the world is made. It must not know any table.
\set ON_ERROR_STOP on

create table matrix.change (
    change_id bigint generated always as identity primary key,
    request_id text not null,
    login name not null,
    relation text not null,
    op text not null,
    was jsonb,
    is_now jsonb
);
create index change_request_idx on matrix.change (request_id);

-- The transaction that is refused takes its notes with it: what stands here has happened.
create function matrix.note() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into matrix.change (request_id, login, relation, op, was, is_now)
    values (coalesce(current_setting('ebb.request', true), ''), session_user, tg_table_name, tg_op, case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end);
    return null;
end $$;

do $$
declare t record;
begin
    for t in select c.relname from pg_class c where c.relnamespace = 'ebb'::regnamespace and c.relkind in ('r', 'p') and c.relname not in ('migration', 'working_time') loop
        execute format('create trigger matrix_note after insert or update or delete on ebb.%I for each row execute function matrix.note()', t.relname);
    end loop;
end $$;

create function matrix.columns(p_relation text) returns text language sql stable as $$
    select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
     where a.attrelid = ('ebb.' || quote_ident(p_relation))::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' $$;

create function matrix.keys(p_relation text) returns text language sql stable as $$
    select coalesce((select string_agg(format('x.%1$I is not distinct from r.%1$I', a.attname), ' and ') from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
                      where i.indrelid = ('ebb.' || quote_ident(p_relation))::regclass and i.indisprimary), 'to_jsonb(x) = to_jsonb(r)') $$;

-- Takes back, newest first, what the desk has changed; triggers sleep meanwhile. Compiled calendars stay, unreferred. Returns how many rows.
create function matrix.undo() returns int language plpgsql as $$
declare
    c record;
    v_count int := 0;
begin
    perform set_config('session_replication_role', 'replica', true);
    for c in select * from matrix.change x where x.login like 'ebb\_%' order by x.change_id desc loop
        if c.is_now is not null then
            execute format('delete from ebb.%1$I x using jsonb_populate_record(null::ebb.%1$I, $1) r where %2$s', c.relation, matrix.keys(c.relation)) using c.is_now;
        end if;
        if c.was is not null then
            execute format('insert into ebb.%1$I (%2$s) overriding system value select %2$s from jsonb_populate_record(null::ebb.%1$I, $1)', c.relation, matrix.columns(c.relation)) using c.was;
        end if;
        v_count := v_count + 1;
    end loop;
    delete from matrix.change x where x.login like 'ebb\_%';
    return v_count;
end $$;

-- Changes of these requests, but for what is meant to be noted of a refusal: the audit's denials, and that a token was used.
create function matrix.changed(p_requests text[]) returns text language sql stable as $$
    select coalesce(string_agg(distinct format('%s %s %s', c.request_id, c.op, c.relation), E'\n'), '') from matrix.change c
     where c.request_id = any (p_requests) and not (c.relation = 'token' and c.op = 'UPDATE' and c.was - 'last_used_at' = c.is_now - 'last_used_at')
       and c.relation not in ('audit', 'audit_link', 'audit_head', 'audit_kept') $$;

-- Everything, but for what is meant to be noted, what time does by itself, and tables that belong to the clock and the courier.
create function matrix.state() returns text language plpgsql as $$
declare
    t record;
    v_one text;
    v_all text := '';
begin
    for t in select c.relname, c.oid from pg_class c where c.relnamespace = 'ebb'::regnamespace and c.relkind in ('r', 'p')
                and c.relname not in ('audit', 'audit_link', 'audit_head', 'audit_kept', 'outbox', 'plugin_delivery', 'plugin_day', 'working_time', 'sla_day', 'sla_day_closed') order by 1 loop
        execute format('select md5(coalesce(string_agg(x.row::text, E''\n'' order by x.row::text), '''')) from (select to_jsonb(r) - ''{last_used_at,next_tick_at}''::text[] as row from ebb.%I r) x', t.relname) into v_one;
        v_all := v_all || t.relname || ' ' || v_one || E'\n';
    end loop;
    return v_all;
end $$;

