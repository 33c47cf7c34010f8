"""The process manager: new events that follow from a ticket's events, and from time that passed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from deskstream_contracts import Cause, Event, EventData, follow
from deskstream_contracts.events.sla import SlaBreached
from deskstream_escalation.domain import promises, sla_clock
from deskstream_escalation.domain.auto_approval import auto_approve
from deskstream_escalation.domain.escalation import apply_deescalation, drop_settled_hits, escalate
from deskstream_escalation.domain.evolve import evolve
from deskstream_escalation.domain.facts import facts_of
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.rule import RuleBook
from deskstream_escalation.domain.ticket_clocks import promise_clocks, update_clocks
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import Breach, Origin, TicketState


def decide(
    process: TicketProcess, event: Event[EventData], policies: Policies, now: datetime
) -> tuple[TicketProcess, list[Event[EventData]]]:
    """The process after an event, and the events to announce. One seen before changes nothing.

    Raises `FailedExpression` when a rule has no value for these facts.
    """
    before = process.state
    state = evolve(before, event)
    if state == before:
        return process, []
    process = replace(process, state=state)
    process, new_events = update_clocks(process, policies, until=None, now=now)
    if state.triage is not before.triage:
        process, promised = promise_clocks(process, policies.sla, event.id, now)
        new_events += promised
    state = with_breaches(process.state, new_events)
    state, judged = judge(state, before, policies.rules, now)
    new_events += (one._replace(cause_id=event.id) for one in judged)
    return replace(process, state=state), _events(state, new_events, now, event.traceparent)


def advance_clocks(
    process: TicketProcess, policies: Policies, now: datetime
) -> tuple[TicketProcess, list[Event[EventData]]]:
    """The process at `now`, up to which everything is known, and the events to announce."""
    before = process.state
    # Nothing is dated before a promise, though `now` may lag behind the time of the promise.
    promised_at = (clock.promise.announced_at for clock in process.clocks.values() if clock.promise)
    latest = max((now, *promised_at))
    process, new_events = update_clocks(process, policies, until=now, now=latest)
    announced = _events(process.state, new_events, latest)
    if promises.have_waited(process, now):
        expected = promises.expected_clocks(process, policies.sla)
        process, started = promises.promise(process, expected, None, now)
        announced += _events(process.state, [started], now)
    clocks = dict(process.clocks)
    for clock in process.clocks.values():
        if (promise := clock.promise) is not None:
            clocks[clock.id], due = sla_clock.tick(clock, now)
            due = [one._replace(cause_id=promise.event_id) for one in due]
            announced += _events(process.state, due, max(now, promise.announced_at))
            new_events += due
    state = with_breaches(process.state, new_events)
    state, judged = judge(state, before, policies.rules, now)
    cause_id = state.breach.origin.event_id if state.breach else None
    announced += _events(state, (one._replace(cause_id=cause_id) for one in judged), now)
    return TicketProcess(state, clocks), announced


def judge(
    state: TicketState, before: TicketState, rules: RuleBook, now: datetime
) -> tuple[TicketState, list[NewEvent]]:
    """Applies the rules that read a topic with news, so that old facts do not fire again."""
    judged = rules.about(state.topics_to_judge(before))
    fired = list(judged.fired(facts_of(state))) if judged.rules else []
    state, settled_by = apply_deescalation(state, fired)
    state, deescalated = drop_settled_hits(state, settled_by or "resolved", now)
    state, escalated = escalate(state, fired, rules.version, now)
    state, approved = auto_approve(state, fired, rules.version, now)
    return state, deescalated + escalated + approved


def with_breaches(state: TicketState, new_events: Iterable[NewEvent]) -> TicketState:
    """The state in which the breaches among these events are facts that rules may read."""
    for one in new_events:
        if isinstance(one.data, SlaBreached):
            origin = Origin(one.data.breached_at, one.id)
            known = state.breach or Breach(origin, ())
            clocks = dict.fromkeys((*known.clocks, one.data.clock))
            state = replace(state, breach=Breach(max(known.origin, origin), tuple(clocks)))
    return state


def _events(
    state: TicketState,
    new_events: Iterable[NewEvent],
    time: datetime,
    traceparent: str | None = None,
) -> list[Event[EventData]]:
    """The new events about the ticket, as they are announced."""
    events: list[Event[EventData]] = []
    for one in new_events:
        cause = Cause(
            id=one.cause_id or state.ticket_id,
            subject=state.ticket_id,
            correlation_id=state.correlation_id or state.ticket_id,
            traceparent=traceparent,
        )
        event = follow(cause, one.data, time=time, event_id=one.id)
        # No event is named as the cause where time alone was.
        events.append(event if one.cause_id else event._replace(causation_id=None))
    return events
