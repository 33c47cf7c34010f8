"""Which clocks a ticket has, worked out from its course, so in whatever order it was read.

`first_response` and `resolution` run from the ticket's acceptance (never from when an imported
message was written) and once in a ticket's life: reopening does not start them again.
`next_response` runs from a customer's first unanswered message after an answer. An imported ticket
has none of a past in another system: when its customer writes again, that message starts
`next_response` and the one `resolution`. No clock pauses while a ticket is pending
(docs/decisions/0009-service-levels.md).
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from deskstream_contracts.events.sla import SlaClockKind
from deskstream_escalation.domain import promises
from deskstream_escalation.domain.course import Course, Step
from deskstream_escalation.domain.policy import SlaPolicy
from deskstream_escalation.domain.sla_clock import (
    Change,
    Clocks,
    NewEvent,
    SlaClock,
    clock_id,
    meet,
    retarget,
    run_out,
    start,
)
from deskstream_escalation.domain.ticket_state import TicketState


class Caused(NamedTuple):
    """A decision, and the event that brought it about."""

    cause_id: UUID
    decision: NewEvent


def wind(
    state: TicketState,
    clocks: Clocks,
    policy: SlaPolicy,
    triage_wait: timedelta,
    until: datetime | None,
    now: datetime,
) -> tuple[TicketState, Clocks, list[Caused]]:
    """Takes the steps of the ticket's course that can be taken, and its clocks follow each.

    `until` is the time up to which all is known, None if that is not asked. Up to a step that is
    taken all of the ticket is known: a clock whose end is before it ran out, whoever looked.
    """
    decided: list[Caused] = []
    while step := state.course.next_step(until):
        state = replace(state, course=state.course.taken(step))
        clocks = _with_wanted(state, clocks, policy, triage_wait)
        over = _over(state.course, clocks, step)
        clocks |= {
            key: retarget(clock, state.course.priority, policy, step.at)
            for key, clock in clocks.items()
            if key not in over
        }
        clocks, decisions = _told(state, clocks, over, policy, step.event_id, now)
        for key, (clock, made) in over.items():
            clocks[key] = replace(clock, promise=clocks[key].promise)
            decisions += made
        decided += (Caused(step.event_id, one) for one in decisions)
    return state, clocks, decided


def follow_triage(
    state: TicketState, clocks: Clocks, policy: SlaPolicy, cause_id: UUID, now: datetime
) -> tuple[Clocks, list[Caused]]:
    """The clocks promised by the priority that comes with the ticket's triage."""
    clocks, decisions = _told(state, clocks, (), policy, cause_id, now)
    return clocks, [Caused(cause_id, one) for one in decisions]


def _over(course: Course, clocks: Clocks, step: Step) -> dict[UUID, Change]:
    """What becomes of the clocks that the step meets, or that ran out before it."""
    changes: dict[UUID, Change] = {}
    for clock in clocks.values():
        if clock.met_at is not None:
            continue
        at = _reached_at(course, clock)
        change = run_out(clock, step.at) if at is None else meet(clock, at, step.event_id)
        if change[0] is not clock:
            changes[clock.id] = change
    return changes


def _told(
    state: TicketState,
    clocks: Clocks,
    over: Collection[UUID],
    policy: SlaPolicy,
    cause_id: UUID,
    now: datetime,
) -> tuple[Clocks, list[NewEvent]]:
    """Tells the clocks, if it is time to, or if one that is over was never told."""
    coming = [
        clock
        for clock in promises.with_coming_ends(state, clocks, policy)
        if clock.promise is None or clock.id not in over
    ]
    is_untold = any(clock.id in over for clock in coming)
    if not (is_untold or promises.are_to_be_told(state, clocks, coming)):
        return clocks, []
    clocks, told = promises.tell(clocks, coming, cause_id, now)
    return clocks, [told]


def _with_wanted(
    state: TicketState, clocks: Clocks, policy: SlaPolicy, triage_wait: timedelta
) -> Clocks:
    """The clocks, and those that the course wants and that are not among them."""
    wanted = {
        clock_id(state.ticket_id, kind, instance): (kind, instance, started_at)
        for kind, instance, started_at in _wanted(state.course)
    }
    added = {
        key: start(state.ticket_id, *wanted[key], state.course.priority, policy, triage_wait)
        for key in wanted
        if key not in clocks
    }
    return clocks | added


def _wanted(course: Course) -> Iterable[tuple[SlaClockKind, int, datetime]]:
    """Before the first of the ticket's events is taken, none."""
    if course.created_at is None:
        return
    if course.history is None:
        yield "first_response", 0, course.created_at
        yield "resolution", 0, course.created_at
    elif course.history.resumed_at is not None:
        yield "resolution", 0, course.history.resumed_at
    waiting = course.conversation.waiting_since
    if waiting is not None:
        yield "next_response", waiting.version, waiting.accepted_at


def _reached_at(course: Course, clock: SlaClock) -> datetime | None:
    """When what the clock waits for came; None while it has not."""
    match clock.kind:
        case "first_response":
            ends = [course.first_response_at, course.first_resolved_at]
            return min((at for at in ends if at is not None), default=None)
        case "resolution":
            return course.first_resolved_at
        case "next_response":
            waiting = course.conversation.waiting_since
            runs = waiting is not None and clock.id == clock_id(
                clock.ticket_id, clock.kind, waiting.version
            )
            return None if runs else course.conversation.answered_at
