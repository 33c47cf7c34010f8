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
from deskstream_escalation.domain.sla_clock import Clocks, Decision
from deskstream_escalation.domain.ticket_clocks import Caused, follow_triage, wind
from deskstream_escalation.domain.ticket_state import Breach, Case, Origin, is_newer


@dataclass(frozen=True)
class Guidance:
    """What decisions follow: the rules and the service levels in force.

    `triage_wait` is how long a new ticket's clocks are not told while its triage is awaited.
    """

    rules: RuleBook
    policy: SlaPolicy
    triage_wait: timedelta


@dataclass(frozen=True, slots=True)
class TicketState:
    """A case and its clocks: what is loaded, decided on, and stored together."""

    case: Case
    clocks: Clocks


def take(
    state: TicketState, event: Event[EventData], guidance: Guidance, now: datetime
) -> tuple[TicketState, list[Event[EventData]]]:
    """The state after an event, and what is to be announced. Seen before: nothing happens.

    Raises `FailedExpression` when a rule has no value for these facts.
    """
    before = state.case
    case = fold(before, event)
    if case == before:
        return state, []
    case, clocks, decided = wind(
        case, state.clocks, guidance.policy, guidance.triage_wait, None, now
    )
    if case.triage is not before.triage:
        clocks, told = follow_triage(case, clocks, guidance.policy, event.id, now)
        decided += told
    case = with_breaches(case, (one.decision for one in decided))
    case, judged = judge(case, before, guidance.rules, now)
    decided += (Caused(event.id, one) for one in judged)
    announced = [
        _announcement(case, one.decision, one.cause_id, now, event.traceparent) for one in decided
    ]
    return TicketState(case, clocks), announced


def pass_time(
    state: TicketState, guidance: Guidance, now: datetime
) -> tuple[TicketState, list[Event[EventData]]]:
    """The state when the clocks have been looked at, and what is to be announced."""
    # Nothing is dated before a promise, though `now` may lag behind the time it was told at.
    told_at = (clock.promise.told_at for clock in state.clocks.values() if clock.promise)
    at = max((now, *told_at))
    case, clocks, decided = wind(
        state.case, dict(state.clocks), guidance.policy, guidance.triage_wait, now, at
    )
    announced = [_announcement(case, one.decision, one.cause_id, at, None) for one in decided]
    decisions = [one.decision for one in decided]
    if promises.have_waited(clocks, now):
        coming = promises.with_coming_ends(case, clocks, guidance.policy)
        clocks, told = promises.tell(clocks, coming, case.ticket_id, now)
        announced.append(_announcement(case, told, None, now, None))
    for clock in clocks.values():
        if (promise := clock.promise) is None:
            continue
        clocks[clock.id], made = sla_clock.tick(clock, now)
        decisions += made
        at = max(now, promise.told_at)
        announced += (_announcement(state.case, one, promise.event_id, at, None) for one in made)
    case = with_breaches(case, decisions)
    case, judged = judge(case, state.case, guidance.rules, now)
    cause_id = case.breach.origin.event_id if case.breach else None
    announced += (_announcement(case, decision, cause_id, now, None) for decision in judged)
    return TicketState(case, clocks), announced


def judge(case: Case, before: Case, rules: RuleBook, now: datetime) -> tuple[Case, list[Decision]]:
    """Only rules that read a topic with news are judged, so old facts do not fire again."""
    judged = rules.about(case.topics_to_judge(before))
    fired = list(judged.fired(facts_of(case))) if judged.rules else []
    case, settled_by = called_well(case, fired)
    case, fallen = settle(case, settled_by or "resolved", now)
    case, risen = escalate(case, fired, rules.version, now)
    case, approved = auto_approve(case, fired, rules.version, now)
    return case, fallen + risen + approved


def with_breaches(case: Case, decisions: Iterable[Decision]) -> Case:
    """A breach we announce is a fact that rules may read."""
    for decision in decisions:
        if isinstance(decision.data, SlaBreached):
            origin = Origin(decision.data.breached_at, decision.id)
            known = case.breach
            clocks = (*known.clocks, decision.data.clock) if known else (decision.data.clock,)
            latest = known.origin if known and not is_newer(origin, known) else origin
            case = replace(case, breach=Breach(latest, tuple(dict.fromkeys(clocks))))
    return case


def _announcement(
    case: Case, decision: Decision, cause_id: UUID | None, now: datetime, traceparent: str | None
) -> Event[EventData]:
    return Event(
        id=decision.id,
        subject=case.ticket_id,
        time=now,
        data=decision.data,
        correlation_id=case.correlation_id,
        causation_id=cause_id,
        traceparent=traceparent,
    )
