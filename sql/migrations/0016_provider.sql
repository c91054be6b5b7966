-- SPDX-License-Identifier: Apache-2.0
-- Sign-in with an organisation's own accounts: OpenID providers, LDAP directories, trusted proxies; whose account there is which
-- person here, and which groups there are which roles and teams here.

create table ebb.provider (
    provider_id int generated always as identity primary key,
    version int not null default 1,
    provider_kind text not null constraint provider_kind_known check (provider_kind in ('oidc', 'ldap', 'proxy')),
    provider_code text not null constraint provider_code_format check (provider_code ~ '^[a-z][a-z0-9_-]{0,31}$'),
    provider_name text not null constraint provider_name_length check (length(provider_name) between 1 and 80 and provider_name !~ '[[:cntrl:]]'),
    is_active boolean not null default true,
    settings jsonb not null default '{}' constraint provider_settings_object check (jsonb_typeof(settings) = 'object'),
    sealed_secret text,
    may_create boolean not null default false,
    is_email_trusted boolean not null default false,
    department_id int references ebb.department,
    created_at timestamptz not null default clock_timestamp(),
    constraint provider_code_unique unique (provider_code),
    constraint provider_create_in check (not may_create or department_id is not null)
);
create index provider_department_idx on ebb.provider (department_id);
alter table ebb.provider enable row level security;
comment on table ebb.provider is 'Where people sign in instead of here: an OpenID provider, an LDAP directory, or a proxy in front of the desk that says who they are.';
comment on column ebb.provider.provider_id is 'Key.';
comment on column ebb.provider.version is 'Counts changes; the ETag.';
comment on column ebb.provider.provider_kind is 'oidc (OpenID Connect), ldap or proxy (a trusted one, which names the person in a FastCGI parameter).';
comment on column ebb.provider.provider_code is 'Short code for commands; example: corp.';
comment on column ebb.provider.provider_name is 'Name on the button people sign in by; example: Example Corp.';
comment on column ebb.provider.is_active is 'False: nobody signs in by it.';
comment on column ebb.provider.settings is 'How it is reached and read; which members there are depends on the kind (docs/providers.md). No secret is in it.';
comment on column ebb.provider.sealed_secret is 'Client secret, or pass-phrase of the account that searches, sealed with a key that the database does not have; NULL: none.';
comment on column ebb.provider.may_create is 'True: whoever it vouches for and is not known becomes a person of the department.';
comment on column ebb.provider.is_email_trusted is 'True: at the first sign-in an account is taken for the person with its address, because nobody can choose an address there that is not theirs.';
comment on column ebb.provider.department_id is 'Department of the persons it creates; NULL when it creates none.';
comment on column ebb.provider.created_at is 'When it was made.';

create table ebb.provider_group (
    provider_group_id int generated always as identity primary key,
    provider_id int not null references ebb.provider,
    group_name text not null constraint provider_group_name_length check (length(group_name) between 1 and 255),
    department_id int not null references ebb.department,
    role_code text constraint provider_group_role_known check (role_code in ('agent', 'lead', 'owner', 'admin', 'auditor')),
    team_id int,
    constraint provider_group_one check (num_nonnulls(role_code, team_id) = 1),
    constraint provider_group_role_unique unique (provider_id, group_name, department_id, role_code),
    constraint provider_group_team_unique unique (provider_id, group_name, team_id),
    foreign key (team_id, department_id) references ebb.team (team_id, department_id)
);
create index provider_group_team_idx on ebb.provider_group (team_id, department_id);
create index provider_group_department_idx on ebb.provider_group (department_id);
alter table ebb.provider_group enable row level security;
comment on table ebb.provider_group is 'What a group of a provider means here: a role in a department, or a place in a team. It is given at sign-in and taken away when the provider no longer says it.';
comment on column ebb.provider_group.provider_group_id is 'Key.';
comment on column ebb.provider_group.provider_id is 'Provider.';
comment on column ebb.provider_group.group_name is 'Name of the group, exactly as the provider says it.';
comment on column ebb.provider_group.department_id is 'Department in which the role holds, or of the team.';
comment on column ebb.provider_group.role_code is 'Role that its members have there; NULL where a team is meant.';
comment on column ebb.provider_group.team_id is 'Team that its members work in; NULL where a role is meant.';

create table ebb.identity (
    identity_id int generated always as identity primary key,
    provider_id int not null references ebb.provider,
    subject text not null constraint identity_subject_length check (length(subject) between 1 and 255),
    person_id int not null references ebb.person,
    created_at timestamptz not null,
    last_used_at timestamptz,
    constraint identity_subject_unique unique (provider_id, subject),
    constraint identity_person_unique unique (provider_id, person_id)
);
create index identity_person_idx on ebb.identity (person_id);
alter table ebb.identity enable row level security;
comment on table ebb.identity is 'Which account at a provider is which person. Bound to what never changes there (sub, entryUUID), never to an address alone.';
comment on column ebb.identity.identity_id is 'Key.';
comment on column ebb.identity.provider_id is 'Provider.';
comment on column ebb.identity.subject is 'What the provider tells the account apart by.';
comment on column ebb.identity.person_id is 'Person; at most one account of each provider.';
comment on column ebb.identity.created_at is 'Since when it is known.';
comment on column ebb.identity.last_used_at is 'Last sign-in or sync by it; NULL: none yet.';

create table ebb.oidc_request (
    state_hash text primary key constraint oidc_request_hash_format check (state_hash ~ '^[0-9a-f]{64}$'),
    provider_id int not null references ebb.provider,
    nonce text not null,
    verifier text not null,
    binding_hash text not null constraint oidc_request_binding_format check (binding_hash ~ '^[0-9a-f]{64}$'),
    expires_at timestamptz not null
);
create index oidc_request_provider_idx on ebb.oidc_request (provider_id);
create index oidc_request_expires_idx on ebb.oidc_request (expires_at);
alter table ebb.oidc_request enable row level security;
comment on table ebb.oidc_request is 'Sign-ins under way at an OpenID provider: each is answered once, by the browser that began it, within ten minutes.';
comment on column ebb.oidc_request.state_hash is 'SHA-256 of the state that the provider hands back.';
comment on column ebb.oidc_request.provider_id is 'Where it was sent.';
comment on column ebb.oidc_request.nonce is 'What the identity token has to repeat.';
comment on column ebb.oidc_request.verifier is 'What only the beginner of this sign-in can show for the code (PKCE, RFC 7636).';
comment on column ebb.oidc_request.binding_hash is 'SHA-256 of a cookie of the browser that began it.';
comment on column ebb.oidc_request.expires_at is 'From when it is refused and forgotten.';

alter table ebb.person_role add foreign key (provider_id) references ebb.provider;
create index person_role_provider_idx on ebb.person_role (provider_id);
alter table ebb.membership add foreign key (provider_id) references ebb.provider;
create index membership_provider_idx on ebb.membership (provider_id);
