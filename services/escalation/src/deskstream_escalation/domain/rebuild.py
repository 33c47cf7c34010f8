"""A ticket's state made again: facts from others' events, decisions from those we announced then.

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
from deskstream_escalation.domain.decide import Policies, TicketProcess, judge, take, with_breaches
from deskstream_escalation.domain.escalation import in_order
from deskstream_escalation.domain.sla_clock import Clocks, NewEvent, Promise, SlaClock, told_again
from deskstream_escalation.domain.ticket_clocks import wind
from deskstream_escalation.domain.ticket_state import StandingHit, TicketState

Announced: TypeAlias = (
    Escalated | Deescalated | ReplyAutoApproved | SlaStarted | SlaWarned | SlaBreached | SlaMet
)
ANNOUNCED: tuple[type[Announced], ...] = get_args(Announced)


def clocks_in(data: EventData) -> tuple[UUID, ...]:
    """The clocks that an event of ours tells of."""
    match data:
        case SlaStarted():
            return tuple(clock.clock_id for clock in data.clocks)
        case SlaEvent():
            return (data.clock_id,)
        case _:
            return ()


def remember(
    process: TicketProcess, event: Event[EventData], policies: Policies, now: datetime
) -> TicketProcess:
    """The state after an event, ours or another's, that was taken or announced before.

    What was never announced (the rules that stand behind a level, what settled them) is worked out
    with the guidance of today.
    """
    if clocks_in(event.data):
        process = _passed(process, event, policies, now)
    match event.data:
        case Escalated() | Deescalated() | ReplyAutoApproved() as told:
            return replace(process, state=_decided(process.state, told))
        case SlaBreached() as breached:
            return _breached(process, event, breached, policies, now)
        case SlaStarted() as promised:
            return replace(process, clocks=_promised(process, event, promised))
        case SlaWarned() | SlaMet() as of_clock:
            clock = process.clocks.get(of_clock.clock_id)
            if clock is None:
                return process
            return replace(process, clocks={**process.clocks, clock.id: _wound(clock, of_clock)})
        case _:
            after, _announced = take(process, event, policies, now)
            state = replace(_undecided(process.state, after.state), breach=process.state.breach)
            return TicketProcess(state, _untold(process.clocks, after.clocks))


def _passed(
    process: TicketProcess, event: Event[EventData], policies: Policies, now: datetime
) -> TicketProcess:
    """The state with the gap passed behind which a step brought about what is told of clocks.

    Or time alone did, and told of a clock that no step before the gap has started.
    """
    behind = [step for step in process.state.course.ahead if step.event_id == event.causation_id]
    if behind:
        until = behind[0].accepted_at
    elif process.state.course.ahead and not process.clocks.keys() >= set(clocks_in(event.data)):
        until = event.time
    else:
        return process
    state, clocks, _announced = wind(
        process.state, process.clocks, policies.policy, policies.triage_wait, until, now
    )
    return TicketProcess(state, _untold(process.clocks, clocks))


def _untold(before: Clocks, after: Clocks) -> Clocks:
    """The later clocks, with what must have been told of them as it was."""
    untold = dict(after)
    for key, clock in after.items():
        known = before.get(key)
        as_told = replace(
            clock,
            promise=known.promise if known else None,
            warned=known is not None and known.warned,
            breached=known is not None and known.breached,
        )
        if as_told != clock:
            untold[key] = as_told
    return untold


def _promised(process: TicketProcess, event: Event[EventData], told: SlaStarted) -> Clocks:
    """Version 1 told no priority: it was the coming one. Nor is it kept which event told it."""
    priority = told.priority or process.state.coming_priority
    promised = dict(process.clocks)
    for one in told.clocks:
        clock = promised.get(one.clock_id)
        if clock is None:
            continue
        promise = Promise(
            due_at=one.due_at,
            priority=priority,
            policy=one.policy,
            policy_version=one.policy_version,
            told_at=one.started_at if told.priority is None else event.time,
            event_id=None if told.priority is None else event.id,
        )
        if clock.priority == priority:
            clock = told_again(clock, one)
        promised[clock.id] = replace(clock, warned=clock.warned or one.warned, promise=promise)
    return promised


def _undecided(before: TicketState, after: TicketState) -> TicketState:
    """The later case, with what must have been announced as it was."""
    return replace(
        after,
        level=before.level,
        escalation_id=before.escalation_id,
        approved_draft_id=before.approved_draft_id,
    )


def _decided(state: TicketState, told: Escalated | Deescalated | ReplyAutoApproved) -> TicketState:
    match told:
        case Escalated():
            hits = in_order((*state.hits, *_forgotten(state, told)))
            return replace(state, level=told.level, escalation_id=told.escalation_id, hits=hits)
        case Deescalated() if told.escalation_id == state.escalation_id:
            return replace(state, level=0, escalation_id=None)
        case Deescalated():
            return state
        case ReplyAutoApproved():
            return replace(state, approved_draft_id=told.draft_id)


def _forgotten(state: TicketState, told: Escalated) -> list[StandingHit]:
    """Hits of rules that were others then: without any, nothing would ever settle the case.

    Of a fact that a newer one has replaced the time is not known, and it may be settled.
    """
    times = {origin.event_id: origin.at for origin in state.origins.values()}
    standing = {hit.rule for hit in state.hits}
    forgotten: list[StandingHit] = []
    for hit in told.hits:
        at = times.get(hit.event_id) if hit.event_id else None
        if hit.event_id is None or at is None or hit.rule in standing:
            continue
        if state.settled_until is None or at > state.settled_until:
            forgotten.append(StandingHit(hit.rule, told.level, at, hit.event_id))
    return forgotten


def _wound(clock: SlaClock, told: SlaWarned | SlaMet) -> SlaClock:
    clock = told_again(clock, told)
    match told:
        case SlaWarned():
            return replace(clock, warned=True)
        case SlaMet():
            return replace(clock, met_at=told.met_at)


def _breached(
    process: TicketProcess,
    event: Event[EventData],
    told: SlaBreached,
    policies: Policies,
    now: datetime,
) -> TicketProcess:
    """Time ran out, and rules may have fired for it."""
    clock = process.clocks.get(told.clock_id)
    if clock is None or clock.breached:
        return process
    state = with_breaches(process.state, [NewEvent(event.id, told)])
    state, _announced = judge(state, process.state, policies.rules, now)
    return TicketProcess(
        _undecided(process.state, state),
        {**process.clocks, clock.id: replace(told_again(clock, told), warned=True, breached=True)},
    )
