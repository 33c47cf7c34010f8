"""`sla.started` as it was: one event per clock, as soon as the ticket was known."""

from typing import ClassVar
from uuid import UUID

from deskstream_contracts.events.sla import RunningClock, SlaClockKind, SlaStarted
from deskstream_contracts.model import (
    Code,
    DurationSeconds,
    EventData,
    Identifier,
    Instant,
    ServiceName,
)


class SlaStartedV1(EventData):
    """A clock runs: the ticket must be answered or resolved by `due_at`."""

    event_type: ClassVar[str] = "sla.started"
    owner: ClassVar[ServiceName] = "escalation"

    clock_id: UUID
    clock: SlaClockKind
    policy: Code
    policy_version: Identifier
    started_at: Instant
    due_at: Instant
    target_s: DurationSeconds


def upcast(old: SlaStartedV1) -> SlaStarted:
    """The same of one clock. The ticket's others, and its priority, were not in it."""
    clock = RunningClock(
        clock_id=old.clock_id,
        clock=old.clock,
        policy=old.policy,
        policy_version=old.policy_version,
        started_at=old.started_at,
        due_at=old.due_at,
        target_s=old.target_s,
    )
    return SlaStarted(clocks=(clock,))
