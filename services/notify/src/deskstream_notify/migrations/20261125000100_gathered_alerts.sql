-- migrate:up

-- Alerts about one ticket to one recipient within a few seconds go out as one mail: `gathered_into`
-- is the notification whose id that mail bears. `about` is what the mail tells of the ticket in the
-- customer's words, noted before it is first sent, so that a repetition says the same.
alter table notification add column gathered_into uuid, add column about jsonb;
-- Serves all that is told of a mail's end.
create index notification_gathered_into on notification (gathered_into)
    where gathered_into is not null;

-- The customer's words as alerts may tell them: a ticket's subject, and the newest message's start.
-- Each with the ticket's version it is of, as the topics they come from are read in any order.
create table ticket_words (
    ticket_id       uuid        primary key,
    subject         text,
    subject_version bigint      not null default 0,
    message         text,
    message_version bigint      not null default 0,
    noted_at        timestamptz not null,
    erased          boolean     not null default false
);
-- Serves forgetting, oldest first.
create index ticket_words_noted_at on ticket_words (noted_at);

-- migrate:down
drop table ticket_words;
drop index notification_gathered_into;
alter table notification drop column about, drop column gathered_into;
