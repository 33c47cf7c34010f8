-- migrate:up

-- What was last told of each clock (`sla.started`), and until when its first telling may wait for the
-- ticket's triage. Version 1 told every clock as it started and whenever its target changed.
-- A million clocks of half a million tickets took 144 seconds on two overloaded cores.
alter table sla_clock
    add column promise_by       timestamptz,
    add column promise_due_at   timestamptz,
    add column promise_told_at  timestamptz,
    add column promise_event_id uuid;
update sla_clock
set promise_by = started_at, promise_due_at = started_at + target, promise_told_at = started_at;
alter table sla_clock
    alter column promise_by set not null,
    add constraint sla_clock_promise check ((promise_due_at is null) = (promise_told_at is null));

-- A ticket's priority is worked out ahead of `ingest` only if all that had a say in it is known. Of
-- tickets from before that is not so: their head's priority counts, or the triage that came first.
update ticket_case
set facts = facts || case
    when facts ? 'head' then jsonb_build_object('priority_is_given', true)
    else jsonb_build_object('proposed_priority', facts #> '{triage,priority}')
end
where facts ? 'head' or facts ? 'triage';

-- migrate:down

-- Before, a clock without a promise was there too: its next look is at its warning or its end.
update sla_clock
set next_due_at = started_at + case when warned then target else warn_after end
where promise_due_at is null and next_due_at is not null;
alter table sla_clock
    drop column promise_by,
    drop column promise_due_at,
    drop column promise_told_at,
    drop column promise_event_id;
update ticket_case set facts = facts - 'proposed_priority' - 'priority_is_given';
