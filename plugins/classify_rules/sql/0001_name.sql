-- SPDX-License-Identifier: Apache-2.0
-- Names in rules, and what they meant when the rules were saved: a service that is renamed later is still the one that was meant.
-- No function here on purpose: the desk watches over plugins with functions at each call, and this one is asked at each new ticket.

create table x_classify_rules.name (
    department_id int not null,
    kind text not null constraint name_kind_known check (kind in ('service', 'request_type')),
    name text not null,
    id int not null,
    primary key (department_id, kind, name)
);
comment on table x_classify_rules.name is 'A name that a rule uses; kept by the statement "faults" when rules are saved.';
comment on column x_classify_rules.name.department_id is 'Department whose rules use it.';
comment on column x_classify_rules.name.kind is 'service or request_type.';
comment on column x_classify_rules.name.name is 'The name, as it stands in the rules.';
comment on column x_classify_rules.name.id is 'Service or request type that had this name.';
