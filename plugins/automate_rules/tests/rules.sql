-- SPDX-License-Identifier: Apache-2.0
-- Rules of automation: what is refused and where, what a version is, what fires in which order, and where it ends. Run by
-- automate_rules.py on a database into which the plugin was installed.
set client_min_messages = warning;
create schema if not exists t;
create extension if not exists pgtap;

-- As the desk calls a statement: in the plugin's role, for one department.
create function t.begin(p_department_id int) returns void language plpgsql
as $$
begin
    perform set_config('ebb.plugin_pass', 'automate_rules ' || p_department_id || ' ' || fn.plugin_pass_seal('automate_rules', p_department_id), true);
    perform set_config('role', 'ebb_x_automate_rules_call', true);
end $$;
create function t.configure(p_department_id int, p_rules text, p_bound text default '10') returns table (pointer text, detail text) language plpgsql
as $$
begin
    perform t.begin(p_department_id);
    return query select * from x_automate_rules.configure(jsonb_build_object('department_id', p_department_id, 'config', jsonb_build_object('rules', p_rules, 'step_bound', p_bound)));
    perform set_config('role', 'postgres', true);
end $$;
-- What fired, as "rule.version:action@step".
create function t.decide(p_department_id int, p_event text, p_facts jsonb, p_changes jsonb default '{}') returns table (fired text, args jsonb, inputs jsonb, explanation text) language plpgsql
as $$
begin
    perform t.begin(p_department_id);
    return query select concat(d.rule, '.', d.version, ':', coalesce(d.action, d.problem), '@', d.step), d.args, d.inputs, d.explanation
                   from x_automate_rules.decide(jsonb_build_object('department_id', p_department_id, 'event', p_event, 'facts', p_facts, 'changes', p_changes)) d;
    perform set_config('role', 'postgres', true);
end $$;
create function t.fired(p_event text, p_facts jsonb, p_changes jsonb default '{}', p_department_id int default 1) returns text language sql
as $$ select string_agg(d.fired, ' ') from t.decide(p_department_id, p_event, p_facts, p_changes) d $$;
create function t.fault(p_rule text) returns text language sql
as $$ select string_agg(c.pointer || ' ' || c.detail, ' | ') from t.configure(1, '[' || p_rule || ']') c $$;
create function t.condition(p_text text) returns text language sql
as $$ select substring(x_automate_rules.condition_fault(p_text) from 'character (\d+, (?:where it ends|at `[^`]*`))') $$;

begin;
select plan(71);

-- Conditions: the character is the one that people would point at.
select is(t.condition(c), s, c) from (values
    ('$.facts.priority = 1', '18, at `= 1`'), ('$.facts.priority == ', '21, where it ends'), ('$.facts.priority == 1 && ', '26, where it ends'),
    ('$.facts.priority == 1 &&& $.x', '25, at `& $.x`'), ('$.a == "abc', '12, where it ends'), ('$.a == "a\u00"', '8, at `"a\u00"`'), ('$.a like', '5, at `like`'),
    ('$.a like_regex "("', '16, at `"("`'), ('$.a like_regex "a" flag "z"', '25, at `"z"`'), ('@.a == 1', '1, at `@.a == 1`'), ('$[last] == last', '12, at `last`'),
    ('$.a == 1x', '8, at `1x`'), ('$.a == true) ', '12, at `) `'), ('$.a == ''x''', '8, at `''x''`'), ('priority == 1', '1, at `priority == 1`'),
    ('$.naïve == 1 and $.b', '14, at `and $.b`'), ('$.a starts with "x" && $.b == = 2', '31, at `= 2`'), ('$.a > 1e5 && ($.b == 1', '23, where it ends'),
    ('$.a > 1.5 && $.b == 1)', '22, at `)`'), ('$.facts..priority == 1', '9, at `.priority == 1`'), ('$.a == "x && $.b" && $.c === 1', '28, at `= 1`'),
    ('($.a == true', '13, where it ends')) c (c, s);
select is(x_automate_rules.condition_fault(c), null, c) from (values
    ('$.facts.priority == 1'), ('exists($.facts ? (@.priority == 1))'), ('$.facts.subject like_regex "vpn" flag "i" && !($.facts.is_open == false)'),
    ('strict $.facts.priority == 1 || true == true'), ('$.facts.due_at < $.now')) c (c);
