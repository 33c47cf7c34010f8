"""When a ticket's clocks are told, all in one event (docs/decisions/0020-service-level-events.md).

Not before its priority is likely to stay: with its triage, or when that was waited for long enough
(`SlaClock.promise_by`). After that at once, whenever what was told is no longer so. Nothing else
is told of a clock that was not promised. Promised is the end that the coming priority gives; a
clock runs out by the priority that the ticket has.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from deskstream_contracts import follow_id
from deskstream_contracts.events.sla import RunningClock, SlaStarted
from deskstream_escalation.domain.policy import SlaPolicy
from deskstream_escalation.domain.sla_clock import (
    Clocks,
    NewEvent,
    Promise,
    SlaClock,
    identity,
    retarget,
)
from deskstream_escalation.domain.ticket_state import TicketState


def with_coming_ends(state: TicketState, clocks: Clocks, policy: SlaPolicy) -> list[SlaClock]:
    """The clocks that run, as they will be once `ingest` has taken the triage that is known."""
    return [
        retarget(clock, state.coming_priority, policy, clock.target_since)
        for clock in clocks.values()
        if clock.is_running
    ]


def are_to_be_told(state: TicketState, clocks: Clocks, coming: Collection[SlaClock]) -> bool:
    """Whether the coming ends are to be told now, and were not."""
    if all(clock.promise and clock.promise.due_at == clock.due_at for clock in coming):
        return False
    return state.triage is not None or any(clock.promise for clock in clocks.values())


def have_waited(clocks: Clocks, now: datetime) -> bool:
    """Whether a clock that was never told may wait no longer."""
    return any(
        clock.promise is None and clock.next_due_at is not None and clock.next_due_at <= now
        for clock in clocks.values()
    )


def tell(
    clocks: Clocks, coming: Collection[SlaClock], cause_id: UUID, now: datetime
) -> tuple[Clocks, NewEvent]:
    """Promises the coming ends. There must be one.

    `cause_id` is the event that brought it about; of mere waiting, which does so once, the ticket.
    """
    told = sorted(coming, key=_age_and_kind)
    data = SlaStarted(
        clocks=tuple(RunningClock(**identity(clock), warned=clock.warned) for clock in told),
        priority=told[0].priority,
    )
    decision = NewEvent(follow_id(cause_id, "sla.started"), data)
    promised = {
        clock.id: replace(clocks[clock.id], promise=_promise(clock, now, decision.id))
        for clock in told
    }
    return clocks | promised, decision


def _promise(clock: SlaClock, told_at: datetime, event_id: UUID) -> Promise:
    return Promise(
        clock.due_at, clock.priority, clock.policy, clock.policy_version, told_at, event_id
    )


def _age_and_kind(clock: SlaClock) -> tuple[datetime, str]:
    return clock.started_at, clock.kind
