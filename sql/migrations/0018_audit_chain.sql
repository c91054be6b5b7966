-- SPDX-License-Identifier: Apache-2.0
-- The audit as a chain of hashes, personal texts kept beside it, erasures, and how long a department keeps what.

create table ebb.audit_link (
    chain_no bigint primary key constraint audit_link_positive check (chain_no > 0),
    audit_id bigint not null constraint audit_link_once unique references ebb.audit,
    row_hash text not null constraint audit_link_hash_format check (row_hash ~ '^[0-9a-f]{64}$')
);
comment on table ebb.audit_link is 'The chain over the audit: each entry''s hash is taken over the hash before and the entry''s canonical text, so that nothing can be changed, removed or put elsewhere unseen. Written at commit.';
comment on column ebb.audit_link.chain_no is 'Place in the chain, from 1 without a gap.';
comment on column ebb.audit_link.audit_id is 'Entry that stands there.';
comment on column ebb.audit_link.row_hash is 'SHA-256 of the 32 bytes before it (zeros at the first) and the entry''s canonical text in UTF-8; hexadecimal.';

create table ebb.audit_head (
    is_only boolean primary key default true constraint audit_head_single check (is_only),
    chain_no bigint not null,
    row_hash text not null constraint audit_head_hash_format check (row_hash ~ '^[0-9a-f]{64}$')
);
insert into ebb.audit_head (chain_no, row_hash) values (0, repeat('0', 64));
comment on table ebb.audit_head is 'End of the audit''s chain; its lock is what gives each transaction its place, at commit.';
comment on column ebb.audit_head.is_only is 'True: there is one row.';
comment on column ebb.audit_head.chain_no is 'Place of the latest entry; 0 before the first.';
comment on column ebb.audit_head.row_hash is 'Its hash; zeros before the first.';

-- An erasure is a fact of its own transaction: the guards of journal and audit look here, and at no setting.
create table ebb.erasure (
    erasure_id int generated always as identity primary key,
    erasure_kind text not null constraint erasure_kind_known check (erasure_kind in ('person', 'retention')),
    department_id int references ebb.department,
    person_id int references ebb.person,
    erased_by int references ebb.person,
    erased_at timestamptz not null,
    counts jsonb not null default '{}',
    transaction_id xid8 not null default pg_current_xact_id(),
    constraint erasure_person_complete check ((erasure_kind = 'person') = (person_id is not null)),
    constraint erasure_person_once unique (person_id)
);
create index erasure_department_idx on ebb.erasure (department_id);
create index erasure_by_idx on ebb.erasure (erased_by);
create index erasure_transaction_idx on ebb.erasure (transaction_id);
comment on table ebb.erasure is 'What was erased for good: a person''s data, or texts whose time of keeping was over. Only a transaction that has its row here may change a text of the journal.';
comment on column ebb.erasure.erasure_id is 'Key.';
comment on column ebb.erasure.erasure_kind is 'person or retention.';
comment on column ebb.erasure.department_id is 'Department concerned.';
comment on column ebb.erasure.person_id is 'Person who was erased; NULL for a retention rule.';
comment on column ebb.erasure.erased_by is 'Who ordered it; NULL for the operator at the host and for a retention rule.';
comment on column ebb.erasure.erased_at is 'When.';
comment on column ebb.erasure.counts is 'Rows changed or removed, by table.';
comment on column ebb.erasure.transaction_id is 'Transaction in which it was done.';

create table ebb.audit_kept (
    audit_kept_id bigint generated always as identity primary key,
    person_id int references ebb.person,
    kept_text text,
    salt bytea,
    erasure_id int references ebb.erasure,
    constraint audit_kept_whole check ((kept_text is null) = (salt is null) and (kept_text is null) = (erasure_id is not null))
);
create index audit_kept_person_idx on ebb.audit_kept (person_id);
create index audit_kept_erasure_idx on ebb.audit_kept (erasure_id);
comment on table ebb.audit_kept is 'Personal texts of audit entries. The entry itself holds a number and a salted hash; an erasure takes text and salt away, and the chain still holds.';
comment on column ebb.audit_kept.audit_kept_id is 'Key; stands in the entry as "kept".';
comment on column ebb.audit_kept.person_id is 'Whom the text is about, where that is known.';
comment on column ebb.audit_kept.kept_text is 'The text; NULL once erased.';
comment on column ebb.audit_kept.salt is '32 random bytes that make its hash worthless without them; NULL once erased.';
comment on column ebb.audit_kept.erasure_id is 'Erasure that took it away; NULL while it is there.';

create table ebb.retention_kind (
    retention_kind text primary key,
    retention_text text not null,
    least_days int not null constraint retention_least_positive check (least_days > 0)
);
insert into ebb.retention_kind (retention_kind, retention_text, least_days) values
    ('ticket_text', 'Texts of tickets after their end: subject, description, notes, comments, reasons; and what an import brought with them', 30),
    ('report_document', 'Documents that reports made', 1),
    ('plugin_run', 'What plugins suggested and did, and what they were given', 7),
    ('token', 'Tokens that have ended: their name, program and network', 1),
    ('person', 'Persons who left, with nothing open: erased as on request', 30);
comment on table ebb.retention_kind is 'What a department can give a time of keeping.';
comment on column ebb.retention_kind.retention_kind is 'Key.';
comment on column ebb.retention_kind.retention_text is 'What that is, for people.';
comment on column ebb.retention_kind.least_days is 'Days below which no rule may go: a typing error shall not empty the desk.';

create table ebb.retention_rule (
    retention_rule_id int generated always as identity primary key,
    version int not null default 1,
    department_id int not null references ebb.department,
    retention_kind text not null references ebb.retention_kind,
    keep_days int not null constraint retention_keep_range check (keep_days between 1 and 36500),
    is_active boolean not null default true,
    changed_at timestamptz not null,
    last_run_at timestamptz,
    last_count bigint not null default 0,
    constraint retention_rule_unique unique (department_id, retention_kind)
);
create index retention_rule_kind_idx on ebb.retention_rule (retention_kind);
comment on table ebb.retention_rule is 'How long a department keeps something; without a rule it is kept.';
comment on column ebb.retention_rule.retention_rule_id is 'Key.';
comment on column ebb.retention_rule.version is 'Number of its last change; the ETag of the API.';
comment on column ebb.retention_rule.department_id is 'Department.';
comment on column ebb.retention_rule.retention_kind is 'What, see ebb.retention_kind.';
comment on column ebb.retention_rule.keep_days is 'Days from its end until it goes.';
comment on column ebb.retention_rule.is_active is 'False: nothing goes by it.';
comment on column ebb.retention_rule.changed_at is 'When the rule was made or changed.';
comment on column ebb.retention_rule.last_run_at is 'When something went by it last.';
comment on column ebb.retention_rule.last_count is 'How many went by it since it was made or changed.';

alter table ebb.person
    add column inactive_since timestamptz,
    add column erased_at timestamptz,
    add constraint person_erased_inactive check (erased_at is null or not is_active);
update ebb.person set inactive_since = clock_timestamp() where not is_active;
comment on column ebb.person.inactive_since is 'When the person left; NULL while active.';
comment on column ebb.person.erased_at is 'When all that named the person was erased; NULL for everybody else.';

do $$
declare t text;
begin
    foreach t in array array['audit_link', 'audit_head', 'audit_kept', 'erasure', 'retention_kind', 'retention_rule'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
