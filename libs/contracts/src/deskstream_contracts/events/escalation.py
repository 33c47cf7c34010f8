"""Who must look at a ticket now, and how its service-level clocks stand."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.ticket import Actor, Priority
from deskstream_contracts.model import (
    Code,
    DurationSeconds,
    EventData,
    Identifier,
    Instant,
    Line,
    Part,
    Service,
)

Clock = Literal["first_response", "next_response", "resolution"]


class RuleHit(Part):
    """A rule that fired, with its own words why."""

    rule: Code
    explanation: Line
    event_id: UUID | None = None


class Escalated(EventData):
    """A ticket was raised to `level` (1 is the first above normal handling)."""

    event_type: ClassVar[str] = "escalated"
    owner: ClassVar[Service] = "escalation"

    escalation_id: UUID
    level: Annotated[int, Field(ge=1, le=5)]
    hits: Annotated[tuple[RuleHit, ...], Field(min_length=1, max_length=20)]
    rules_version: Identifier
    occurred_at: Instant
    priority: Priority | None = None
    queue: Code | None = None
    assignee_id: Identifier | None = None


class Deescalated(EventData):
    """A ticket is back at normal handling."""

    event_type: ClassVar[str] = "deescalated"
    owner: ClassVar[Service] = "escalation"

    escalation_id: UUID
    reason: Code
    occurred_at: Instant
    actor: Actor | None = None


class SlaEvent(EventData):
    """Which clock of which policy: shared by the three facts about one service-level clock."""

    owner: ClassVar[Service] = "escalation"

    clock_id: UUID
    clock: Clock
    policy: Code
    policy_version: Identifier
    started_at: Instant
    due_at: Instant
    target_s: DurationSeconds


class RunningClock(Part):
    """A clock that runs: what it waits for must happen by `due_at`.

    `warned`: its end was announced to be close before (`sla.warned`).
    """

    clock_id: UUID
    clock: Clock
    policy: Code
    policy_version: Identifier
    started_at: Instant
    due_at: Instant
    target_s: DurationSeconds
    warned: bool = False


class SlaStarted(EventData):
    """What a ticket's customer is promised: every clock that runs, by the ticket's `priority`.

    Told once the priority is known, and again whenever one of the times changes or a clock is
    added. A clock that is not listed was met or ran out, and stands as it was. Version 1 told each
    clock in an event of its own, without the priority, so it says nothing of the ticket's others.
    """

    event_type: ClassVar[str] = "sla.started"
    owner: ClassVar[Service] = "escalation"
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
