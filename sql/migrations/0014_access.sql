-- SPDX-License-Identifier: Apache-2.0
-- Who may what, where: rights with a scope, roles of the desk as a whole, tokens that hold less than their person, tickets that
-- only their team sees, and services that serve other departments.

create table ebb.access_right (
    right_code text primary key,
    scope_code text not null constraint access_right_scope_known check (scope_code in ('read', 'write', 'configure', 'audit')),
    right_text text not null
);
alter table ebb.access_right enable row level security;
comment on table ebb.access_right is 'Every right that fn.must() asks for, and which scope of a token holds it.';
comment on column ebb.access_right.right_code is 'Key; example: ticket.work.';
comment on column ebb.access_right.scope_code is 'read (always in a token), write, configure or audit.';
comment on column ebb.access_right.right_text is 'What whoever has it may do, for people.';

insert into ebb.access_right (right_code, scope_code, right_text) values
    ('desk.read', 'read', 'Read the tickets, teams and people of the department'),
    ('ticket.work', 'write', 'Work on the tickets of the department'),
    ('ticket.assign_any', 'write', 'Assign tickets of every team of the department'),
    ('transfer.decide', 'write', 'Decide hand-overs that need the service owner'),
    ('team.lead', 'configure', 'Plan shifts and absences of the teams one leads'),
    ('desk.configure', 'configure', 'Change services, calendars, service levels and plugins of the department'),
    ('person.manage', 'configure', 'Manage people, teams, memberships and roles of the department'),
    ('privacy.manage', 'configure', 'Give out and erase what is kept about a person, and say how long things are kept'),
    ('audit.read', 'audit', 'Read the audit of the department'),
    ('desk.operate', 'configure', 'Run the desk: departments, ways to sign in, operators');

alter table ebb.role_right add foreign key (right_code) references ebb.access_right;
create index role_right_right_idx on ebb.role_right (right_code);
insert into ebb.role_right (role_code, right_code) values
    ('lead', 'team.lead'), ('admin', 'team.lead'), ('admin', 'person.manage'), ('admin', 'privacy.manage'),
    ('owner', 'desk.read'), ('owner', 'ticket.work'), ('owner', 'transfer.decide');
comment on column ebb.role_right.role_code is 'agent, lead, owner, admin or auditor; operators have desk.operate and audit.read.';

alter table ebb.person_role drop constraint person_role_known;
alter table ebb.person_role add constraint person_role_known check (role_code in ('agent', 'lead', 'owner', 'admin', 'auditor')),
    add provider_id int,
    add granted_at timestamptz not null default clock_timestamp(),
    add granted_by int references ebb.person;
create index person_role_granted_idx on ebb.person_role (granted_by);
comment on column ebb.person_role.role_code is 'agent, lead, owner (service owner), admin or auditor.';
comment on column ebb.person_role.provider_id is 'Identity provider whose group grants it, and takes it away again; NULL: granted by hand.';
comment on column ebb.person_role.granted_at is 'When it was granted.';
comment on column ebb.person_role.granted_by is 'Who granted it; NULL for the operator at the host and for a provider''s group.';

alter table ebb.membership add provider_id int;
comment on column ebb.membership.provider_id is 'Identity provider whose group makes it, and ends it again; NULL: by hand.';

create table ebb.operator (
    person_id int primary key references ebb.person,
    granted_at timestamptz not null,
    granted_by int references ebb.person
);
create index operator_granted_idx on ebb.operator (granted_by);
alter table ebb.operator enable row level security;
comment on table ebb.operator is 'Who runs the desk as a whole: departments, ways to sign in, operators. It opens no ticket of any department.';
comment on column ebb.operator.person_id is 'Person.';
comment on column ebb.operator.granted_at is 'Since when.';
comment on column ebb.operator.granted_by is 'Who granted it; NULL for the operator at the host.';

alter table ebb.token
    add token_id int generated always as identity constraint token_id_unique unique,
    add scopes text[] constraint token_scopes_known check (scopes <@ '{write,configure,audit}'::text[]),
    add department_ids int[],
    add idle_s int constraint token_idle_positive check (idle_s > 0),
    add user_agent text,
    add network text;
comment on column ebb.token.token_id is 'Number by which it is named where its text must not be.';
comment on column ebb.token.scopes is 'What it holds of its person''s rights besides reading: write, configure, audit; NULL: all.';
comment on column ebb.token.department_ids is 'Departments in which it holds them; NULL: all of its person''s.';
comment on column ebb.token.idle_s is 'A session that was not used for so long has ended; NULL: never by that.';
comment on column ebb.token.user_agent is 'Program that signed in, as it named itself.';
comment on column ebb.token.network is 'Network it signed in from; example: 192.0.2.0/24.';

create table ebb.service_department (
    service_id int not null references ebb.service,
    department_id int not null references ebb.department,
    primary key (service_id, department_id)
);
create index service_department_department_idx on ebb.service_department (department_id);
alter table ebb.service_department enable row level security;
comment on table ebb.service_department is 'Whom a service serves: the departments whose people may ask for it. Its own from the start; others explicitly.';
comment on column ebb.service_department.service_id is 'Service.';
comment on column ebb.service_department.department_id is 'Department whose people may open tickets for it.';
insert into ebb.service_department (service_id, department_id) select s.service_id, s.department_id from ebb.service s;

alter table ebb.request_type add is_confidential boolean not null default false;
comment on column ebb.request_type.is_confidential is 'True: its tickets are seen by the team that holds them and by their requester, and by nobody else, in lists, counts and reports alike.';
alter table ebb.ticket add is_confidential boolean not null default false;
create index ticket_confidential_idx on ebb.ticket (team_id) where is_confidential;
comment on column ebb.ticket.is_confidential is 'As its request type says: only the team that holds it and its requester see it.';

alter table ebb.bi_role add person_id int references ebb.person;
create index bi_role_person_idx on ebb.bi_role (person_id);
comment on column ebb.bi_role.person_id is 'Whose reader role it is: without an active person behind it, it reads nothing. NULL: a tool''s own.';
