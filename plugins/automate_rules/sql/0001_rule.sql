-- SPDX-License-Identifier: Apache-2.0
-- Rules as rows: what is asked at an event (rule), what each version of a rule said (rule_version), and how far one rule may lead
-- to the next (setting). They are written by x_automate_rules.configure() from the parameter "rules" and by nobody else.

create table x_automate_rules.rule (
    department_id int not null,
    rule_id int generated always as identity,
    name text not null constraint rule_name_length check (length(name) between 1 and 80),
    "position" int not null,
    when_events text[] not null constraint rule_when_given check (cardinality(when_events) > 0),
    if_path jsonpath,
    then_actions jsonb not null constraint rule_then_list check (jsonb_typeof(then_actions) = 'array'),
    why text,
    looks_at text[] not null,
    version int not null default 1,
    is_enabled boolean not null default true,
    primary key (department_id, rule_id),
    constraint rule_name_unique unique (department_id, name)
);
comment on table x_automate_rules.rule is 'A rule as it stands: when one of its events comes, and if its condition holds, then its actions. A rule that is left out of the configuration stays as a row that is not enabled.';
comment on column x_automate_rules.rule.department_id is 'Department whose rule it is.';
comment on column x_automate_rules.rule.rule_id is 'Key within the department.';
comment on column x_automate_rules.rule.name is 'What people call it; a rule is known by its name from one configuration to the next.';
comment on column x_automate_rules.rule."position" is 'Place in the explicit order, from 1.';
comment on column x_automate_rules.rule.when_events is 'Events at which it is asked; ticket.* is all of a ticket.';
comment on column x_automate_rules.rule.if_path is 'Condition: an SQL/JSON path predicate over {event, facts, changes, occurred_at, now}; NULL: always.';
comment on column x_automate_rules.rule.then_actions is 'Actions in their order: [{action, args}].';
comment on column x_automate_rules.rule.why is 'Sentence for the ticket; NULL: made from what the condition looked at.';
comment on column x_automate_rules.rule.looks_at is 'Names of facts and changes in the condition; their values are kept with each firing.';
comment on column x_automate_rules.rule.version is 'Number of its present version in rule_version.';
comment on column x_automate_rules.rule.is_enabled is 'False when it was switched off, or left out of the configuration.';

create table x_automate_rules.rule_version (
    department_id int not null,
    rule_id int not null,
    version int not null,
    name text not null,
    when_events text[] not null,
    if_text text,
    then_actions jsonb not null,
    why text,
    created_at timestamptz not null default now(),
    primary key (department_id, rule_id, version),
    foreign key (department_id, rule_id) references x_automate_rules.rule
);
comment on table x_automate_rules.rule_version is 'What a rule said: a firing names rule and version, and the version never changes.';
comment on column x_automate_rules.rule_version.department_id is 'Department whose rule it is.';
comment on column x_automate_rules.rule_version.rule_id is 'Rule.';
comment on column x_automate_rules.rule_version.version is 'Running number within the rule, from 1.';
comment on column x_automate_rules.rule_version.name is 'Name of the rule.';
comment on column x_automate_rules.rule_version.when_events is 'Events at which it was asked.';
comment on column x_automate_rules.rule_version.if_text is 'Condition, as it was written.';
comment on column x_automate_rules.rule_version.then_actions is 'Actions in their order.';
comment on column x_automate_rules.rule_version.why is 'Sentence for the ticket.';
comment on column x_automate_rules.rule_version.created_at is 'When it was configured.';

create table x_automate_rules.setting (
    department_id int primary key,
    step_bound int not null constraint setting_step_bound_range check (step_bound between 1 and 100)
);
comment on table x_automate_rules.setting is 'A department''s bounds.';
comment on column x_automate_rules.setting.department_id is 'Department.';
comment on column x_automate_rules.setting.step_bound is 'How many rounds of rules one event may lead to.';

create function x_automate_rules.version_is_kept() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception 'A version of a rule is never changed or removed: firings refer to it.';
end $$;
comment on function x_automate_rules.version_is_kept() is 'Trigger: refuses every UPDATE and DELETE of rule_version.';
create trigger rule_version_kept before update or delete on x_automate_rules.rule_version
    for each row execute function x_automate_rules.version_is_kept();
