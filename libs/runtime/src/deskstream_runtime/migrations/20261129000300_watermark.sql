-- migrate:up

-- Until when a writer says that everything it accepted is in the log, by the topic it says so on.
create table watermark (
    topic text primary key,
    until timestamptz not null
) with (fillfactor = 50);  -- updated each second: room beside the row keeps the updates in place

-- migrate:down
drop table watermark;
