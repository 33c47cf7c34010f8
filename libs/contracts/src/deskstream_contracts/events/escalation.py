"""Who must look at a ticket now."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.ticket import Actor, Priority
from deskstream_contracts.model import (
    Code,
    EventData,
    Identifier,
    Instant,
    Line,
    Part,
    PersonalText,
    ServiceName,
)

LEVELS = range(1, 6)
"""The levels above normal handling, the lowest first."""

EscalationLevel = Annotated[int, Field(ge=LEVELS[0], le=LEVELS[-1])]


class RuleHit(Part):
    """A rule that fired, with its own words why."""

    rule: Code
    explanation: Line
    event_id: UUID | None = None


class EscalationRequested(EventData):
    """Someone asked that a ticket be looked at by a higher level; `escalation` decides."""

    event_type: ClassVar[str] = "escalation.requested"
    owner: ClassVar[ServiceName] = "ingest"

    request_id: UUID
    actor: Actor
    occurred_at: Instant
    reason: Code
    note: PersonalText | None = None
    level: EscalationLevel | None = None


class Escalated(EventData):
    """A ticket was raised to `level` (1 is the first above normal handling)."""

    event_type: ClassVar[str] = "escalated"
    owner: ClassVar[ServiceName] = "escalation"

    escalation_id: UUID
    level: EscalationLevel
    hits: Annotated[tuple[RuleHit, ...], Field(min_length=1, max_length=20)]
    rules_version: Identifier
    occurred_at: Instant
    priority: Priority | None = None
    queue: Code | None = None
    assignee_id: Identifier | None = None


class Deescalated(EventData):
    """A ticket is back at normal handling."""

    event_type: ClassVar[str] = "deescalated"
    owner: ClassVar[ServiceName] = "escalation"

    escalation_id: UUID
    reason: Code
    occurred_at: Instant
    actor: Actor | None = None
