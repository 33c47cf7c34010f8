-- migrate:up

create extension if not exists pg_trgm;

-- Knowledge articles as they stand; their history is in the log.
create table article (
    article_id   uuid        primary key,
    version      bigint      not null,
    title        text        not null,
    body         text        not null,
    sha256       text        not null,
    language     text,
    audience     text        not null,
    tags         text[]      not null,
    url          text,
    author_id    text,
    published_at timestamptz not null,
    withdrawn_at timestamptz
);
-- Serves the search for articles by a piece of their title, typing errors allowed.
create index article_title_trgm on article using gin (title gin_trgm_ops);

-- Public articles in quotable pieces. A piece is found by its own words and by its article's title and
-- tags, and holds all that the search looks at.
create table passage (
    article_id uuid     not null references article (article_id) on delete cascade,
    position   integer  not null,
    text       text     not null,
    tags       text[]   not null,
    language   text,
    search     tsvector not null,
    primary key (article_id, position)
);
create index passage_search on passage using gin (search);

-- migrate:down
drop table passage;
drop table article;
