"""A ticket as ingest keeps it: its snapshot, and what later decisions and events need to know."""

from uuid import UUID

from pydantic import ConfigDict, Field, field_serializer

from deskstream_contracts.events.ticket import Customer, ExternalReference, Priority, TicketSnapshot
from deskstream_contracts.model import Count, Instant, Language, Part
from deskstream_ingest.domain.decision import Decision


class LastSeen(Part):
    """The newest event of a type that was applied: by its time, then its id."""

    at: Instant
    id: UUID

    def __lt__(self, other: "LastSeen") -> bool:
        return (self.at, self.id) < (other.at, other.id)


class AskedEscalation(Part):
    """The last request of a person to escalate; no level: the next one."""

    decision: Decision
    level: Count | None = None


class Ticket(Part):
    """The fold of a ticket's events.

    `settled_fields` are those a person (or a caller of the API) has set: triage leaves them alone.
    `proposed_priority` is the highest that triage or an escalation proposed since the ticket was
    last settled. `newest` is, by event type, the newest event of another service that was applied.
    `content` is what a ticket of another system was accepted with (see `content.fingerprint`).
    `settled` is the last resolution, reopening or closing; `escalated` is who last raised the
    level, and `asked_escalation` what was last asked for. None: not so, or before it was kept.
    """

    # Stored under its earlier name, as processes of two versions share the table for a while.
    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    id: UUID
    snapshot: TicketSnapshot = Field(alias="head")
    subject: str
    customer: Customer
    last_inbound_id: UUID
    language: Language | None = None
    external: ExternalReference | None = None
    settled_fields: frozenset[str] = frozenset()
    proposed_priority: Priority | None = None
    newest: dict[str, LastSeen] = {}  # noqa: RUF012  (pydantic copies it)
    content: dict[str, str] | None = None
    settled: Decision | None = None
    escalated: Decision | None = None
    asked_escalation: AskedEscalation | None = None

    @field_serializer("settled_fields", when_used="json")
    def _in_order(self, fields: frozenset[str]) -> list[str]:
        """The same ticket is the same document."""
        return sorted(fields)

    @property
    def is_over(self) -> bool:
        """Nobody waits for anything: resolved, or closed for good."""
        return self.snapshot.status in ("resolved", "closed")