select matches(x_automate_rules.condition_fault(c), 'neither true nor false.*\$\.facts\.priority == 1', 'no predicate: ' || c)
  from (values ('$.facts.priority'), ('$.facts ? (@.priority == 1)'), ('strict $.facts.nothing')) c (c);
select matches(x_automate_rules.condition_fault('  '), 'is empty', 'an empty condition is refused');

-- Rules: each fault at its place.
select matches(t.fault(r), p, 'refused: ' || p) from (values
    ('7', '^/rules/0 A rule is an object'), ('{"when": "ticket.opened", "then": [{"action": "resume"}]}', '^/rules/0/name '),
    ('{"name": "a", "when": "ticket.open", "then": [{"action": "resume"}]}', '^/rules/0/when There is no event "ticket.open".*ticket.opened'),
    ('{"name": "a", "when": "tick", "then": [{"action": "resume"}]}', '^/rules/0/when There is no event "tick"'),
    ('{"name": "a", "when": [], "then": [{"action": "resume"}]}', '^/rules/0/when A rule needs an event'),
    ('{"name": "a", "when": "ticket.opened", "if": "$.a = 1", "then": [{"action": "resume"}]}', '^/rules/0/if The condition does not parse at character 5, at `= 1`'),
    ('{"name": "a", "when": "ticket.opened", "if": 1, "then": [{"action": "resume"}]}', '^/rules/0/if A condition is a text'),
    ('{"name": "a", "when": "ticket.opened"}', '^/rules/0/then A rule needs 1 to 20 actions'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "fly"}]}', '^/rules/0/then/0/action There is no action "fly"; there are assign, cancel'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "webhook"}]}', '^/rules/0/then/0/action There is no channel for webhooks yet'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "note", "args": {"txt": "x"}}]}', '^/rules/0/then/0/args/text note needs text: text\. \| /rules/0/then/0/args/txt note knows no argument "txt"'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "set", "args": {"impact": 4}}]}', '^/rules/0/then/0/args/impact set wants here: 1 to 3'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "set", "args": {}}]}', '^/rules/0/then/0/args set needs at least one'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "notify", "args": {"to": "boss", "text": "x"}}]}', '^/rules/0/then/0/args/to notify wants here: assignee, accountable'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "wait", "args": {"waiting_reason": "supplier"}}]}', '^/rules/0/then/0/args wait needs waiting_hours or waiting_until'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "resume"}], "iff": "x"}', '^/rules/0/iff "iff" is not known here'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "resume"}]}, {"name": "a", "when": "ticket.opened", "then": [{"action": "resume"}]}', '^/rules/1/name Rule 1 has this name already'),
    ('{"name": "a", "when": "ticket.opened", "then": [{"action": "resume"}], "enabled": "yes"}', '^/rules/0/enabled true or false')) c (r, p);
select is((select count(*) from x_automate_rules.rule), 0::bigint, 'of refused rules nothing is written');
select matches((select detail from t.configure(1, '[}')), 'no JSON', 'what is no JSON is refused');

