-- migrate:up

-- Whom work is for, where a pool shares its places out between many.
alter table work add column share uuid;
-- Serves the lease of such a pool: who has work, and what of each may be leased now.
create index work_share_due on work (kind, share, greatest(due_at, leased_until))
    where share is not null;

-- migrate:down
drop index work_share_due;
alter table work drop column share;
