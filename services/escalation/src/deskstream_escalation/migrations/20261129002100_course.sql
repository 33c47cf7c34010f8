-- migrate:up

-- A ticket's clocks follow its events in the order of versions. What was read ahead of a version that is
-- missing waits in `facts`; `gap_closes_at` is the time that all must be known of to go on without it.
alter table ticket_case add column gap_closes_at timestamptz;
-- Serves the search for tickets whose gap is never filled; nearly all tickets have none.
create index ticket_case_gap_closes on ticket_case (gap_closes_at) where gap_closes_at is not null;

-- Of tickets from before, all that was read up to the highest version counts as taken. When an imported
-- ticket was brought in is asked of its next events, not of its course: any time will do.
-- A million tickets took 187 seconds on two overloaded cores, and 147 seconds on the way back.
update ticket_case
set facts = facts - 'priority_is_given' - 'first_response_at' - 'first_resolved_at'
    || jsonb_build_object('course', jsonb_strip_nulls(jsonb_build_object(
        'version', facts #> '{head,version}',
        'created_at', facts #> '{head,created_at}',
        'priority', facts #> '{head,priority}',
        'priority_is_given', facts -> 'priority_is_given',
        'history', case when facts #>> '{head,imported_until}' is not null then jsonb_build_object(
            'imported_at', facts #> '{head,created_at}',
            'version', facts #> '{head,imported_until}',
            'resumed_at', facts #> '{head,resumed_at}') end,
        'conversation', facts -> 'conversation',
        'first_response_at', facts -> 'first_response_at',
        'first_resolved_at', facts -> 'first_resolved_at')))
where facts ? 'head';

-- migrate:down

-- Before, what was read counted at once.
update ticket_case
set facts = facts - 'course' || jsonb_strip_nulls(jsonb_build_object(
    'priority_is_given', known.priority_is_given,
    'first_response_at', known.first_response_at,
    'first_resolved_at', known.first_resolved_at))
from (
    select ticket_id,
        nullif(coalesce(bool_or((step ->> 'priority_is_given')::boolean), false)
            or coalesce(bool_or((step ->> 'gives_priority')::boolean), false), false) as priority_is_given,
        min((step ->> 'first_response_at')::timestamptz) as first_response_at,
        least(min((step ->> 'first_resolved_at')::timestamptz),
            min((step ->> 'resolved_at')::timestamptz)) as first_resolved_at
    from ticket_case,
        jsonb_array_elements(coalesce(facts #> '{course,ahead}', '[]') || (facts -> 'course')) as step
    where facts ? 'course'
    group by ticket_id
) as known
where known.ticket_id = ticket_case.ticket_id;
drop index ticket_case_gap_closes;
alter table ticket_case drop column gap_closes_at;
