"""When a ticket's clocks are announced, in one event (docs/decisions/0020-service-level-events.md).

Not before its priority is likely to stay: with its triage, or after waiting for that long enough
(`SlaClock.promise_by`). From then on at once, whenever an announced end changes. Until a clock is
promised, nothing else is announced of it. The end that is promised is that of the expected
priority; a clock runs out by the priority that the ticket has.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from deskstream_contracts import follow_id
from deskstream_contracts.events.sla import RunningClock, SlaStarted
from deskstream_escalation.domain.new_event import NewEvent
from deskstream_escalation.domain.policies import SlaPolicy
from deskstream_escalation.domain.sla_clock import Promise, SlaClock, identity, retarget
from deskstream_escalation.domain.ticket_process import TicketProcess


def expected_clocks(process: TicketProcess, policy: SlaPolicy) -> list[SlaClock]:
    """The clocks that run, as they will be once `ingest` has applied the triage that is known."""
    return [
        retarget(clock, process.state.expected_priority, policy, clock.target_since)
        for clock in process.clocks.values()
        if clock.is_running
    ]


def are_due(process: TicketProcess, expected: Collection[SlaClock]) -> bool:
    """Whether the expected ends are news, and time has come to announce them."""
    if all(clock.promise and clock.promise.due_at == clock.due_at for clock in expected):
        return False
    is_promised = any(clock.promise for clock in process.clocks.values())
    return is_promised or process.state.triage is not None


def have_waited(process: TicketProcess, now: datetime) -> bool:
    """Whether a clock that was never announced may wait no longer."""
    return any(
        clock.promise is None and clock.next_due_at is not None and clock.next_due_at <= now
        for clock in process.clocks.values()
    )


def promise(
    process: TicketProcess, expected: Collection[SlaClock], cause_id: UUID | None, now: datetime
) -> tuple[TicketProcess, NewEvent]:
    """Announces the expected ends, of which there must be one.

    `cause_id` is the event that is the reason; None is waiting, which is one once per ticket.
    """
    running = sorted(expected, key=lambda clock: (clock.started_at, clock.kind))
    data = SlaStarted(
        clocks=tuple(RunningClock(**identity(clock), warned=clock.warned) for clock in running),
        priority=running[0].priority,
    )
    event_id = follow_id(cause_id or process.state.ticket_id, "sla.started")
    promised = {
        clock.id: replace(process.clocks[clock.id], promise=_promise(clock, now, event_id))
        for clock in running
    }
    started = NewEvent(event_id, data, cause_id)
    return replace(process, clocks=process.clocks | promised), started


def _promise(clock: SlaClock, at: datetime, event_id: UUID) -> Promise:
    return Promise(clock.due_at, clock.priority, clock.policy, clock.policy_version, at, event_id)
