-- SPDX-License-Identifier: Apache-2.0
-- How long a department keeps what: what is due, and what goes. Without a rule everything is kept.

create or replace function fn.retention_due(p_rule ebb.retention_rule, p_limit bigint) returns bigint[]
language plpgsql stable security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_before constant timestamptz := fn.now() - make_interval(days => p_rule.keep_days);
begin
    return coalesce(case p_rule.retention_kind
        when 'ticket_text' then (select array_agg(x.ticket_id) from (
            select t.ticket_id from ebb.ticket t
             where t.department_id = p_rule.department_id and t.opened_at < v_before and t.state >= 5 and t.closed_at < v_before
               and (t.subject <> '[erased]' or t.description not in ('', '[erased]')) order by t.opened_at, t.ticket_id limit p_limit) x)
        when 'report_document' then (select array_agg(x.report_document_id) from (
            select d.report_document_id from ebb.report_document d where d.department_id = p_rule.department_id and coalesce(d.done_at, d.failed_at) < v_before order by 1 limit p_limit) x)
        when 'plugin_run' then (select array_agg(x.plugin_run_id) from (
            select r.plugin_run_id from ebb.plugin_run r where r.department_id = p_rule.department_id and r.started_at < v_before order by r.started_at limit p_limit) x)
        when 'token' then (select array_agg(x.token_id) from (
            select t.token_id from ebb.token t join ebb.person p on p.person_id = t.person_id
             where p.department_id = p_rule.department_id and least(t.revoked_at, t.expires_at) < v_before order by 1 limit p_limit) x)
        when 'person' then (select array_agg(x.person_id) from (
            select p.person_id from ebb.person p
             where p.department_id = p_rule.department_id and p.inactive_since < v_before and p.erased_at is null and not (fn.person_held(p.person_id)).is_held
               and not exists (select from ebb.ticket t where t.requester_id = p.person_id and t.state < 5)
               and not exists (select from ebb.operator o where o.person_id = p.person_id)
               and not exists (select from ebb.person_role r where r.person_id = p.person_id and r.role_code = 'admin') order by 1 limit p_limit) x)
        end, '{}');
end $$;
comment on function fn.retention_due(ebb.retention_rule, bigint) is 'Keys of what has reached the end of a rule''s time, at most so many, the oldest first.';

create or replace function fn.retention_erase(p_rule ebb.retention_rule, p_keys bigint[]) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_erasure_id int;
    v_person_id int;
begin
    case p_rule.retention_kind
    when 'ticket_text' then
        insert into ebb.erasure (erasure_kind, department_id, erased_at) values ('retention', p_rule.department_id, fn.now()) returning erasure_id into v_erasure_id;
        update ebb.erasure e set counts = fn.erase_texts(p_keys) where e.erasure_id = v_erasure_id;
    when 'report_document' then
        delete from ebb.report_document d where d.report_document_id = any (p_keys);
    when 'plugin_run' then
        delete from ebb.plugin_action a where a.plugin_run_id = any (p_keys);
        delete from ebb.plugin_run r where r.plugin_run_id = any (p_keys);
    when 'token' then
        delete from ebb.token t where t.token_id = any (p_keys);
    when 'person' then
        foreach v_person_id in array p_keys loop
            perform fn.person_erase(v_person_id, null, 'retention');
        end loop;
    end case;
end $$;
comment on function fn.retention_erase(ebb.retention_rule, bigint[]) is 'Lets go what a rule names: texts and persons are erased and stay as figures, the rest is removed.';

create or replace function fn.retention_run(p_rule ebb.retention_rule, p_batch int, p_until timestamptz) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_keys bigint[];
    v_count bigint := 0;
begin
    loop
        v_keys := fn.retention_due(p_rule, p_batch);
        exit when v_keys = '{}';
        perform fn.retention_erase(p_rule, v_keys);
        v_count := v_count + cardinality(v_keys);
        exit when cardinality(v_keys) < p_batch or clock_timestamp() >= p_until;
    end loop;
    if v_count > 0 then
        update ebb.retention_rule r set last_run_at = fn.now(), last_count = r.last_count + v_count where r.retention_rule_id = p_rule.retention_rule_id;
        perform fn.audit_add(p_rule.department_id, 'retention.run', 'retention_rule', p_rule.retention_kind, null, jsonb_build_object('count', v_count, 'keep_days', p_rule.keep_days));
    end if;
    return v_count;
end $$;
comment on function fn.retention_run(ebb.retention_rule, int, timestamptz) is 'Works a rule off in batches until nothing is due or the time is over; what went stands in the audit by number.';

create or replace function fn.retention_set(p_department_id int, p_kind text, p_keep_days int, p_is_active boolean, p_version int) returns ebb.retention_rule
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind ebb.retention_kind;
    v_before ebb.retention_rule;
    v_after ebb.retention_rule;
begin
    select * into v_kind from ebb.retention_kind k where k.retention_kind = p_kind;
    if not found then
        perform fn.fail(422, '/retention_kind', format('There is nothing called "%s" to keep or let go.', coalesce(p_kind, '')),
                        'Known are: ' || (select string_agg(k.retention_kind, ', ' order by k.retention_kind) from ebb.retention_kind k) || '.');
    end if;
    select * into v_before from ebb.retention_rule r where r.department_id = p_department_id and r.retention_kind = p_kind for update;
    if v_before.version <> p_version then
        perform fn.fail(412, null, 'The rule has been changed meanwhile.', 'Read it again, then repeat your change.');
    elsif coalesce(p_keep_days, v_before.keep_days) is null then
        perform fn.fail(422, '/keep_days', 'Say for how many days it is kept.');
    elsif coalesce(p_keep_days, v_kind.least_days) not between v_kind.least_days and 36500 then
        perform fn.fail(422, '/keep_days', format('It is kept for at least %s and at most 36500 days.', v_kind.least_days));
    end if;
    insert into ebb.retention_rule (department_id, retention_kind, keep_days, is_active, changed_at) values (p_department_id, p_kind, coalesce(p_keep_days, v_before.keep_days), coalesce(p_is_active, true), fn.now())
    on conflict on constraint retention_rule_unique do update
       set keep_days = coalesce(p_keep_days, retention_rule.keep_days), is_active = coalesce(p_is_active, retention_rule.is_active), version = retention_rule.version + 1,
           changed_at = excluded.changed_at, last_count = 0
    returning * into v_after;
    perform fn.audit_add(p_department_id, 'retention.change', 'retention_rule', p_kind,
                         case when v_before.version is not null then jsonb_build_object('keep_days', v_before.keep_days, 'is_active', v_before.is_active) end,
                         jsonb_build_object('keep_days', v_after.keep_days, 'is_active', v_after.is_active));
    return v_after;
end $$;
comment on function fn.retention_set(int, text, int, boolean, int) is 'Makes or changes the rule of a department for one kind of thing; what is not given stays.';

create or replace function fn.retention_put(p_department_id int, p_kind text, p_keep_days int, p_is_active boolean, p_version int) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
    return (fn.retention_set(p_department_id, p_kind, p_keep_days, p_is_active, p_version)).retention_rule_id;
end $$;
comment on function fn.retention_put(int, text, int, boolean, int) is 'The same, for the API: the number of the rule.';
grant execute on function fn.retention_put(int, text, int, boolean, int) to ebb_api;
