-- SPDX-License-Identifier: Apache-2.0
-- Work for the courier.

create or replace function fn.outbox_add(p_department_id int, p_topic text, p_ticket_id bigint, p_version int) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_run_id constant bigint := fn.plugin_run_current();
begin
    insert into ebb.outbox (department_id, topic, ticket_id, payload, created_at, next_at)
    values (p_department_id, p_topic, p_ticket_id,
            case when v_run_id is null then jsonb_build_object('ticket_id', p_ticket_id, 'version', p_version)
                 else jsonb_build_object('ticket_id', p_ticket_id, 'version', p_version, 'plugin_run_id', v_run_id) end, fn.now(), fn.now());
end $$;
comment on function fn.outbox_add(int, text, bigint, int) is 'Writes an outbox row in the present transaction. It sends no NOTIFY: that would make all commits queue behind one lock; the courier looks by itself.';
