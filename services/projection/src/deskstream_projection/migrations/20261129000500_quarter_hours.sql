-- migrate:up

-- Any time in any time zone is counted from roll-ups of a quarter hour, and from the timeline where
-- one is cut through (`docs/decisions/0021-exact-figures.md`). So each row of the timeline says what
-- it was counted as. A million rows took 130 to 200 seconds on two cores with much else to do, and
-- the way down 50.

alter table timeline
    add column label text not null default '',
    add column channel text not null default '',
    add column milli bigint not null default 0;

-- As `domain/measures.py` does. A ticket keeps its channel; the timeline left it out with the head.
-- `round` of a double rounds halves to even, as Python does.
update timeline set label = found.label, channel = found.channel, milli = found.milli
from (
    select event_id,
        case
            when event_type = 'ticket.message_added' then summary ->> 'kind'
            when event_type = 'sentiment.scored' then summary ->> 'label'
            when event_type = 'ticket.triaged' then summary ->> 'intent'
            when event_type = 'reply.draft_failed' then summary ->> 'reason'
            when event_type = 'csat.received' then summary ->> 'score'
            when event_type in ('notification.sent', 'notification.failed')
                then summary ->> 'purpose'
            when event_type = 'sla.met'
                then (summary ->> 'clock')
                    || case when (summary ->> 'in_time')::boolean then '' else '_late' end
            when event_type in ('sla.started', 'sla.warned', 'sla.breached')
                then summary ->> 'clock'
            when event_type = 'reply.approved' then
                case
                    when summary ->> 'draft_id' is null then 'own_words'
                    when (summary ->> 'auto')::boolean then 'auto'
                    when (summary ->> 'edited')::boolean then 'edited'
                    else 'as_drafted'
                end
            else ''
        end as label,
        case
            when event_type in ('ticket.created', 'ticket.resolved', 'ticket.reopened')
                then ticket.channel
            when event_type in (
                'ticket.message_added', 'reply.approved', 'notification.sent', 'notification.failed'
            ) then summary ->> 'channel'
            else ''
        end as channel,
        case event_type
            when 'ticket.resolved' then round((summary ->> 'elapsed_s')::float8 * 1000)::bigint
            when 'sentiment.scored' then round((summary ->> 'score')::float8 * 1000)::bigint
            when 'reply.drafted' then round((summary ->> 'confidence')::float8 * 1000)::bigint
            when 'csat.received' then (summary ->> 'score')::bigint * 1000
            else 0
        end as milli
    from timeline left join ticket on ticket.id = timeline.subject
) found
where timeline.event_id = found.event_id
    and (found.label, found.channel, found.milli) <> ('', '', 0);

-- Writes the table and its indexes anew, without what the update left behind.
alter table timeline
    alter column label drop default,
    alter column channel drop default,
    alter column milli drop default,
    add column counted_at timestamptz not null generated always as (
        case when imported then occurred_at else recorded_at end
    ) stored;
-- The facts at the edges of a time.
create index timeline_counted_at on timeline (counted_at);

alter table roll_up drop constraint roll_up_grain_check;
delete from roll_up where grain = 'hour';
alter table roll_up add constraint roll_up_grain_check check (grain in ('minute', 'quarter_hour'));
insert into roll_up (grain, start, event_type, label, channel, imported, count, total_milli)
select 'quarter_hour', date_bin('15 minutes', counted_at, '2000-01-01T00:00Z'), event_type, label,
    channel, imported, count(*), sum(milli)
from timeline
group by 2, 3, 4, 5, 6;

-- Until when roll-ups by the minute are gone. One row, or none while all are there.
create table minutes_forgotten (
    only_row boolean primary key default true check (only_row),
    until timestamptz not null
);
-- They were not noted before: some are gone wherever they do not make up their quarter hour.
insert into minutes_forgotten (until)
select max(start) + interval '15 minutes'
from (
    select date_bin('15 minutes', start, '2000-01-01T00:00Z') as start
    from roll_up
    group by 1, event_type, label, channel, imported
    having sum(count) filter (where grain = 'minute')
        is distinct from sum(count) filter (where grain = 'quarter_hour')
) lacking
having max(start) is not null;

-- migrate:down
drop table minutes_forgotten;
alter table roll_up drop constraint roll_up_grain_check;
insert into roll_up (grain, start, event_type, label, channel, imported, count, total_milli)
select 'hour', date_trunc('hour', start, 'UTC'), event_type, label, channel, imported, sum(count),
    sum(total_milli)
from roll_up
where grain = 'quarter_hour'
group by 2, 3, 4, 5, 6;
delete from roll_up where grain = 'quarter_hour';
alter table roll_up add constraint roll_up_grain_check check (grain in ('minute', 'hour'));
drop index timeline_counted_at;
alter table timeline
    drop column counted_at, drop column label, drop column channel, drop column milli;
