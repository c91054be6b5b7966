-- SPDX-License-Identifier: Apache-2.0
-- From the parameter "rules" to rows: every fault is a row (pointer, detail), and only rules without any are written.

create or replace function x_automate_rules.known_args()
returns table (action text, arg text, kind text, is_required boolean)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return query values
        ('set', 'impact', '1 to 3', false), ('set', 'urgency', '1 to 3', false), ('set', 'service_id', 'id', false), ('set', 'request_type_id', 'id', false),
        ('set', 'subject', 'text', false), ('assign', 'assignee_id', 'id or null', true), ('note', 'text', 'text', true), ('reply', 'text', 'text', true),
        ('notify', 'to', 'assignee, accountable, lead, requester or the id of a person', true), ('notify', 'text', 'text', true),
        ('transfer', 'to_team_id', 'id', true), ('transfer', 'reason', 'text', true), ('escalate', 'to', 'lead or accountable', true), ('escalate', 'reason', 'text', true),
        ('wait', 'waiting_reason', 'requester, supplier, approval or scheduled', true), ('wait', 'waiting_hours', '1 to 8760', false),
        ('wait', 'waiting_until', 'instant', false), ('wait', 'note', 'text', false), ('resume', null, null, false), ('resolve', 'resolution', 'text', true),
        ('reopen', 'reason', 'text', true), ('cancel', 'reason', 'text', true);
end $$;
comment on function x_automate_rules.known_args() is 'The actions that rules may ask for, and the arguments of each.';

create or replace function x_automate_rules.known_events() returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return array(select 'ticket.' || k from unnest(array['*', 'opened', 'changed', 'taken', 'assigned', 'unassigned', 'activated', 'waiting', 'resumed', 'resolved', 'reopened', 'closed',
                        'cancelled', 'merged', 'commented', 'offered', 'accepted', 'returned', 'withdrawn', 'escalated']) k) || 'sla.breached'::text;
end $$;
comment on function x_automate_rules.known_events() is 'Events at which rules may be asked.';

