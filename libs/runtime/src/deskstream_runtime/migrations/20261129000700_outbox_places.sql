-- migrate:up

-- How far the log holds what this database told it: the offset behind the last record that the broker
-- acknowledged, for each partition. Written in the statement that forgets the records, so that a
-- database set back in time says how far it was. A place is a new row, with the next number, and the end
-- of the one before it: a row that was updated each time would be walked through all its dead versions
-- while a long snapshot keeps them.
create table outbox_place (
    number      bigint  primary key,
    topic       text    not null,
    partition   integer not null,
    next_offset bigint  not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- Topics that Kafka refuses for good, and why. Their records wait in `outbox_aside`; others go on.
create table topic_aside (
    topic text        primary key,
    since timestamptz not null default now(),
    error text        not null,
    rows  bigint      not null
);

-- Records of topics set aside, in the order in which they left the outbox.
create table outbox_aside (
    topic     text    not null,
    seq       bigint  generated always as identity,
    partition integer not null,
    key       bytea   not null,
    headers   text    not null,
    value     bytea   not null,
    primary key (topic, seq)
);

-- What the log holds beyond this database, while it is taken back: read anew after any crash.
create unlogged table log_gap (
    subject uuid  not null,
    topic   text  not null,
    key     bytea not null,
    headers text  not null,
    value   bytea not null
);
create index log_gap_subject on log_gap (subject);

-- migrate:down
drop table log_gap;
-- What waits aside goes back to the outbox, in order: no accepted event is lost.
insert into outbox (topic, partition, key, headers, value)
select topic, partition, key, headers, value from outbox_aside order by seq;
drop table outbox_aside;
drop table topic_aside;
drop table outbox_place;
