-- migrate:up

-- A ticket as far as a model must know it. Facts come in any order: a row may begin with a subject, a customer
-- or a message alone. `*_version` and `*_revision` say from which fact a value is, so that the newest stays.
create table conversation (
    ticket_id         uuid primary key,
    correlation_id    uuid,
    channel           text,
    customer_id       uuid,
    customer_name     text,
    customer_revision integer not null default 0,
    subject           text    not null default '',
    subject_version   bigint  not null default 0,
    subject_revision  integer not null default 0
);

create table conversation_message (
    message_id  uuid        primary key,
    ticket_id   uuid        not null,
    kind        text        not null,
    body        text        not null,
    language    text,
    occurred_at timestamptz not null,
    revision    integer     not null
);
-- Serves "the last few messages of a ticket".
create index conversation_message_ticket on conversation_message (ticket_id, occurred_at desc);

-- What shops and CRMs said last of a customer.
create table customer (
    customer_id    uuid        primary key,
    name           text,
    language       text,
    customer_since timestamptz,
    order_count    bigint,
    tags           text[]      not null,
    observed_at    timestamptz not null,
    revision       integer     not null
);

-- What a model said of a message: a message is understood once, whatever comes again.
create table understanding (
    message_id        uuid        primary key,
    model             text        not null,
    intent            text        not null,
    intent_confidence float8      not null,
    sentiment         text        not null,
    language          text,
    tags              text[]      not null,
    understood_at     timestamptz not null
);

-- Drafts that were asked for: a request is answered once, whatever comes again.
create table draft_request (
    request_id   uuid        primary key,
    ticket_id    uuid        not null,
    message_id   uuid,
    instructions text,
    tone         text,
    language     text,
    requested_at timestamptz not null,
    revision     integer     not null
);

-- What people made of drafts: approved, edited or rejected.
create table draft_feedback (
    event_id    uuid        primary key,
    ticket_id   uuid        not null,
    draft_id    uuid        not null,
    verdict     text        not null,
    reason      text,
    comment     text,
    occurred_at timestamptz not null,
    revision    integer     not null
);
create index draft_feedback_draft on draft_feedback (draft_id);

-- migrate:down
drop table draft_feedback;
drop table draft_request;
drop table understanding;
drop table customer;
drop table conversation_message;
drop table conversation;
