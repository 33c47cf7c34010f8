"""A ticket's service-level clocks."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.ticket import Priority
from deskstream_contracts.model import (
    Code,
    DurationSeconds,
    EventData,
    Identifier,
    Instant,
    Part,
    ServiceName,
)

SlaClockKind = Literal["first_response", "next_response", "resolution"]


class SlaClock(Part):
    """Which clock of which policy, and its times."""

    clock_id: UUID
    clock: SlaClockKind
    policy: Code
    policy_version: Identifier
    started_at: Instant
    due_at: Instant
    target_s: DurationSeconds


class SlaEvent(EventData, SlaClock):
    """Shared by the three facts about one service-level clock."""

    owner: ClassVar[ServiceName] = "escalation"


class RunningClock(SlaClock):
    """A clock that runs: what it waits for must happen by `due_at`.

    `warned`: its end was announced to be close before (`sla.warned`).
    """

    warned: bool = False


class SlaStarted(EventData):
    """What a ticket's customer is promised: every clock that runs, by the ticket's `priority`.

    Published once the priority is known, and again whenever one of the times changes or a clock is
    added. A clock that is not listed was met or ran out, and is unchanged. Version 1 was an event
    per clock, without the priority, so it says nothing about the ticket's other clocks.
    """

    event_type: ClassVar[str] = "sla.started"
    owner: ClassVar[ServiceName] = "escalation"
    major: ClassVar[int] = 2

    clocks: Annotated[tuple[RunningClock, ...], Field(min_length=1, max_length=10)]
    priority: Priority | None = None


class SlaWarned(SlaEvent):
    """A clock is close to its end."""

    event_type: ClassVar[str] = "sla.warned"

    warned_at: Instant
    remaining_s: DurationSeconds


class SlaBreached(SlaEvent):
    """A clock ran out."""

    event_type: ClassVar[str] = "sla.breached"

    breached_at: Instant


class SlaMet(SlaEvent):
    """What the clock waited for happened, `elapsed_s` after its start, in time or too late."""

    event_type: ClassVar[str] = "sla.met"

    met_at: Instant
    elapsed_s: DurationSeconds
    in_time: bool
    event_id: UUID | None = None
