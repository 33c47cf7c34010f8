"""A ticket's process made again: facts from others' events, decisions from our own of that time.

To decide again would not do: rules and service levels may be others now, and what time alone
brought about follows from no event.
"""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, get_args
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import Deescalated, Escalated
from deskstream_contracts.events.reply import ReplyAutoApproved
from deskstream_contracts.events.sla import SlaBreached, SlaEvent, SlaMet, SlaStarted, SlaWarned
from deskstream_escalation.domain.decide import decide, judge, with_breaches
from deskstream_escalation.domain.escalation import in_order
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.sla_clock import Clocks, Promise, SlaClock, as_announced
from deskstream_escalation.domain.ticket_clocks import update_clocks
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import StandingHit, TicketState

OwnEvent: TypeAlias = (
    Escalated | Deescalated | ReplyAutoApproved | SlaStarted | SlaWarned | SlaBreached | SlaMet
)
OWN_EVENTS: tuple[type[OwnEvent], ...] = get_args(OwnEvent)
"""The events of this service."""


def clocks_in(data: EventData) -> tuple[UUID, ...]:
    """The clocks that an event of ours is about."""
    match data:
        case SlaStarted():
            return tuple(clock.clock_id for clock in data.clocks)
        case SlaEvent():
            return (data.clock_id,)
        case _:
            return ()


def rebuild(
    process: TicketProcess, event: Event[EventData], policies: Policies, now: datetime
) -> TicketProcess:
    """The process after an event that was handled or, being ours, announced before.

    What was never announced (the rules that stand behind a level, the fact that settled them) is
    worked out with the policies of today.
    """
    if clocks_in(event.data):
        process = _over_the_gap(process, event, policies, now)
    state, clocks = process.state, process.clocks
    data = event.data
    match data:
        case Escalated() | Deescalated() | ReplyAutoApproved():
            return replace(process, state=_with_decision(state, data))
        case SlaStarted():
            return replace(process, clocks=_with_promises(process, event, data))
        case SlaBreached():
            return _with_breach(process, event, data, policies, now)
        case SlaWarned() | SlaMet():
            clock = clocks.get(data.clock_id)
            if clock is None:
                return process
            return replace(process, clocks={**clocks, clock.id: _after(clock, data)})
        case _:
            decided, _ = decide(process, event, policies, now)
            after = replace(_undecided(state, decided.state), breach=state.breach)
            return TicketProcess(after, _unannounced(clocks, decided.clocks))


def _over_the_gap(
    process: TicketProcess, event: Event[EventData], policies: Policies, now: datetime
) -> TicketProcess:
    """The process with the gap passed, behind which is the step that brought the event about.

    Or time alone did, and the event is about a clock that no step before the gap has started.
    """
    ahead = process.state.course.ahead
    behind = [step for step in ahead if step.event_id == event.causation_id]
    if behind:
        until = behind[0].accepted_at
    elif ahead and not process.clocks.keys() >= set(clocks_in(event.data)):
        until = event.time
    else:
        return process
    updated, _ = update_clocks(process, policies, until, now)
    return replace(updated, clocks=_unannounced(process.clocks, updated.clocks))


def _unannounced(before: Clocks, after: Clocks) -> Clocks:
    """The later clocks, with all that is announced of a clock as it was before."""
    clocks = dict(after)
    for key, clock in after.items():
        known = before.get(key)
        unannounced = replace(
            clock,
            promise=known.promise if known else None,
            warned=known is not None and known.warned,
            breached=known is not None and known.breached,
        )
        if unannounced != clock:
            clocks[key] = unannounced
    return clocks


def _with_promises(process: TicketProcess, event: Event[EventData], started: SlaStarted) -> Clocks:
    """Version 1 held no priority: it was the expected one. Nor is its event kept as the promise."""
    is_version_1 = started.priority is None
    priority = started.priority or process.state.expected_priority
    clocks = dict(process.clocks)
    for announced in started.clocks:
        clock = clocks.get(announced.clock_id)
        if clock is None:
            continue
        promise = Promise(
            due_at=announced.due_at,
            priority=priority,
            policy=announced.policy,
            policy_version=announced.policy_version,
            announced_at=announced.started_at if is_version_1 else event.time,
            event_id=None if is_version_1 else event.id,
        )
        if clock.priority == priority:
            clock = as_announced(clock, announced)
        warned = clock.warned or announced.warned
        clocks[clock.id] = replace(clock, warned=warned, promise=promise)
    return clocks


def _undecided(before: TicketState, after: TicketState) -> TicketState:
    """The later state, with all that is announced of a decision as it was before."""
    return replace(
        after,
        level=before.level,
        escalation_id=before.escalation_id,
        approved_draft_id=before.approved_draft_id,
    )


def _with_decision(
    state: TicketState, data: Escalated | Deescalated | ReplyAutoApproved
) -> TicketState:
    match data:
        case Escalated():
            hits = in_order((*state.hits, *_forgotten(state, data)))
            return replace(state, level=data.level, escalation_id=data.escalation_id, hits=hits)
        case Deescalated() if data.escalation_id == state.escalation_id:
            return replace(state, level=0, escalation_id=None)
        case Deescalated():
            return state
        case ReplyAutoApproved():
            return replace(state, approved_draft_id=data.draft_id)


def _forgotten(state: TicketState, escalated: Escalated) -> list[StandingHit]:
    """Hits of rules that were others then: without any, nothing would ever settle the ticket.

    The time of a fact that a newer one has replaced is not known, and it may be settled.
    """
    times = {origin.event_id: origin.at for origin in state.origins.values()}
    standing = {hit.rule for hit in state.hits}
    forgotten: list[StandingHit] = []
    for hit in escalated.hits:
        at = times.get(hit.event_id) if hit.event_id else None
        if hit.event_id is None or at is None or hit.rule in standing:
            continue
        if state.settled_until is None or at > state.settled_until:
            forgotten.append(StandingHit(hit.rule, escalated.level, at, hit.event_id))
    return forgotten


def _after(clock: SlaClock, data: SlaWarned | SlaMet) -> SlaClock:
    clock = as_announced(clock, data)
    match data:
        case SlaWarned():
            return replace(clock, warned=True)
        case SlaMet():
            return replace(clock, met_at=data.met_at)


def _with_breach(
    process: TicketProcess,
    event: Event[EventData],
    breached: SlaBreached,
    policies: Policies,
    now: datetime,
) -> TicketProcess:
    """The clock ran out, and rules may have fired for it."""
    clock = process.clocks.get(breached.clock_id)
    if clock is None or clock.breached:
        return process
    state = with_breaches(process.state, [NewEvent(event.id, breached)])
    state, _ = judge(state, process.state, policies.rules, now)
    ended = replace(as_announced(clock, breached), warned=True, breached=True)
    return TicketProcess(_undecided(process.state, state), {**process.clocks, clock.id: ended})
