-- migrate:up

-- Facts that led to events the database had lost and took back from the log: read again, they must not
-- lead to them a second time. Filled by a repair alone; else empty.
create table taken_fact (
    id uuid primary key
);

-- migrate:down
drop table taken_fact;
