-- SPDX-License-Identifier: Apache-2.0
-- Signing in with an account of the desk's own: first pass-phrases that must be changed, one-time codes, recovery codes, and the
-- counting of failures that delays guessing and locks nobody out.

alter table ebb.password add must_change boolean not null default false;
comment on column ebb.password.must_change is 'True: somebody else has set it, so signing in takes a new one.';

alter table ebb.token add method_code text constraint token_method_known check (method_code in ('local', 'oidc', 'ldap', 'proxy'));
comment on column ebb.token.method_code is 'How a session was opened: local (pass-phrase), oidc, ldap or proxy; NULL for an API token.';

create table ebb.totp (
    person_id int primary key references ebb.person,
    sealed_secret text,
    confirmed_at timestamptz,
    last_step bigint,
    pending_secret text,
    pending_at timestamptz,
    constraint totp_confirmed_with_secret check ((sealed_secret is null) = (confirmed_at is null)),
    constraint totp_pending_since check ((pending_secret is null) = (pending_at is null))
);
alter table ebb.totp enable row level security;
comment on table ebb.totp is 'One-time codes of a person (RFC 6238). The secret is sealed with a key that the database does not have.';
comment on column ebb.totp.person_id is 'Whose codes.';
comment on column ebb.totp.sealed_secret is 'The sealed secret in use, or NULL: codes are not asked for.';
comment on column ebb.totp.confirmed_at is 'Since when codes are asked for.';
comment on column ebb.totp.last_step is 'Number of the time step whose code was used last: neither it nor an earlier one is taken again.';
comment on column ebb.totp.pending_secret is 'A sealed secret that waits for its first code, or NULL.';
comment on column ebb.totp.pending_at is 'Since when it waits; it is good for an hour.';

create table ebb.recovery_code (
    person_id int not null references ebb.person,
    code_hash bytea not null constraint recovery_code_hash_length check (octet_length(code_hash) = 32),
    used_at timestamptz,
    primary key (person_id, code_hash)
);
alter table ebb.recovery_code enable row level security;
comment on table ebb.recovery_code is 'Codes that each stand in for one one-time code, for somebody who has lost their device.';
comment on column ebb.recovery_code.person_id is 'Whose code.';
comment on column ebb.recovery_code.code_hash is 'SHA-256 of the code, which has 80 random bits.';
comment on column ebb.recovery_code.used_at is 'When it was used; it is not taken again. NULL: it is still good.';

create table ebb.sign_in_failure (
    account_hash bytea not null constraint sign_in_failure_hash_length check (octet_length(account_hash) = 32),
    network text not null,
    failure_count int not null constraint sign_in_failure_count_positive check (failure_count >= 0),
    failed_at timestamptz not null,
    wait_until timestamptz not null,
    primary key (account_hash, network)
);
create index sign_in_failure_age_idx on ebb.sign_in_failure (failed_at);
alter table ebb.sign_in_failure enable row level security;
comment on table ebb.sign_in_failure is 'Failed attempts to sign in, per account and network, for accounts that exist and for those that do not.';
comment on column ebb.sign_in_failure.account_hash is 'SHA-256 of the address and the desk''s secret: what strangers type is not kept.';
comment on column ebb.sign_in_failure.network is 'A network from which the person has signed in before; empty: all others together.';
comment on column ebb.sign_in_failure.failure_count is 'Failures since the last success, the attempt under way included.';
comment on column ebb.sign_in_failure.failed_at is 'The last one; forgotten a day later.';
comment on column ebb.sign_in_failure.wait_until is 'Until then further attempts are answered 429.';

create table ebb.sign_in_network (
    person_id int not null references ebb.person,
    network text not null,
    seen_at timestamptz not null,
    primary key (person_id, network)
);
create index sign_in_network_age_idx on ebb.sign_in_network (seen_at);
alter table ebb.sign_in_network enable row level security;
comment on table ebb.sign_in_network is 'Networks from which a person has signed in: failures elsewhere do not delay them there.';
comment on column ebb.sign_in_network.person_id is 'Person.';
comment on column ebb.sign_in_network.network is 'Network: /24 of an IPv4 address, /48 of an IPv6 one; example: 192.0.2.0/24.';
comment on column ebb.sign_in_network.seen_at is 'Last time; forgotten after 90 days.';
