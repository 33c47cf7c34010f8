-- migrate:up

-- A clock's target holds from the moment at which its ticket got that priority. Of clocks from before, that
-- is their start: an end that was over when its priority was set was announced at once.
-- What was promised holds when the priority that it was promised for comes, whatever the policy is then. Of
-- clocks from before it has come: they followed triage at once.
alter table sla_clock
    add column target_since           timestamptz,
    add column promise_priority       text,
    add column promise_policy         text,
    add column promise_policy_version text;
update sla_clock
set target_since = started_at,
    promise_priority = case when promise_due_at is not null then priority end,
    promise_policy = case when promise_due_at is not null then policy end,
    promise_policy_version = case when promise_due_at is not null then policy_version end;
alter table sla_clock
    alter column target_since set not null,
    drop constraint sla_clock_promise,
    add constraint sla_clock_promise check (
        num_nulls(promise_due_at, promise_priority, promise_policy, promise_policy_version, promise_told_at)
        in (0, 5));

-- migrate:down
alter table sla_clock
    drop constraint sla_clock_promise,
    add constraint sla_clock_promise check ((promise_due_at is null) = (promise_told_at is null)),
    drop column target_since,
    drop column promise_priority,
    drop column promise_policy,
    drop column promise_policy_version;
