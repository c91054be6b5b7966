-- SPDX-License-Identifier: Apache-2.0
-- Doors of the clock that belong to no single noun.

create or replace function ctl.clock_lead() returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp
as $$
begin
    -- A session lock may be taken many times; asking again must not stack it.
    if exists (select from pg_locks l where l.locktype = 'advisory' and l.classid = 7304 and l.objid = 2 and l.pid = pg_backend_pid() and l.granted) then
        return true;
    end if;
    return pg_try_advisory_lock(7304, 2);
end $$;
comment on function ctl.clock_lead() is 'True when this session is, or has just become, the one clock that ticks; the lock goes with the session.';
grant execute on function ctl.clock_lead() to ebb_clock;

create or replace function ctl.tick_housekeeping() returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_count int;
    v_total int := 0;
begin
    delete from ebb.idempotency i where i.ctid in (select x.ctid from ebb.idempotency x where x.created_at < fn.now() - interval '24 hours' limit 5000);
    get diagnostics v_count = row_count; v_total := v_total + v_count;
    delete from ebb.outbox o where o.outbox_id in (select x.outbox_id from ebb.outbox x where x.done_at < fn.now() - interval '7 days' limit 5000);
    get diagnostics v_count = row_count; v_total := v_total + v_count;
    -- Not before its message is gone: until then the row is what keeps it from being delivered again.
    delete from ebb.plugin_delivery q where q.plugin_delivery_id in (select x.plugin_delivery_id from ebb.plugin_delivery x where x.done_at < fn.now() - interval '8 days'
        and not exists (select from ebb.outbox o where o.outbox_id = x.outbox_id) limit 5000);
    get diagnostics v_count = row_count; v_total := v_total + v_count;
    delete from ebb.token t where t.token_kind = 'session' and (t.expires_at < fn.now() - interval '1 day' or t.revoked_at < fn.now() - interval '1 day');
    get diagnostics v_count = row_count;
    return v_total + v_count;
end $$;
comment on function ctl.tick_housekeeping() is 'Tick: removes kept answers after 24 hours, delivered outbox rows after 7 days and with them what plugins heard of, ended sessions after one; returns how many rows.';
grant execute on function ctl.tick_housekeeping() to ebb_clock;

create or replace function ctl.contract_ready() returns json
language sql stable security definer set search_path = pg_catalog, pg_temp
as $$
    select json_build_object('schema', (select max(m.no) from ebb.migration m), 'writable', not pg_is_in_recovery(),
                             'outbox_pending', (select count(*) from ebb.outbox o where o.done_at is null),
                             'outbox_oldest_s', coalesce((select extract(epoch from fn.now() - min(o.created_at))::int from ebb.outbox o where o.done_at is null), 0))
$$;
comment on function ctl.contract_ready() is 'Schema number, whether the database takes writes, and how far the courier is behind.';
grant execute on function ctl.contract_ready() to ebb_ctl, ebb_api;

create or replace function ctl.doctor(p json) returns json
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (select ctl.contract_ready()::jsonb || jsonb_build_object(
        'roles_missing', (select coalesce(jsonb_agg(r.name order by r.name), '[]')
                            from unnest(array['ebb_owner', 'ebb_api', 'ebb_report', 'ebb_replay', 'ebb_bi', 'ebb_bi_text', 'ebb_app', 'ebb_session', 'ebb_clock', 'ebb_courier', 'ebb_ctl']) r (name)
                           where not exists (select from pg_roles x where x.rolname = r.name)),
        'clock_leads', exists (select from pg_locks l where l.locktype = 'advisory' and l.classid = 7304 and l.objid = 2 and l.granted
                                  and l.database = (select d.oid from pg_database d where d.datname = current_database())),
        'mails_waiting', (select count(*) from ebb.mail m where m.done_at is null and m.given_up_at is null),
        'mail_oldest_s', coalesce((select extract(epoch from fn.now() - min(m.due_at))::int from ebb.mail m where m.done_at is null and m.given_up_at is null), 0),
        'mail_error', (select m.last_error from ebb.mail m where m.done_at is null and m.given_up_at is null and m.last_error is not null order by m.mail_id desc limit 1),
        'imports_unfinished', (select coalesce(jsonb_agg(i.source_name order by i.import_id), '[]') from ebb.import i where i.finished_at is null)));
end $$;
comment on function ctl.doctor(json) is 'What ebbctl doctor looks at: schema number, whether writes are taken, the outbox, mails that wait and why, missing roles, whether a clock leads, imports that were cut short. Takes an empty object.';
grant execute on function ctl.doctor(json) to ebb_ctl;
