-- migrate:up

-- The ticket's version that a message came with. Messages of an imported past often have one time,
-- and stood in the order of their ids then. Those kept already have none, and stay in that order.
alter table message add column version bigint;
drop index message_ticket;
create index message_ticket on message (ticket_id, occurred_at, coalesce(version, 0), id);

-- migrate:down
drop index message_ticket;
alter table message drop column version;
create index message_ticket on message (ticket_id, occurred_at, id);
