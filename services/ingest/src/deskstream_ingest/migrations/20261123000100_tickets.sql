-- migrate:up

-- What ingest knows of a ticket: the fold of its events (domain/ticket.py). Only ever read and
-- locked by id. `json` and not `jsonb`: it is stored as written, and no query looks inside.
-- Rows change a few times each; room in the page keeps the new version beside the old (HOT).
create table ticket (
    id    uuid primary key,
    state json not null
) with (fillfactor = 70);

-- Proposed replies (domain/draft.py), also those whose approval came before they did. A draft is
-- changed only by who holds its ticket's row. The ticket is no foreign key: a draft may be read
-- from the log before its ticket is restored.
create table draft (
    ticket_id uuid not null,
    id        uuid not null,
    state     json not null,
    primary key (ticket_id, id)
);

-- Which ticket and notification a provider's message id belongs to: delivery reports name only that.
create table provider_message (
    provider            text not null,
    provider_message_id text not null,
    ticket_id           uuid not null,
    notification_id     uuid not null,
    primary key (provider, provider_message_id)
);

-- migrate:down
drop table provider_message;
drop table draft;
drop table ticket;
