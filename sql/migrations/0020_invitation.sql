-- SPDX-License-Identifier: Apache-2.0
-- Mail out, and what opens an account by mail: invitations and new pass-phrases for those who forgot theirs.

alter table ebb.person add email_verified_at timestamptz;
comment on column ebb.person.email_verified_at is 'When the person proved to read mail at the address, by a link that was sent there; NULL: never since it was last changed. Only then a forgotten pass-phrase is replaced by mail.';

create table ebb.mail (
    mail_id bigint generated always as identity primary key,
    mail_kind text not null constraint mail_kind_known check (mail_kind in ('invite', 'reset', 'notice', 'escalation')),
    department_id int references ebb.department,
    person_id int references ebb.person,
    address text constraint mail_address_length check (length(address) <= 254),
    ticket_id bigint,
    outbox_id bigint constraint mail_outbox_unique unique,
    asked_by int references ebb.person,
    facts jsonb not null default '{}',
    created_at timestamptz not null,
    due_at timestamptz not null,
    next_at timestamptz not null,
    attempts smallint not null default 0,
    done_at timestamptz,
    given_up_at timestamptz,
    last_error text
);
create index mail_open_idx on ebb.mail (next_at, mail_id) where done_at is null and given_up_at is null;
create index mail_reset_idx on ebb.mail (address, created_at) where mail_kind = 'reset';
create index mail_person_idx on ebb.mail (person_id, created_at);
create index mail_department_idx on ebb.mail (department_id);
create index mail_asked_idx on ebb.mail (asked_by);
create index mail_ended_idx on ebb.mail (coalesce(done_at, given_up_at)) where done_at is not null or given_up_at is not null;
alter table ebb.mail enable row level security;
comment on table ebb.mail is 'Mails to be sent, one recipient each. What a mail says and whether it is sent at all is decided when it leaves; what stands here are ids, codes and a plugin''s own words.';
comment on column ebb.mail.mail_id is 'Key and order.';
comment on column ebb.mail.mail_kind is 'invite, reset (of a forgotten pass-phrase), notice (of a plugin) or escalation.';
comment on column ebb.mail.department_id is 'Department concerned; NULL: none.';
comment on column ebb.mail.person_id is 'Who is to get it; NULL for a reset, where nobody has asked yet whether there is such a person.';
comment on column ebb.mail.address is 'Reset: the address as it was typed, lower case. Invitation: the address it is meant for.';
comment on column ebb.mail.ticket_id is 'Ticket it speaks of, or NULL.';
comment on column ebb.mail.outbox_id is 'Message of the outbox that it comes from, or NULL.';
comment on column ebb.mail.asked_by is 'Who asked for it; NULL: the desk itself, the operator at the host, or nobody who is known.';
comment on column ebb.mail.facts is 'Further facts of the message: target, due time, a plugin''s text.';
comment on column ebb.mail.created_at is 'When it was written.';
comment on column ebb.mail.due_at is 'Not before this instant; its age counts from here.';
comment on column ebb.mail.next_at is 'When it is tried next; while it is under way, the end of the courier''s lease.';
comment on column ebb.mail.attempts is 'Deliveries begun.';
comment on column ebb.mail.done_at is 'When the mail server took it.';
comment on column ebb.mail.given_up_at is 'When it was given up; last_error says why.';
comment on column ebb.mail.last_error is 'Why the last try failed, or why it was given up.';

create table ebb.invitation (
    invitation_id bigint generated always as identity primary key,
    token_hash text not null constraint invitation_token_format check (token_hash ~ '^[0-9a-f]{64}$'),
    person_id int not null references ebb.person,
    invitation_kind text not null constraint invitation_kind_known check (invitation_kind in ('invite', 'reset')),
    email text not null,
    is_mailed boolean not null,
    made_by int references ebb.person,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    ended_at timestamptz,
    constraint invitation_token_unique unique (token_hash)
);
create unique index invitation_live_idx on ebb.invitation (person_id) where used_at is null and ended_at is null;
create index invitation_person_idx on ebb.invitation (person_id);
create index invitation_made_idx on ebb.invitation (made_by);
create index invitation_created_idx on ebb.invitation (created_at);
alter table ebb.invitation enable row level security;
comment on table ebb.invitation is 'A link by which a person sets their pass-phrase: once, within an hour, for one address; a newer one ends the older. Its text is in the mail only.';
comment on column ebb.invitation.invitation_id is 'Key.';
comment on column ebb.invitation.token_hash is 'SHA-256 of the secret in the link.';
comment on column ebb.invitation.person_id is 'Whose pass-phrase it sets.';
comment on column ebb.invitation.invitation_kind is 'invite: an administrator asked for it; reset: the person has forgotten their pass-phrase.';
comment on column ebb.invitation.email is 'Address it was made for; it ends when the person gets another one.';
comment on column ebb.invitation.is_mailed is 'True: sent to that address, so that using it proves the address. False: printed for the operator at the host.';
comment on column ebb.invitation.made_by is 'Who invited; NULL: the person themself, or the operator at the host.';
comment on column ebb.invitation.created_at is 'When it was made, which is when its mail left.';
comment on column ebb.invitation.expires_at is 'From when it opens nothing.';
comment on column ebb.invitation.used_at is 'When it was used, or NULL.';
comment on column ebb.invitation.ended_at is 'When it was ended unused: by a newer one, another address, or because the person was disabled.';