-- Versions.
select is_empty($$ select * from t.configure(1, '[{"name": "a", "when": "ticket.opened", "if": "$.facts.priority == 1", "then": [{"action": "note", "args": {"text": "x"}}]},
    {"name": "b", "when": "ticket.*", "then": [{"action": "resume"}]}]') $$, 'rules without a fault are taken');
select is_empty($$ select * from t.configure(1, '[{"name": "b", "when": "ticket.*", "then": [{"action": "resume"}]},
    {"name": "a", "when": "ticket.opened", "if": "$.facts.priority <= 2", "then": [{"action": "note", "args": {"text": "x"}}]}]') $$, 'another order, another condition');
select results_eq($$ select name, "position", version from x_automate_rules.rule order by "position" $$, $$ values ('b', 1, 1), ('a', 2, 2) $$, 'what a rule says makes its version, its place does not');
select is((select string_agg(if_text, ' ' order by version) from x_automate_rules.rule_version where name = 'a'), '$.facts.priority == 1 $.facts.priority <= 2', 'versions are kept');
select throws_like($$ update x_automate_rules.rule_version set name = 'x' $$, '%never changed%', 'and never changed');
select is(t.fired('ticket.opened', '{"priority": 2}'), 'b.1:resume@1 a.2:note@1', 'rules fire in their order, by name or by noun of the event');
select is(t.fired('ticket.resolved', '{"priority": 2}'), 'b.1:resume@1', 'a rule waits for its event');
select is(t.fired('ticket.opened', '{"priority": 2}', '{}', 2), null, 'another department has its own rules, or none');
select is((select explanation from t.decide(1, 'ticket.opened', '{"priority": 2, "subject": "s"}') where fired like 'a%'), 'Rule a at ticket.opened: priority is 2.', 'why: what the condition looked at');
select is((select inputs from t.decide(1, 'ticket.opened', '{"priority": 2, "subject": "s"}') where fired like 'a%'), '{"event": "ticket.opened", "facts": {"priority": 2}}', 'and its values are kept, no others');
select is_empty($$ select * from t.configure(1, '[]') $$, 'no rules');
select is(t.fired('ticket.opened', '{"priority": 2}'), null, 'a rule that is left out does not fire');

-- Rounds.
select is_empty($$ select * from t.configure(1, '[
    {"name": "late", "when": "ticket.opened", "if": "$.facts.urgency == 1 && $.facts.impact == 1", "then": [{"action": "escalate", "args": {"to": "lead", "reason": "r"}}], "why": "Both are high."},
    {"name": "mail", "when": "ticket.opened", "if": "$.facts.channel == \"mail\"", "then": [{"action": "set", "args": {"impact": 1}}, {"action": "wait", "args": {"waiting_reason": "supplier", "waiting_hours": 24}}]},
    {"name": "up", "when": "ticket.opened", "if": "$.facts.impact == 1", "then": [{"action": "set", "args": {"urgency": 1}}]},
    {"name": "odd", "when": "ticket.opened", "if": "$.facts.subject > 3", "then": [{"action": "resume"}]},
    {"name": "moved", "when": "ticket.changed", "if": "$.changes.priority[0] > $.changes.priority[1]", "then": [{"action": "note", "args": {"text": "up"}}]},
    {"name": "off", "when": "ticket.opened", "then": [{"action": "resume"}], "enabled": false}]', '3') $$, 'rules that lead to each other');
select is(t.fired('ticket.opened', '{"channel": "mail", "impact": 3, "urgency": 3, "subject": "s"}'), 'mail.1:set@1 mail.1:wait@1 odd.1:undecided@1 up.1:set@2 late.1:escalate@3',
          'what a rule sets is a fact in the next round; each fires once; what cannot be told is told once and no match');
select ok((select (args ->> 'waiting_until')::timestamptz between now() + interval '23 hours' and now() + interval '25 hours' and not args ? 'waiting_hours'
             from t.decide(1, 'ticket.opened', '{"channel": "mail"}') where fired like '%wait%'), 'hours of waiting become an instant');
select is((select explanation from t.decide(1, 'ticket.opened', '{"urgency": 1, "impact": 1}') where fired like 'late%'), 'Both are high.', 'a rule may say why in its own words');
select is(t.fired('ticket.changed', '{}', '{"priority": [3, 2]}') || coalesce(t.fired('ticket.changed', '{}', '{"priority": [2, 3]}'), ' none'), 'moved.1:note@1 none', 'changes are [old, new]');
select is_empty($$ select * from t.configure(1, (select jsonb_agg(jsonb_build_object('name', 'r' || i, 'when', 'ticket.opened', 'if', format('$.facts.subject == "%s"', i),
    'then', jsonb_build_array(jsonb_build_object('action', 'set', 'args', jsonb_build_object('subject', (i + 1)::text)))))::text from generate_series(1, 5) i), '3') $$, 'a chain of five rules, three rounds');
select is((select fired || ' ' || explanation from t.decide(1, 'ticket.opened', '{"subject": "1"}') where fired like '%overrun%'),
          '.:overrun@4 Rules lead to rules for more than 3 rounds; next would be r4. Nothing was done.', 'more rounds than allowed are a fault that names the rules');
select is(t.fired('ticket.opened', '{"subject": "3"}'), 'r3.1:set@1 r4.1:set@2 r5.1:set@3', 'as many as allowed are none');

select * from finish();
rollback;
