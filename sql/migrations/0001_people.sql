-- SPDX-License-Identifier: Apache-2.0
-- Who is here: departments, persons, teams, roles, and the tokens by which a person proves to be one.

create table ebb.department (
    department_id int generated always as identity primary key,
    department_code text not null constraint department_code_format check (department_code ~ '^[a-z][a-z0-9_-]{0,31}$'),
    department_name text not null constraint department_name_length check (length(department_name) between 1 and 120),
    is_active boolean not null default true,
    constraint department_code_unique unique (department_code)
);
comment on table ebb.department is 'A department: the unit that is kept apart from others by row-level security.';
comment on column ebb.department.department_id is 'Key.';
comment on column ebb.department.department_code is 'Short code for commands and mappings, lower case; example: it.';
comment on column ebb.department.department_name is 'Name shown to people; example: Information Technology.';
comment on column ebb.department.is_active is 'False once the department no longer takes tickets.';

create table ebb.person (
    person_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    person_name text not null constraint person_name_length check (length(person_name) between 1 and 200),
    email text constraint person_email_format check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and email = lower(email)),
    site_name text,
    organisation_unit_name text,
    time_zone_name text not null default 'UTC',
    is_vip boolean not null default false,
    is_active boolean not null default true,
    source_name text,
    source_ref text,
    constraint person_email_unique unique (email),
    constraint person_source_unique unique (department_id, source_name, source_ref)
);
comment on table ebb.person is 'A person: requester, agent, lead, owner or administrator; what they may do stands in person_role.';
comment on column ebb.person.person_id is 'Key.';
comment on column ebb.person.department_id is 'Department the person belongs to.';
comment on column ebb.person.person_name is 'Name shown to people.';
comment on column ebb.person.email is 'Address to log in with, lower case; NULL for somebody known from an import only.';
comment on column ebb.person.site_name is 'Where the person works; example: Leeds.';
comment on column ebb.person.organisation_unit_name is 'Part of the organisation the person works for; example: Finance.';
comment on column ebb.person.time_zone_name is 'Time zone of the person, as in the tz database; example: Europe/Berlin.';
comment on column ebb.person.is_vip is 'Marked for attention; raises no priority by itself.';
comment on column ebb.person.is_active is 'False: no log-in, no token, no new work.';
comment on column ebb.person.source_name is 'Import source that named this person, or NULL.';
comment on column ebb.person.source_ref is 'What that source called the person.';

create table ebb.password (
    person_id int primary key references ebb.person,
    salt bytea not null constraint password_salt_length check (octet_length(salt) = 16),
    opslimit bigint not null,
    memlimit bigint not null,
    verifier bytea not null constraint password_verifier_length check (octet_length(verifier) = 32),
    changed_at timestamptz not null
);
comment on table ebb.password is 'What proves a pass-phrase: SHA-256 of the argon2id key, which the worker derives; neither a dump nor the daemon''s role can log in with it.';
comment on column ebb.password.person_id is 'Whose pass-phrase.';
comment on column ebb.password.salt is 'Salt of the derivation, 16 bytes.';
comment on column ebb.password.opslimit is 'argon2id passes.';
comment on column ebb.password.memlimit is 'argon2id memory, bytes.';
comment on column ebb.password.verifier is 'SHA-256 of the derived 32-byte key.';
comment on column ebb.password.changed_at is 'When it was set.';

create table ebb.token (
    token_hash text primary key constraint token_hash_format check (token_hash ~ '^[0-9a-f]{64}$'),
    person_id int not null references ebb.person,
    token_kind text not null constraint token_kind_known check (token_kind in ('session', 'api')),
    token_name text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz
);
create index token_person_idx on ebb.token (person_id);
comment on table ebb.token is 'Sessions of the page and tokens of scripts: opaque, stored as SHA-256, looked up anew by every statement that needs the person.';
comment on column ebb.token.token_hash is 'SHA-256 of the token''s text, lower-case hexadecimal.';
comment on column ebb.token.person_id is 'Who presents it.';
comment on column ebb.token.token_kind is 'session (cookie) or api (bearer).';
comment on column ebb.token.token_name is 'What it is for; example: nightly export.';
comment on column ebb.token.created_at is 'When it was made.';
comment on column ebb.token.expires_at is 'From when it is refused.';
comment on column ebb.token.last_used_at is 'Last use, noted at most once a minute.';
comment on column ebb.token.revoked_at is 'When it was revoked, or NULL.';