create or replace function x_automate_rules.is_arg(p_kind text, p_value jsonb) returns boolean
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_number constant numeric := case when jsonb_typeof(p_value) = 'number' then (p_value #>> '{}')::numeric end;
    v_text constant text := case when jsonb_typeof(p_value) = 'string' then p_value #>> '{}' end;
begin
    return coalesce(case
        when p_kind ~ '^\d+ to \d+$' then v_number = trunc(v_number) and v_number between split_part(p_kind, ' to ', 1)::int and split_part(p_kind, ' to ', 2)::int
        when p_kind = 'id or null' and p_value = 'null' then true
        when p_kind like 'id%' then v_number = trunc(v_number) and v_number between 1 and 999999999
        when p_kind = 'text' then v_text ~ '\S' and length(v_text) <= 4000
        when p_kind = 'instant' then v_text ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$'
        when p_kind like '%id of a person' and (v_number = trunc(v_number) or v_text ~ '^[0-9]{1,9}$') then coalesce(v_number, v_text::numeric) between 1 and 999999999
        else v_text = any (regexp_split_to_array(regexp_replace(p_kind, ' or the id of a person$', ''), ', | or ')) end, false);
end $$;
comment on function x_automate_rules.is_arg(text, jsonb) is 'True when a value is of the kind that known_args() names.';

create or replace function x_automate_rules.action_faults(p_action jsonb, p_pointer text)
returns table (pointer text, detail text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_kind constant text := p_action ->> 'action';
    v_args constant jsonb := coalesce(p_action -> 'args', '{}');
begin
    if jsonb_typeof(p_action) <> 'object' or jsonb_typeof(v_args) <> 'object' then
        return query select p_pointer, 'An action is an object: {"action": "note", "args": {"text": "..."}}.';
        return;
    elsif v_kind = 'webhook' then
        return query select p_pointer || '/action', 'There is no channel for webhooks yet.';
        return;
    elsif not exists (select from x_automate_rules.known_args() k where k.action = v_kind) then
        return query select p_pointer || '/action', format('There is no action %s; there are %s.', coalesce(to_json(v_kind)::text, 'without a name'),
                            (select string_agg(distinct k.action, ', ' order by k.action) from x_automate_rules.known_args() k));
        return;
    end if;
    return query
        select p_pointer || '/' || replace(replace(x.key, '~', '~0'), '/', '~1'), format('"%s" is not known here; known are action and args.', x.key)
          from jsonb_object_keys(p_action) x (key) where x.key not in ('action', 'args')
        union all
        select p_pointer || '/args/' || replace(replace(coalesce(a.key, k.arg), '~', '~0'), '/', '~1'),
               case when k.action is null then format('%s knows no argument "%s".', v_kind, a.key) when a.key is null then format('%s needs %s: %s.', v_kind, k.arg, k.kind)
                    else format('%s wants here: %s.', v_kind, k.kind) end
          from jsonb_each(v_args) a full join (select q.* from x_automate_rules.known_args() q where q.action = v_kind and q.arg is not null) k on k.arg = a.key
         where case when a.key is null then k.is_required when k.action is null then true else not x_automate_rules.is_arg(k.kind, a.value) end;
    if v_kind = 'set' and v_args = '{}' then
        return query select p_pointer || '/args', 'set needs at least one of impact, urgency, service_id, request_type_id, subject.'::text;
    elsif v_kind = 'wait' and (v_args ? 'waiting_hours') = (v_args ? 'waiting_until') then
        return query select p_pointer || '/args', 'wait needs waiting_hours or waiting_until, one of them.'::text;
    end if;
end $$;
comment on function x_automate_rules.action_faults(jsonb, text) is 'What is wrong with an action, each with its place.';

create or replace function x_automate_rules.events_of(p_rule jsonb) returns text[]
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    return case jsonb_typeof(p_rule -> 'when') when 'string' then array[p_rule ->> 'when'] when 'array' then array(select jsonb_array_elements_text(p_rule -> 'when')) end;
end $$;
comment on function x_automate_rules.events_of(jsonb) is 'The events of a rule: one word, or a list of them.';

create or replace function x_automate_rules.rule_faults(p_rule jsonb, p_pointer text)
returns table (pointer text, detail text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
declare
    v_event text;
    v_fault text;
begin
    if jsonb_typeof(p_rule) <> 'object' then
        return query select p_pointer, 'A rule is an object: {"name": ..., "when": ..., "if": ..., "then": [...]}.'::text;
        return;
    end if;
    return query select p_pointer || '/' || replace(replace(x.key, '~', '~0'), '/', '~1'), format('"%s" is not known here; known are name, when, if, then, why, enabled.', x.key)
                   from jsonb_object_keys(p_rule) x (key) where x.key not in ('name', 'when', 'if', 'then', 'why', 'enabled');
    if jsonb_typeof(p_rule -> 'name') is distinct from 'string' or p_rule ->> 'name' !~ '\S' or length(p_rule ->> 'name') > 80 then
        return query select p_pointer || '/name', 'A rule needs a name of 1 to 80 characters.'::text;
    end if;
    if coalesce(cardinality(x_automate_rules.events_of(p_rule)), 0) = 0 then
        return query select p_pointer || '/when', 'A rule needs an event: "ticket.opened", or a list of events.'::text;
    end if;
    foreach v_event in array coalesce(x_automate_rules.events_of(p_rule), '{}') loop
        if v_event <> all (x_automate_rules.known_events()) or v_event is null then
            return query select p_pointer || '/when', format('There is no event %s for rules; there are %s.', coalesce(to_json(v_event)::text, 'null'), array_to_string(x_automate_rules.known_events(), ', '));
        end if;
    end loop;
    v_fault := case when p_rule -> 'if' is null then null when jsonb_typeof(p_rule -> 'if') <> 'string' then 'A condition is a text, an SQL/JSON path: "$.facts.priority == 1".'
                    when length(p_rule ->> 'if') > 2000 then 'A condition has at most 2,000 characters.' else x_automate_rules.condition_fault(p_rule ->> 'if') end;
    if v_fault is not null then
        return query select p_pointer || '/if', v_fault;
    end if;
    if jsonb_typeof(p_rule -> 'then') is distinct from 'array' or jsonb_array_length(p_rule -> 'then') not between 1 and 20 then
        return query select p_pointer || '/then', 'A rule needs 1 to 20 actions: [{"action": "note", "args": {"text": "..."}}].'::text;
    else
        return query select f.pointer, f.detail from jsonb_array_elements(p_rule -> 'then') with ordinality a (action, no)
                      cross join lateral x_automate_rules.action_faults(a.action, p_pointer || '/then/' || a.no - 1) f;
    end if;
    if p_rule ? 'why' and not x_automate_rules.is_arg('text', p_rule -> 'why') then
        return query select p_pointer || '/why', 'A sentence is wanted here.'::text;
    end if;
    if p_rule ? 'enabled' and jsonb_typeof(p_rule -> 'enabled') <> 'boolean' then
        return query select p_pointer || '/enabled', 'true or false is wanted here.'::text;
    end if;
end $$;
comment on function x_automate_rules.rule_faults(jsonb, text) is 'What is wrong with a rule, each with its place.';

create or replace function x_automate_rules.faults(p_rules jsonb)
returns table (pointer text, detail text)
language plpgsql immutable set search_path = pg_catalog, pg_temp
as $$
begin
    if jsonb_typeof(p_rules) is distinct from 'array' or jsonb_array_length(p_rules) > 500 then
        return query select '/rules'::text, 'A list of at most 500 rules is wanted here: [{...}, {...}].'::text;
        return;
    end if;
    return query
        select f.pointer, f.detail from jsonb_array_elements(p_rules) with ordinality r (rule, no) cross join lateral x_automate_rules.rule_faults(r.rule, '/rules/' || r.no - 1) f
        union all
        select '/rules/' || d.no - 1 || '/name', format('Rule %s has this name already.', d.first_no)
          from (select r.no, min(r.no) over (partition by r.rule ->> 'name') as first_no from jsonb_array_elements(p_rules) with ordinality r (rule, no) where r.rule ->> 'name' is not null) d
         where d.no > d.first_no;
end $$;
comment on function x_automate_rules.faults(jsonb) is 'What is wrong with a list of rules, each with its JSON pointer.';
