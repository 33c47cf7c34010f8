-- migrate:up

-- What a ticket came with beside its text: shown with the ticket, never searched. Tickets kept
-- already have none until the views are made anew.
alter table ticket add column attributes json, add column unusable_addresses json;

-- migrate:down
alter table ticket drop column attributes, drop column unusable_addresses;
