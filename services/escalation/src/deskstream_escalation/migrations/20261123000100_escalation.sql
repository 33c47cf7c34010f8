-- migrate:up

-- What is known of each ticket and was decided on it: one document, as its shape is the domain's
-- (domain/case.py) and nothing looks inside. The row is the ticket's lock: whoever decides takes it first.
create table ticket_case (
    ticket_id uuid  primary key,
    facts     jsonb not null
);

-- The service-level clocks. Times are worked out by the domain; `next_due_at` is null when there is
-- nothing more to announce.
create table sla_clock (
    id             uuid        primary key,
    ticket_id      uuid        not null references ticket_case,
    kind           text        not null,
    policy         text        not null,
    policy_version text        not null,
    priority       text        not null,
    started_at     timestamptz not null,
    target         interval    not null,
    warn_after     interval    not null,
    warned         boolean     not null,
    breached       boolean     not null,
    met_at         timestamptz,
    next_due_at    timestamptz
);
-- Serves loading a ticket's clocks, and GET /v1/sla/clocks.
create index sla_clock_ticket on sla_clock (ticket_id);
-- Serves the search for clocks that are due; only those that still have something to announce are in it.
create index sla_clock_next_due on sla_clock (next_due_at) where next_due_at is not null;

-- migrate:down
drop table sla_clock;
drop table ticket_case;
