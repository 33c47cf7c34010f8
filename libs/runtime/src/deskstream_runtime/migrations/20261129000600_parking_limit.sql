-- migrate:up

-- How parking has gone: the one row that says whether one more ticket may be parked. It moves in the
-- transaction that parks a record, so a restart begins where the last process stood.
create table parking_count (
    only_row boolean          primary key default true check (only_row),
    run      integer          not null default 0,
    parked   double precision not null default 0,
    handled  double precision not null default 0
);
insert into parking_count default values;

-- Serves the limit of one cause: how many records wait for it already.
create index parked_record_cause on parked_record (topic, error);

-- Why a person gave up a record that waits; it becomes a dead letter when its turn comes.
alter table parked_record add column discard_reason text;

-- migrate:down
alter table parked_record drop column discard_reason;
drop index parked_record_cause;
drop table parking_count;
