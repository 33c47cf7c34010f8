-- migrate:up

-- What a receiver answered last, since when it has refused what is ours to mend, when its delivery was
-- given up, and how often that was asked for again.
alter table notification
    add column response_status integer,
    add column rejected_since  timestamptz,
    add column failed_at       timestamptz,
    add column redeliveries    integer not null default 0;
update notification set failed_at = settled_at
where channel = 'webhook' and state in ('failed', 'unknown');
-- Serves a subscription's delivery log, newest first. No column of it changes while a row is delivered.
create index notification_delivery on notification (recipient, planned_at, seq)
    where channel = 'webhook';
-- Serves its failed deliveries, shown and asked for again: few among many.
create index notification_delivery_failed on notification (recipient, planned_at, seq)
    where channel = 'webhook' and failed_at is not null;

-- How a subscription's receiver has been answering. The vocabulary is `WebhookReason`.
alter table webhook_subscription
    add column last_success_at      timestamptz,
    add column consecutive_failures integer not null default 0,
    add column last_failure_at      timestamptz,
    add column last_failure_reason  text,
    add column last_failure_status  integer;

-- The events told to subscribers, each once however many get it: what a call sends, and what it would
-- send again. `body` is null once it is erased, or older than it is kept.
create table webhook_event (
    id             uuid        not null,
    revision       integer     not null,
    type           text        not null,
    correlation_id uuid        not null,
    traceparent    text,
    body           text,
    stored_at      timestamptz not null,
    primary key (id, revision)
);
-- Serves removing events with the ledger's rows, oldest first.
create index webhook_event_stored_at on webhook_event (stored_at);
-- Serves removing bodies, which goes before.
create index webhook_event_body_stored_at on webhook_event (stored_at) where body is not null;

-- Webhooks had four pools; now one shares its places out between subscriptions.
update work set kind = 'webhook', share = (payload::json ->> 'subscription_id')::uuid
where kind like 'webhook.%';
alter table work add constraint work_webhook_share check (kind <> 'webhook' or share is not null);

-- migrate:down
alter table work drop constraint work_webhook_share;
update work set kind = 'webhook.0' where kind = 'webhook';
drop table webhook_event;
alter table webhook_subscription
    drop column last_success_at, drop column consecutive_failures, drop column last_failure_at,
    drop column last_failure_reason, drop column last_failure_status;
drop index notification_delivery_failed;
drop index notification_delivery;
alter table notification
    drop column response_status, drop column rejected_since, drop column failed_at,
    drop column redeliveries;
