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
from datetime import datetime
from uuid import UUID

from deskstream_contracts.events.sla import SlaClockKind
from deskstream_escalation.domain import promises
from deskstream_escalation.domain.course import Course, Step
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.policies import Policies, SlaPolicy
from deskstream_escalation.domain.sla_clock import (
    ClockChange,
    Clocks,
    SlaClock,
    clock_id,
    meet,
    retarget,
    run_out,
    start,
)
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState


def update_clocks(
    process: TicketProcess, policies: Policies, until: datetime | None, now: datetime
) -> tuple[TicketProcess, list[NewEvent]]:
    """Takes the steps of the ticket's course that can be taken; its clocks follow each.

    `until` is the time up to which everything is known, None if that does not matter. All of the
    ticket is known up to a step that is taken: a clock whose end is before that ran out, however
    late it is checked.
    """
    new_events: list[NewEvent] = []
    while step := process.state.course.next_step(until):
        state = replace(process.state, course=process.state.course.after(step))
        clocks = _with_wanted(state, process.clocks, policies)
        ended = _ended(state.course, clocks, step)
        clocks |= {
            key: retarget(clock, state.course.priority, policies.sla, step.at)
            for key, clock in clocks.items()
            if key not in ended
        }
        process, followed = promise_clocks(
            TicketProcess(state, clocks), policies.sla, step.event_id, now, ended
        )
        new_events += followed
        clocks = dict(process.clocks)
        for key, (clock, followed) in ended.items():
            clocks[key] = replace(clock, promise=clocks[key].promise)
            new_events += (one._replace(cause_id=step.event_id) for one in followed)
        process = TicketProcess(state, clocks)
    return process, new_events


def promise_clocks(
    process: TicketProcess,
    policy: SlaPolicy,
    cause_id: UUID,
    now: datetime,
    ended: Collection[UUID] = (),
) -> tuple[TicketProcess, list[NewEvent]]:
    """Announces the clocks if that is due, or if one that has `ended` was never announced."""
    expected = [
        clock
        for clock in promises.expected_clocks(process, policy)
        if clock.promise is None or clock.id not in ended
    ]
    is_unannounced = any(clock.id in ended for clock in expected)
    if not (is_unannounced or promises.are_due(process, expected)):
        return process, []
    process, started = promises.promise(process, expected, cause_id, now)
    return process, [started]


def _ended(course: Course, clocks: Clocks, step: Step) -> dict[UUID, ClockChange]:
    """The clocks that the step meets, or that ran out before it."""
    changes: dict[UUID, ClockChange] = {}
    for clock in clocks.values():
        if clock.met_at is not None:
            continue
        at = _reached_at(course, clock)
        change = run_out(clock, step.at) if at is None else meet(clock, at, step.event_id)
        if change[0] is not clock:
            changes[clock.id] = change
    return changes


def _with_wanted(state: TicketState, clocks: Clocks, policies: Policies) -> Clocks:
    """The clocks, and those that the course wants and that are not among them."""
    wanted = {
        clock_id(state.ticket_id, kind, instance): (kind, instance, started_at)
        for kind, instance, started_at in _wanted(state.course)
    }
    priority, wait = state.course.priority, policies.triage_wait
    added = {
        key: start(state.ticket_id, *wanted[key], priority, policies.sla, wait)
        for key in wanted
        if key not in clocks
    }
    return clocks | added


def _wanted(course: Course) -> Iterable[tuple[SlaClockKind, int, datetime]]:
    """Kind, instance and start of each. Before the first of the ticket's events is taken, none."""
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
    """The time of the event that the clock waits for; None while it has not come."""
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
