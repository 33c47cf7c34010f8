-- migrate:up

-- The latest rating of each ticket (domain/rating.py).
create table rating (
    ticket_id uuid primary key,
    score     smallint not null,
    rated_at  timestamptz not null
);

-- migrate:down

drop table rating;
