-- migrate:up

-- For how long an event has waited for the broker. The default is a constant for rows that are there, so
-- none is rewritten.
alter table outbox add column stored_at timestamptz not null default now();

-- migrate:down
alter table outbox drop column stored_at;