create table ebb.team (
    team_id int generated always as identity primary key,
    department_id int not null references ebb.department,
    team_name text not null constraint team_name_length check (length(team_name) between 1 and 120),
    lead_person_id int not null references ebb.person,
    parent_team_id int references ebb.team,
    is_active boolean not null default true,
    source_name text,
    source_ref text,
    constraint team_department_key unique (team_id, department_id),
    constraint team_source_unique unique (department_id, source_name, source_ref)
);
create unique index team_name_unique on ebb.team (department_id, team_name) where source_name is null;
create index team_lead_idx on ebb.team (lead_person_id);
create index team_parent_idx on ebb.team (parent_team_id);
comment on table ebb.team is 'A support team; every team has a lead.';
comment on column ebb.team.team_id is 'Key.';
comment on column ebb.team.department_id is 'Department the team belongs to.';
comment on column ebb.team.team_name is 'Name shown to people; example: Network.';
comment on column ebb.team.lead_person_id is 'Team lead.';
comment on column ebb.team.parent_team_id is 'Team above, or NULL.';
comment on column ebb.team.is_active is 'False: takes no new work.';
comment on column ebb.team.source_name is 'Import source that named this team, or NULL.';
comment on column ebb.team.source_ref is 'What that source called the team.';

create table ebb.membership (
    team_id int not null,
    person_id int not null references ebb.person,
    department_id int not null,
    is_active boolean not null default true,
    primary key (team_id, person_id),
    foreign key (team_id, department_id) references ebb.team (team_id, department_id)
);
create index membership_person_idx on ebb.membership (person_id);
create index membership_team_department_idx on ebb.membership (team_id, department_id);
comment on table ebb.membership is 'Who works in which team.';
comment on column ebb.membership.team_id is 'Team.';
comment on column ebb.membership.person_id is 'Member.';
comment on column ebb.membership.department_id is 'Department of the team.';
comment on column ebb.membership.is_active is 'False once the person has left the team.';

create table ebb.role_right (
    role_code text not null,
    right_code text not null,
    primary key (role_code, right_code)
);
comment on table ebb.role_right is 'What each role may do.';
comment on column ebb.role_right.role_code is 'agent, lead, admin or auditor.';
comment on column ebb.role_right.right_code is 'A right that fn.must() asks for; example: ticket.work.';

insert into ebb.role_right (role_code, right_code) values
    ('agent', 'desk.read'), ('agent', 'ticket.work'),
    ('lead', 'desk.read'), ('lead', 'ticket.work'), ('lead', 'ticket.assign_any'),
    ('admin', 'desk.read'), ('admin', 'ticket.work'), ('admin', 'ticket.assign_any'), ('admin', 'transfer.decide'), ('admin', 'desk.configure'),
    ('auditor', 'desk.read');

create table ebb.person_role (
    person_id int not null references ebb.person,
    department_id int not null references ebb.department,
    role_code text not null constraint person_role_known check (role_code in ('agent', 'lead', 'admin', 'auditor')),
    primary key (person_id, department_id, role_code)
);
create index person_role_department_idx on ebb.person_role (department_id);
comment on table ebb.person_role is 'Which role a person has in which department. Everybody is a requester without a row here.';
comment on column ebb.person_role.person_id is 'Person.';
comment on column ebb.person_role.department_id is 'Department the role holds for.';
comment on column ebb.person_role.role_code is 'agent, lead, admin or auditor.';

create table ebb.bi_role (
    role_name name not null,
    department_id int not null references ebb.department,
    primary key (role_name, department_id)
);
create index bi_role_department_idx on ebb.bi_role (department_id);
comment on table ebb.bi_role is 'Which database role of a BI tool reads which department.';
comment on column ebb.bi_role.role_name is 'Database role; example: bi_demo.';
comment on column ebb.bi_role.department_id is 'Department that role may read.';

create table ebb.idempotency (
    person_id int not null references ebb.person,
    idempotency_key text not null constraint idempotency_key_length check (length(idempotency_key) between 1 and 255),
    request_hash text not null,
    reply_status smallint not null,
    reply_body text not null,
    created_at timestamptz not null,
    primary key (person_id, idempotency_key)
);
create index idempotency_created_idx on ebb.idempotency (created_at);
comment on table ebb.idempotency is 'Answers kept under a client''s Idempotency-Key for 24 hours, written in the transaction of the write itself.';
comment on column ebb.idempotency.person_id is 'Whose key.';
comment on column ebb.idempotency.idempotency_key is 'The client''s key.';
comment on column ebb.idempotency.request_hash is 'SHA-256 over method, path and body: another request under the same key is refused.';
comment on column ebb.idempotency.reply_status is 'HTTP status of the kept answer (2xx only).';
comment on column ebb.idempotency.reply_body is 'Body of the kept answer, as it was sent.';
comment on column ebb.idempotency.created_at is 'When; kept for 24 hours.';

do $$
declare t text;
begin
    foreach t in array array['department', 'person', 'password', 'token', 'team', 'membership', 'role_right', 'person_role', 'bi_role', 'idempotency'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;

create table ebb.desk_secret (
    secret bytea not null,
    is_only boolean primary key default true constraint desk_secret_single check (is_only)
);
insert into ebb.desk_secret (secret) values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));
alter table ebb.desk_secret enable row level security;
comment on table ebb.desk_secret is 'A random value of this database, from which an unknown address gets a constant salt; no role but the owner reads it.';
comment on column ebb.desk_secret.secret is '32 random bytes.';
comment on column ebb.desk_secret.is_only is 'True: there is one row.';
