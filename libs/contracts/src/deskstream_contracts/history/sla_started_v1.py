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
    return SlaStarted(clocks=(RunningClock(**dict(old)),))
