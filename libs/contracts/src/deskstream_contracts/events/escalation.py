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
    """Which clock of which policy: shared by the four facts about a service-level clock."""

    owner: ClassVar[Service] = "escalation"

    clock_id: UUID
    clock: Clock
    policy: Code
    policy_version: Identifier
    started_at: Instant
    due_at: Instant
    target_s: DurationSeconds


class SlaStarted(SlaEvent):
    """A clock runs: the ticket must be answered or resolved by `due_at`."""

    event_type: ClassVar[str] = "sla.started"


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
