-- migrate:up

-- Each group of columns is a register: replaced together when a fact of a higher rank comes
-- (`domain/lww.py`). A rank is 18 bytes that compare as (order, revision, event id).

create function ticket_facets(
    status text, priority text, queue text, assignee_id text, channel text, customer_id uuid,
    customer_email text, sentiment_label text, intent text, escalation_level integer,
    newest_draft_status text, language text, tags text
) returns text[] language sql immutable parallel safe return
    array_remove(
        array[
            'status:' || status, 'priority:' || priority, 'queue:' || queue,
            'assignee:' || assignee_id, 'channel:' || channel, 'customer:' || customer_id,
            'email:' || lower(customer_email), 'sentiment:' || sentiment_label,
            'intent:' || intent, 'draft:' || newest_draft_status, 'language:' || lower(language),
            'has_draft:' || case when newest_draft_status = 'drafted' then 'yes' else 'no' end,
            'escalated:' || case when escalation_level > 0 then 'yes' else 'no' end
        ],
        null
    ) || case
        when tags > '' then string_to_array('tag:' || replace(tags, ',', ',tag:'), ',')
        else '{}'
    end;

create table ticket (
    id uuid primary key,

    head_rank         bytea not null default '',
    version           bigint,
    status            text,
    priority          text,
    channel           text,
    customer_id       uuid,
    created_at        timestamptz,
    updated_at        timestamptz,
    queue             text,
    assignee_id       text,
    tags              text,
    message_count     bigint,
    reopen_count      bigint,
    first_response_at timestamptz,
    resolved_at       timestamptz,

    subject_rank bytea not null default '',
    subject      text,

    opening_rank     bytea not null default '',
    first_message_id uuid,
    snippet          text,
    customer_name    text,
    customer_email   text,
    language         text,
    external_source  text,
    external_id      text,
    external_url     text,

    activity_rank    bytea not null default '',
    last_activity_at timestamptz,
    last_event_type  text,

    sentiment_rank  bytea not null default '',
    sentiment_label text,
    sentiment_score double precision,
    sentiment_at    timestamptz,

    worst_sentiment_rank  bytea not null default '',
    worst_sentiment_label text,
    worst_sentiment_score double precision,

    triage_rank         bytea not null default '',
    intent              text,
    intent_confidence   double precision,
    triaged_priority    text,
    priority_confidence double precision,
    triaged_at          timestamptz,

    escalation_rank    bytea not null default '',
    escalation_level   integer,
    escalation_reasons text,
    escalated_at       timestamptz,

    sla_first_response_rank   bytea not null default '',
    sla_first_response_due_at timestamptz,
    sla_first_response_state  text,
    sla_next_response_rank    bytea not null default '',
    sla_next_response_due_at  timestamptz,
    sla_next_response_state   text,
    sla_resolution_rank       bytea not null default '',
    sla_resolution_due_at     timestamptz,
    sla_resolution_state      text,

    delivery_rank       bytea not null default '',
    delivery_message_id uuid,
    delivery_status     text,
    delivery_at         timestamptz,

    csat_rank  bytea not null default '',
    csat_score integer,
    csat_at    timestamptz,

    -- Not a register: the newest of the rows in `draft`, set after those were written.
    newest_draft_id         uuid,
    newest_draft_status     text,
    newest_draft_confidence double precision,
    newest_drafted_at       timestamptz,

    -- What lists sort by. A message without a score counts as neutral.
    priority_order smallint generated always as (
        case priority when 'low' then 0 when 'normal' then 1 when 'high' then 2 else 3 end
    ) stored,
    sentiment_order double precision generated always as (coalesce(sentiment_score, 0)) stored,

    -- Every filter on equality is a membership here: one index answers any combination of them, and
    -- Postgres keeps statistics of the members, so it knows when walking a sorted index is better.
    facets text[] generated always as (
        ticket_facets(
            status, priority, queue, assignee_id, channel, customer_id, customer_email,
            sentiment_label, intent, escalation_level, newest_draft_status, language, tags
        )
    ) stored
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

alter table ticket alter column facets set statistics 500;

-- One for each way to sort `GET /v1/tickets`; read in both directions. A row without a version is a
-- ticket whose facts came before its `ticket.created`: never listed.
create index ticket_created_at on ticket (created_at, id) where version is not null;
create index ticket_updated_at on ticket (updated_at, id) where version is not null;
create index ticket_priority on ticket (priority_order, created_at, id) where version is not null;
create index ticket_sentiment on ticket (sentiment_order, created_at, id) where version is not null;
-- The pending list is read by every query, so it is kept short.
create index ticket_facets on ticket using gin (facets) with (gin_pending_list_limit = 256);
-- `GET /v1/analytics/summary`: times to first response, without visiting the table.
create index ticket_first_response_at on ticket (first_response_at) include (created_at)
    where first_response_at is not null;
create index ticket_resolved_at on ticket (resolved_at) include (created_at)
    where resolved_at is not null;

-- Full-text search, apart from `ticket` so that its large index is touched by new text alone.
create table ticket_text (
    ticket_id uuid primary key,
    subject_rank bytea not null default '',
    subject      text,
    opening_rank bytea not null default '',
    body         text,
    document tsvector generated always as (
        setweight(to_tsvector('english', coalesce(subject, '')), 'A')
        || setweight(to_tsvector('english', left(coalesce(body, ''), 10000)), 'B')
    ) stored
);
create index ticket_text_document on ticket_text using gin (document)
    with (gin_pending_list_limit = 256);

create table message (
    id        uuid primary key,
    ticket_id uuid not null,

    content_rank bytea not null default '',
    kind         text,
    body         text,
    actor_kind   text,
    actor_id     text,
    channel      text,
    occurred_at  timestamptz,
    language     text,
    in_reply_to  uuid,
    draft_id     uuid,
    attachments  json,

    sentiment_rank  bytea not null default '',
    sentiment_label text,
    sentiment_score double precision,

    delivery_rank   bytea not null default '',
    delivery_status text,
    delivery_at     timestamptz
) with (fillfactor = 90);
-- `GET /v1/tickets/{id}/messages`, in order.
create index message_ticket on message (ticket_id, occurred_at, id);

create table draft (
    id        uuid primary key,
    ticket_id uuid not null,

    proposal_rank bytea not null default '',
    message_id    uuid,
    body          text,
    confidence    double precision,
    model         text,
    language      text,
    cautions      text,
    drafted_at    timestamptz,

    decision_rank   bytea not null default '',
    decision        text,
    decided_at      timestamptz,
    decided_by      text,
    decision_reason text
) with (fillfactor = 90);
-- The drafts of a ticket, newest first, for `GET /v1/tickets/{id}` and `ticket.newest_draft_…`.
create index draft_ticket on draft (ticket_id, drafted_at, id) where drafted_at is not null;

create table customer (
    id uuid primary key,
    name_rank  bytea not null default '',
    name       text,
    email_rank bytea not null default '',
    email      text,
    phone_rank bytea not null default '',
    phone      text,
    profile_rank         bytea not null default '',
    provider             text,
    language             text,
    customer_since       timestamptz,
    order_count          bigint,
    total_spent_minor    bigint,
    total_spent_currency text,
    last_order_at        timestamptz,
    tags                 text
);

create table article (
    id uuid primary key,
    state_rank bytea not null default '',
    version    bigint,
    title      text,
    audience   text,
    published  boolean
);

-- One row an event. `transaction_id` is that of the transaction that wrote the row: live clients
-- resume by it (`adapters/change_feed.py`).
create table timeline (
    event_id       uuid primary key,
    subject        uuid        not null,
    revision       integer     not null,
    event_type     text        not null,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null,
    sequence       bigint,
    actor_kind     text        not null,
    actor_id       text,
    summary        json        not null,
    transaction_id bigint      not null
);
-- `GET /v1/tickets/{id}/timeline`, in order.
create index timeline_subject on timeline (subject, recorded_at, event_id);
-- What changed since a live client, or this process, last looked. Rows come in this order.
create index timeline_transaction_id on timeline (transaction_id);

-- Counts of facts; `total_milli` sums what each measured, in thousandths.
create table roll_up (
    grain       text        not null check (grain in ('minute', 'hour')),
    start       timestamptz not null,
    event_type  text        not null,
    label       text        not null,
    channel     text        not null,
    count       bigint      not null,
    total_milli bigint      not null,
    primary key (grain, start, event_type, label, channel)
) with (fillfactor = 70);

-- migrate:down
drop table roll_up, timeline, article, customer, draft, message, ticket_text, ticket;
drop function ticket_facets;
