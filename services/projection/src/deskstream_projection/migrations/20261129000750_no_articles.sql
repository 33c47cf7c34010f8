-- migrate:up

-- Nobody reads it: articles are ai's, and those published are counted from the timeline. Processes of before
-- this migration still write it; they stand until they are replaced.
drop table article;

-- migrate:down
-- Empty: the version of before fills it from the log (`rebuild`).
create table article (
    id uuid primary key,
    state_rank bytea not null default '',
    version    bigint,
    title      text,
    audience   text,
    published  boolean
);
