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
from deskstream_escalation.domain.decide import Guidance, TicketState, judge, take, with_breaches
from deskstream_escalation.domain.escalation import in_order
from deskstream_escalation.domain.sla_clock import Clocks, Decision, Promise, SlaClock, told_again
from deskstream_escalation.domain.ticket_clocks import wind
from deskstream_escalation.domain.ticket_state import Case, StandingHit

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
    state: TicketState, event: Event[EventData], guidance: Guidance, now: datetime
) -> TicketState:
    """The state after an event, ours or another's, that was taken or announced before.

    What was never announced (the rules that stand behind a level, what settled them) is worked out
    with the guidance of today.
    """
    if clocks_in(event.data):
        state = _passed(state, event, guidance, now)
    match event.data:
        case Escalated() | Deescalated() | ReplyAutoApproved() as told:
            return replace(state, case=_decided(state.case, told))
        case SlaBreached() as breached:
            return _breached(state, event, breached, guidance, now)
        case SlaStarted() as promised:
            return replace(state, clocks=_promised(state, event, promised))
        case SlaWarned() | SlaMet() as of_clock:
            clock = state.clocks.get(of_clock.clock_id)
            if clock is None:
                return state
            return replace(state, clocks={**state.clocks, clock.id: _wound(clock, of_clock)})
        case _:
            after, _announced = take(state, event, guidance, now)
            case = replace(_undecided(state.case, after.case), breach=state.case.breach)
            return TicketState(case, _untold(state.clocks, after.clocks))


def _passed(
    state: TicketState, event: Event[EventData], guidance: Guidance, now: datetime
) -> TicketState:
    """The state with the gap passed behind which a step brought about what is told of clocks.

    Or time alone did, and told of a clock that no step before the gap has started.
    """
    behind = [step for step in state.case.course.ahead if step.event_id == event.causation_id]
    if behind:
        until = behind[0].accepted_at
    elif state.case.course.ahead and not state.clocks.keys() >= set(clocks_in(event.data)):
        until = event.time
    else:
        return state
    case, clocks, _announced = wind(
        state.case, state.clocks, guidance.policy, guidance.triage_wait, until, now
    )
    return TicketState(case, _untold(state.clocks, clocks))


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


def _promised(state: TicketState, event: Event[EventData], told: SlaStarted) -> Clocks:
    """Version 1 told no priority: it was the coming one. Nor is it kept which event told it."""
    priority = told.priority or state.case.coming_priority
    promised = dict(state.clocks)
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


def _undecided(before: Case, after: Case) -> Case:
    """The later case, with what must have been announced as it was."""
    return replace(
        after,
        level=before.level,
        escalation_id=before.escalation_id,
        approved_draft_id=before.approved_draft_id,
    )


def _decided(case: Case, told: Escalated | Deescalated | ReplyAutoApproved) -> Case:
    match told:
        case Escalated():
            hits = in_order((*case.hits, *_forgotten(case, told)))
            return replace(case, level=told.level, escalation_id=told.escalation_id, hits=hits)
        case Deescalated() if told.escalation_id == case.escalation_id:
            return replace(case, level=0, escalation_id=None)
        case Deescalated():
            return case
        case ReplyAutoApproved():
            return replace(case, approved_draft_id=told.draft_id)


def _forgotten(case: Case, told: Escalated) -> list[StandingHit]:
    """Hits of rules that were others then: without any, nothing would ever settle the case.

    Of a fact that a newer one has replaced the time is not known, and it may be settled.
    """
    times = {origin.event_id: origin.at for origin in case.origins.values()}
    standing = {hit.rule for hit in case.hits}
    forgotten: list[StandingHit] = []
    for hit in told.hits:
        at = times.get(hit.event_id) if hit.event_id else None
        if hit.event_id is None or at is None or hit.rule in standing:
            continue
        if case.settled_until is None or at > case.settled_until:
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
    state: TicketState,
    event: Event[EventData],
    told: SlaBreached,
    guidance: Guidance,
    now: datetime,
) -> TicketState:
    """Time ran out, and rules may have fired for it."""
    clock = state.clocks.get(told.clock_id)
    if clock is None or clock.breached:
        return state
    case = with_breaches(state.case, [Decision(event.id, told)])
    case, _announced = judge(case, state.case, guidance.rules, now)
    return TicketState(
        _undecided(state.case, case),
        {**state.clocks, clock.id: replace(told_again(clock, told), warned=True, breached=True)},
    )
