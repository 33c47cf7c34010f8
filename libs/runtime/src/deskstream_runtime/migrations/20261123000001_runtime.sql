-- migrate:up

-- How far each partition is handled. A row moves in the transaction that handled the records before
-- `next_offset`: this is what makes effects happen once and what refuses an owner that lost its partition.
create table consumer_offset (
    topic       text    not null,
    partition   integer not null,
    next_offset bigint  not null,
    primary key (topic, partition)
) with (fillfactor = 50);  -- each batch updates these rows: room beside them keeps the updates in place

-- Records on their way to Kafka. A row is deleted once the broker has it.
create table outbox (
    seq       bigint generated always as identity primary key,
    topic     text    not null,
    partition integer not null,
    key       bytea   not null,
    headers   text    not null,
    value     bytea   not null
-- Rows come and go at once: vacuum by their number, as a share of a nearly empty table means nothing.
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Slow or external work, done outside any transaction by a bounded pool.
create table work (
    seq          bigint generated always as identity primary key,
    id           uuid        not null unique,
    kind         text        not null,
    subject      uuid        not null,
    payload      text        not null,
    due_at       timestamptz not null,
    attempts     integer     not null default 0,
    lease        uuid,
    leased_until timestamptz,
    last_error   text
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
-- Serves the lease query: what may be leased now, without looking at what is leased or due later.
create index work_due on work (kind, greatest(due_at, leased_until));
-- Serves its other half: is this the oldest row of its subject.
create index work_kind_subject_seq on work (kind, subject, seq);

-- Records set aside: of a parked ticket (subject given), or a dead letter asked to be handled again.
-- Only where they are, never what they hold: they are read again from their topic.
create table parked_record (
    seq                 bigint generated always as identity primary key,
    topic               text        not null,
    partition           integer     not null,
    record_offset       bigint      not null,
    subject             uuid        not null,
    error               text        not null,
    parked_at           timestamptz not null,
    attempts            integer     not null default 0,
    replay_requested_at timestamptz,
    unique (topic, partition, record_offset)
);
create index parked_record_subject on parked_record (subject, seq);
create index parked_record_replay on parked_record (subject) where replay_requested_at is not null;

-- Answers already given to commands that carried an Idempotency-Key.
create table idempotency_key (
    principal      text        not null,
    key            text        not null,
    request_sha256 bytea       not null,
    status         integer     not null,
    headers        text        not null,
    body           bytea       not null,
    created_at     timestamptz not null,
    primary key (principal, key)
);
create index idempotency_key_created_at on idempotency_key (created_at);

-- migrate:down
drop table idempotency_key;
drop table parked_record;
drop table work;
drop table outbox;
drop table consumer_offset;
