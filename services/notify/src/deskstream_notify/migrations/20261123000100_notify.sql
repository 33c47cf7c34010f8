-- migrate:up

-- The ledger: every notification ever decided on, and what became of it. Its id is made of event,
-- channel and recipient, so an event that comes again finds its row and sends nothing.
create table notification (
    seq                 bigint generated always as identity,
    id                  uuid        primary key,
    subject             uuid        not null,
    cause_id            uuid        not null,
    cause_revision      integer     not null,
    channel             text        not null,
    purpose             text        not null,
    recipient_kind      text        not null,
    recipient           text        not null,
    state               text        not null
        check (state in ('planned', 'sending', 'sent', 'failed', 'unknown', 'skipped')),
    attempts            integer     not null default 0,
    ambiguous           boolean     not null default false,
    reason              text,
    detail              text,
    provider_message_id text,
    planned_at          timestamptz not null,
    sending_at          timestamptz,
    settled_at          timestamptz,
    erased_at           timestamptz
);
-- Serves the view of a ticket's notifications, newest first.
create index notification_subject_seq on notification (subject, seq);
-- Serves erasure: all that was told of an event.
create index notification_cause_id on notification (cause_id);
-- Serves forgetting, oldest first.
create index notification_planned_at on notification (planned_at);

-- What providers reported later. Rows by event id: reports may come twice, in any order, and before
-- we have noted that the provider took the message.
create table delivery_report (
    event_id            uuid        primary key,
    revision            integer     not null,
    notification_id     uuid,
    provider_message_id text        not null,
    status              text        not null,
    error_code          text,
    occurred_at         timestamptz not null
);
create index delivery_report_notification_id on delivery_report (notification_id);
create index delivery_report_provider_message_id on delivery_report (provider_message_id);
create index delivery_report_occurred_at on delivery_report (occurred_at);

-- Systems that want to be called. The signing secret is kept encrypted; the key is in the settings.
create table webhook_subscription (
    id               uuid        primary key,
    url              text        not null,
    event_types      text[]      not null,
    description      text,
    secret_encrypted bytea       not null,
    created_by       text        not null,
    created_at       timestamptz not null,
    disabled_at      timestamptz,
    disabled_reason  text
);

-- migrate:down
drop table webhook_subscription;
drop table delivery_report;
drop table notification;
