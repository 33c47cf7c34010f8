"""The one place where a ticket's facts become decisions: after an event, and after time passed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.sla import SlaBreached
from deskstream_escalation.domain import promises, sla_clock
from deskstream_escalation.domain.auto_approval import auto_approve
from deskstream_escalation.domain.escalation import called_well, escalate, settle
from deskstream_escalation.domain.evolve import fold
from deskstream_escalation.domain.facts import facts_of
from deskstream_escalation.domain.policy import SlaPolicy
from deskstream_escalation.domain.rule import RuleBook
from deskstream_escalation.domain.sla_clock import Clocks, NewEvent
from deskstream_escalation.domain.ticket_clocks import Caused, follow_triage, wind
from deskstream_escalation.domain.ticket_state import Breach, Origin, TicketState, is_newer


@dataclass(frozen=True)
class Policies:
    """What decisions follow: the rules and the service levels in force.

    `triage_wait` is how long a new ticket's clocks are not told while its triage is awaited.
    """

    rules: RuleBook
    policy: SlaPolicy
    triage_wait: timedelta


@dataclass(frozen=True, slots=True)
class TicketProcess:
    """A case and its clocks: what is loaded, decided on, and stored together."""

    state: TicketState
    clocks: Clocks


def take(
    process: TicketProcess, event: Event[EventData], policies: Policies, now: datetime
) -> tuple[TicketProcess, list[Event[EventData]]]:
    """The state after an event, and what is to be announced. Seen before: nothing happens.

    Raises `FailedExpression` when a rule has no value for these facts.
    """
    before = process.state
    state = fold(before, event)
    if state == before:
        return process, []
    state, clocks, decided = wind(
        state, process.clocks, policies.policy, policies.triage_wait, None, now
    )
    if state.triage is not before.triage:
        clocks, told = follow_triage(state, clocks, policies.policy, event.id, now)
        decided += told
    state = with_breaches(state, (one.decision for one in decided))
    state, judged = judge(state, before, policies.rules, now)
    decided += (Caused(event.id, one) for one in judged)
    announced = [
        _announcement(state, one.decision, one.cause_id, now, event.traceparent) for one in decided
    ]
    return TicketProcess(state, clocks), announced


def pass_time(
    process: TicketProcess, policies: Policies, now: datetime
) -> tuple[TicketProcess, list[Event[EventData]]]:
    """The state when the clocks have been looked at, and what is to be announced."""
    # Nothing is dated before a promise, though `now` may lag behind the time it was told at.
    told_at = (clock.promise.told_at for clock in process.clocks.values() if clock.promise)
    at = max((now, *told_at))
    state, clocks, decided = wind(
        process.state, dict(process.clocks), policies.policy, policies.triage_wait, now, at
    )
    announced = [_announcement(state, one.decision, one.cause_id, at, None) for one in decided]
    decisions = [one.decision for one in decided]
    if promises.have_waited(clocks, now):
        coming = promises.with_coming_ends(state, clocks, policies.policy)
        clocks, told = promises.tell(clocks, coming, state.ticket_id, now)
        announced.append(_announcement(state, told, None, now, None))
    for clock in clocks.values():
        if (promise := clock.promise) is None:
            continue
        clocks[clock.id], made = sla_clock.tick(clock, now)
        decisions += made
        at = max(now, promise.told_at)
        announced += (_announcement(process.state, one, promise.event_id, at, None) for one in made)
    state = with_breaches(state, decisions)
    state, judged = judge(state, process.state, policies.rules, now)
    cause_id = state.breach.origin.event_id if state.breach else None
    announced += (_announcement(state, decision, cause_id, now, None) for decision in judged)
    return TicketProcess(state, clocks), announced


def judge(
    state: TicketState, before: TicketState, rules: RuleBook, now: datetime
) -> tuple[TicketState, list[NewEvent]]:
    """Only rules that read a topic with news are judged, so old facts do not fire again."""
    judged = rules.about(state.topics_to_judge(before))
    fired = list(judged.fired(facts_of(state))) if judged.rules else []
    state, settled_by = called_well(state, fired)
    state, fallen = settle(state, settled_by or "resolved", now)
    state, risen = escalate(state, fired, rules.version, now)
    state, approved = auto_approve(state, fired, rules.version, now)
    return state, fallen + risen + approved


def with_breaches(state: TicketState, decisions: Iterable[NewEvent]) -> TicketState:
    """A breach we announce is a fact that rules may read."""
    for decision in decisions:
        if isinstance(decision.data, SlaBreached):
            origin = Origin(decision.data.breached_at, decision.id)
            known = state.breach
            clocks = (*known.clocks, decision.data.clock) if known else (decision.data.clock,)
            latest = known.origin if known and not is_newer(origin, known) else origin
            state = replace(state, breach=Breach(latest, tuple(dict.fromkeys(clocks))))
    return state


def _announcement(
    state: TicketState,
    decision: NewEvent,
    cause_id: UUID | None,
    now: datetime,
    traceparent: str | None,
) -> Event[EventData]:
    return Event(
        id=decision.id,
        subject=state.ticket_id,
        time=now,
        data=decision.data,
        correlation_id=state.correlation_id,
        causation_id=cause_id,
        traceparent=traceparent,
    )
