"""Which clocks a ticket has, worked out from its facts alone, so in whatever order they came.

`first_response` and `resolution` run from the ticket's acceptance (never from when an imported
message was written) and once in a ticket's life: reopening does not start them again.
`next_response` runs from a customer's first unanswered message after an answer. An imported ticket
has none of a past in another system: when its customer writes again, that message starts
`next_response` and the one `resolution`. No clock pauses
while a ticket is pending (docs/decisions/0009-service-levels.md).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from deskstream_contracts.events.escalation import Clock
from deskstream_escalation.domain import promises
from deskstream_escalation.domain.case import Case, Head
from deskstream_escalation.domain.policy import SlaPolicy
from deskstream_escalation.domain.sla_clock import (
    Clocks,
    Decision,
    SlaClock,
    clock_id,
    meet,
    retarget,
    start,
)


def moves_clocks(before: Case, case: Case) -> bool:
    """Whether the case has news that clocks depend on, against the one it was made from."""
    return (
        case.head is not before.head
        or case.conversation is not before.conversation
        or case.triage is not before.triage
        or case.priority_is_given != before.priority_is_given
        or case.first_response_at != before.first_response_at
        or case.first_resolved_at != before.first_resolved_at
    )


def follow(
    case: Case,
    clocks: Clocks,
    policy: SlaPolicy,
    triage_wait: timedelta,
    cause_id: UUID,
    now: datetime,
) -> tuple[Clocks, list[Decision]]:
    """The ticket's clocks as its facts want them. Before its first `ticket.*` event it has none."""
    if case.head is None:
        return clocks, []
    clocks = _wound(case, case.head, clocks, policy, triage_wait)
    ended = {
        clock.id: at
        for clock in clocks.values()
        if clock.met_at is None and (at := _reached_at(case, clock)) is not None
    }
    decisions: list[Decision] = []
    is_untold = any(clocks[key].promise is None for key in ended)
    if is_untold or promises.are_to_be_told(case, clocks):
        clocks, told = promises.tell(clocks, cause_id, now)
        decisions.append(told)
    for key, at in ended.items():
        clocks[key], met = meet(clocks[key], at, cause_id)
        decisions += met
    return clocks, decisions


def _wound(
    case: Case, head: Head, clocks: Clocks, policy: SlaPolicy, triage_wait: timedelta
) -> Clocks:
    """The clocks that the facts want, each with the target of the ticket's priority."""
    priority = case.coming_priority
    wound = {key: retarget(clock, priority, policy) for key, clock in clocks.items()}
    for kind, instance, started_at in _wanted(case, head):
        key = clock_id(case.ticket_id, kind, instance)
        if key not in wound:
            wound[key] = start(
                case.ticket_id, kind, instance, started_at, priority, policy, triage_wait
            )
    return wound


def _wanted(case: Case, head: Head) -> Iterable[tuple[Clock, int, datetime]]:
    if head.imported_until is None:
        yield "first_response", 0, head.created_at
        yield "resolution", 0, head.created_at
    elif head.resumed_at is not None:
        yield "resolution", 0, head.resumed_at
    waiting = case.conversation.waiting_since
    if waiting is not None:
        yield "next_response", waiting.version, waiting.accepted_at


def _reached_at(case: Case, clock: SlaClock) -> datetime | None:
    """When what the clock waits for came; None while it has not."""
    match clock.kind:
        case "first_response":
            ends = [at for at in (case.first_response_at, case.first_resolved_at) if at is not None]
            return min(ends, default=None)
        case "resolution":
            return case.first_resolved_at
        case "next_response":
            waiting = case.conversation.waiting_since
            runs = waiting is not None and clock.id == clock_id(
                clock.ticket_id, clock.kind, waiting.version
            )
            return None if runs else case.conversation.answered_at
