-- SPDX-License-Identifier: Apache-2.0
-- Which policy applies to a ticket: the first, in the department's order, whose condition holds for the ticket's facts; without
-- one the policy that its service names. Of a policy the version counts that was valid when the ticket was opened.

create or replace function fn.sla_facts_known() returns text[]
language sql immutable parallel safe
return array['department_code', 'department_id', 'service_id', 'service_name', 'request_type_id', 'request_type_name', 'ticket_kind', 'priority', 'impact', 'urgency', 'channel',
             'requester_id', 'requester_name', 'requester_email', 'requester_site', 'requester_unit', 'requester_is_vip', 'requester_department_id'];
comment on function fn.sla_facts_known() is 'Facts of a ticket that a policy''s condition may ask for: what is demanded and by whom, not how far the work is.';

create or replace function fn.sla_policy_candidates(p_department_id int, p_at timestamptz, p_known_at timestamptz)
returns table (sla_policy_version_id int, sla_policy_id int, "position" int, condition text, condition_path jsonpath)
language sql stable
begin atomic
    select v.sla_policy_version_id, v.sla_policy_id, v.position, v.condition, v.condition_path
      from (select distinct on (x.sla_policy_id) x.* from ebb.sla_policy_version x
             where x.department_id = p_department_id and x.valid_from <= p_at and x.created_at <= p_known_at
             order by x.sla_policy_id, x.valid_from desc, x.version desc) v
     where v.is_active and v.condition is not null;
end;
comment on function fn.sla_policy_candidates(int, timestamptz, timestamptz) is 'policy: the versions with a condition that were valid at p_at, as far as was known at p_known_at; the lowest position is asked first.';

create or replace function fn.sla_policy_of(p_ticket ebb.ticket, p_sla_policy_id int default null) returns int
language plpgsql stable security definer set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan
as $$
declare
    v_id int;
    v_has_conditions boolean;
begin
    -- One look for what nearly every ticket needs; facts are gathered only where somebody asks for them.
    select (select v.sla_policy_version_id from ebb.sla_policy_version v
             where v.sla_policy_id = coalesce(p_sla_policy_id, (select s.sla_policy_id from ebb.service s where s.service_id = p_ticket.service_id)) and v.valid_from <= p_ticket.opened_at
             order by v.valid_from desc, v.version desc limit 1),
           exists (select from ebb.sla_policy_version v where v.department_id = p_ticket.department_id and v.condition is not null)
      into v_id, v_has_conditions;
    if v_has_conditions then
        v_id := coalesce((select c.sla_policy_version_id
                            from (select fn.ticket_facts(p_ticket) as facts offset 0) f
                            join fn.sla_policy_candidates(p_ticket.department_id, p_ticket.opened_at, 'infinity') c on f.facts @@ c.condition_path
                           order by c.position, c.sla_policy_id limit 1), v_id);
    end if;
    -- An imported ticket may be older than every policy: the first version holds for it.
    if v_id is null and p_ticket.import_id is not null then
        v_id := (select v.sla_policy_version_id from ebb.sla_policy_version v join ebb.service s on s.sla_policy_id = v.sla_policy_id
                  where s.service_id = p_ticket.service_id order by v.version limit 1);
    end if;
    return v_id;
end $$;
comment on function fn.sla_policy_of(ebb.ticket, int) is 'Policy version for a ticket as it is about to be; p_sla_policy_id is the policy of its service, if that is known. NULL: no targets.';
grant execute on function fn.sla_policy_of(ebb.ticket, int) to ebb_replay;

create or replace function fn.condition_reads(p_text text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    perform p_text::jsonpath;
    return null;
exception when others then
    return sqlerrm;
end $$;
comment on function fn.condition_reads(text) is 'NULL when a text is a SQL/JSON path, else what PostgreSQL says about it.';

create or replace function fn.condition_fault(p_text text) returns int
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_good int := 0;
begin
    -- The parser tells a token, no place. A beginning is good when a sign that stands nowhere is the first thing wrong with it.
    for n in 1 .. length(p_text) loop
        if fn.condition_reads(left(p_text, n) || ' }') like '%at or near "}"%' then
            v_good := n;
        end if;
    end loop;
    return v_good + 1 + length(substr(p_text, v_good + 1)) - length(ltrim(substr(p_text, v_good + 1), E' \t\r\n'));
end $$;
comment on function fn.condition_fault(text) is 'Character, from 1, from which on a text is no SQL/JSON path; one past its end when it only ends too early.';

create or replace function fn.condition_path(p_text text, p_pointer text, p_facts text[]) returns jsonpath
language plpgsql stable set search_path = pg_catalog, pg_temp
as $$
declare
    v_message constant text := fn.condition_reads(p_text);
    v_at int;
    v_fact text;
begin
    if v_message is not null then
        v_at := fn.condition_fault(p_text);
        perform fn.fail(422, p_pointer, case when v_at > length(p_text) then format('The condition ends after character %s before it is complete.', length(p_text))
                                             else format('The condition cannot be read from character %s on, at "%s".', v_at, left(substr(p_text, v_at), 20)) end,
                        'A condition is a SQL/JSON path such as  $.priority <= 2 && $.requester_site == "Leeds"');
    end if;
    for v_fact in select (regexp_matches(p_text::jsonpath::text, '\$\."((?:[^"\\]|\\.)*)"', 'g'))[1] loop
        if v_fact <> all (p_facts) then
            perform fn.fail(422, p_pointer, format('The condition asks at character %s for "%s", which is no fact that it may ask for.', greatest(strpos(p_text, v_fact), 1), v_fact),
                            'It may ask for ' || array_to_string(p_facts, ', ') || '.');
        end if;
    end loop;
    -- Only a comparison or another claim gives true or false; a bare path such as $.priority holds for no ticket.
    begin
        perform jsonb_path_match((select jsonb_object_agg(f, case when f like '%\_is\_%' then 'true'::jsonb else '"?"' end) from unnest(p_facts) f), p_text::jsonpath);
    exception when others then
        perform fn.fail(422, p_pointer, 'The condition at character 1 is no claim that is true or false of a ticket.', 'Compare something: $.priority <= 2');
    end;
    return p_text::jsonpath;
end $$;
comment on function fn.condition_path(text, text, text[]) is 'Parses a condition over facts; refuses with the character what cannot be read, asks for an unknown fact or claims nothing.';

create or replace function fn.sla_is_in_scope(p_ticket ebb.ticket, p_scope jsonb, p_tickets bigint[]) returns boolean
language sql immutable
return (p_tickets is null or p_ticket.ticket_id = any (p_tickets))
       and (not p_scope ? 'department_id' or p_ticket.department_id = (p_scope ->> 'department_id')::int)
       and (not p_scope ? 'service_id' or p_ticket.service_id = (p_scope ->> 'service_id')::int)
       and (not coalesce((p_scope ->> 'is_open')::boolean, false) or p_ticket.state < 4);
comment on function fn.sla_is_in_scope(ebb.ticket, jsonb, bigint[]) is 'True when a recomputation of that scope takes the ticket.';
