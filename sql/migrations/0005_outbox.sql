-- SPDX-License-Identifier: Apache-2.0
-- What must happen after commit (notices, webhooks, events to plugins), and the rows of imported logs.

create table ebb.outbox (
    outbox_id bigint generated always as identity primary key,
    department_id int not null,
    topic text not null,
    ticket_id bigint,
    payload jsonb not null,
    created_at timestamptz not null,
    attempts smallint not null default 0,
    next_at timestamptz not null,
    done_at timestamptz,
    last_error text
);
create index outbox_open_idx on ebb.outbox (next_at, outbox_id) where done_at is null;
create index outbox_ticket_idx on ebb.outbox (ticket_id, outbox_id) where done_at is null;
create index outbox_done_idx on ebb.outbox (done_at) where done_at is not null;
comment on table ebb.outbox is 'Work for the courier, written in the transaction of the change: delivered at least once, in order per ticket.';
comment on column ebb.outbox.outbox_id is 'Key and order.';
comment on column ebb.outbox.department_id is 'Department concerned.';
comment on column ebb.outbox.topic is 'What happened; example: ticket.resolved.';
comment on column ebb.outbox.ticket_id is 'Ticket concerned, or NULL.';
comment on column ebb.outbox.payload is 'Ids and codes, no free text: the receiver asks for what it may see.';
comment on column ebb.outbox.created_at is 'When it was written.';
comment on column ebb.outbox.attempts is 'Deliveries tried.';
comment on column ebb.outbox.next_at is 'Not before this instant.';
comment on column ebb.outbox.done_at is 'When it was delivered.';
comment on column ebb.outbox.last_error is 'Why the last try failed.';

create table ebb.import_row (
    import_row_id bigint generated always as identity primary key,
    import_id int not null references ebb.import,
    department_id int not null,
    row_hash text not null,
    ordinal int not null,
    seen_run int not null,
    line_number bigint not null,
    source_ref text not null,
    occurred_at timestamptz not null,
    sort_key jsonb not null,
    fields jsonb not null,
    constraint import_row_unique unique (row_hash, ordinal, import_id)
);
create index import_row_ref_idx on ebb.import_row (import_id, source_ref);
comment on table ebb.import_row is 'An accepted row of an imported log.';
comment on column ebb.import_row.import_row_id is 'Key.';
comment on column ebb.import_row.import_id is 'Import.';
comment on column ebb.import_row.department_id is 'Department of the import.';
comment on column ebb.import_row.row_hash is 'SHA-256 of the row''s fields.';
comment on column ebb.import_row.ordinal is 'Which of the rows with the same hash, from 1: a log may hold two equal rows.';
comment on column ebb.import_row.seen_run is 'Last run that met the row.';
comment on column ebb.import_row.line_number is 'Line in the file it was first read from.';
comment on column ebb.import_row.source_ref is 'The source''s reference of the ticket.';
comment on column ebb.import_row.occurred_at is 'When it happened, as the log tells.';
comment on column ebb.import_row.sort_key is 'Values that order the rows of a ticket, by the mapping''s "order".';
comment on column ebb.import_row.fields is 'Mapped fields of the row, and the columns kept.';

create table ebb.import_pending (
    import_id int not null references ebb.import,
    source_ref text not null,
    department_id int not null,
    first_row_id bigint not null,
    primary key (import_id, source_ref)
);
comment on table ebb.import_pending is 'A ticket of a foreign log with rows that are not in its journal yet.';
comment on column ebb.import_pending.import_id is 'Import.';
comment on column ebb.import_pending.source_ref is 'The source''s reference of the ticket.';
comment on column ebb.import_pending.department_id is 'Department of the import.';
comment on column ebb.import_pending.first_row_id is 'First import_row that is new: that row and the later ones are to be built.';

create table ebb.import_refusal (
    import_id int not null references ebb.import,
    department_id int not null,
    row_hash text not null,
    line_number bigint not null,
    source_ref text,
    reason text not null,
    primary key (import_id, row_hash, line_number)
);
comment on table ebb.import_refusal is 'A row of an imported log that was refused, and why.';
comment on column ebb.import_refusal.import_id is 'Import.';
comment on column ebb.import_refusal.department_id is 'Department of the import.';
comment on column ebb.import_refusal.row_hash is 'SHA-256 of the row''s fields.';
comment on column ebb.import_refusal.line_number is 'Line in the file.';
comment on column ebb.import_refusal.source_ref is 'The source''s reference of the ticket, where it could be read.';
comment on column ebb.import_refusal.reason is 'What is wrong with it, and the cure.';

do $$
declare t text;
begin
    foreach t in array array['outbox', 'import_row', 'import_pending', 'import_refusal'] loop
        execute format('alter table ebb.%I enable row level security', t);
    end loop;
end $$;
