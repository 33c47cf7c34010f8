"""What may be asked of a ticket. `at` is when; ids come from outside, so that deciding is pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypedDict, get_args
from uuid import UUID

from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.reply import ReplyAutoApproved, ReplyDrafted
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    ExternalReference,
    Priority,
    Status,
    TicketTriaged,
)

ExternalEvent = TicketTriaged | Escalated | ReplyDrafted | ReplyAutoApproved | NotificationFailed
"""What other services found or decided about a ticket, that may change it."""

EXTERNAL_EVENTS: tuple[type[ExternalEvent], ...] = get_args(ExternalEvent)


@dataclass(frozen=True, slots=True)
class CreateTicket:
    """Accept a customer's first message. `occurred_at`: when it was written, if not just now."""

    message_id: UUID
    subject: str
    body: str
    channel: str
    customer: Customer
    at: datetime
    occurred_at: datetime | None = None
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    external: ExternalReference | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)

    def accepted_at(self, at: datetime) -> "CreateTicket":
        return replace(self, at=at)


@dataclass(frozen=True, slots=True)
class PastMessage:
    """A message of a ticket's past. `author` is the agent who wrote it, if known."""

    message_id: UUID
    kind: Literal["inbound", "outbound", "note"]
    body: str
    occurred_at: datetime
    author: str | None = None


@dataclass(frozen=True, slots=True)
class ImportTicket:
    """Import a ticket of another system with its past. `actor` imports it.

    Times are in order: the opening's, each message's, `resolved_at`. Without `resolved_at` a
    settled ticket was settled with its last message. `analyse`: score and triage what the customer
    wrote.
    """

    opening: CreateTicket
    occurred_at: datetime
    messages: tuple[PastMessage, ...]
    status: Status
    actor: Actor
    queue: str | None = None
    resolved_at: datetime | None = None
    code: str | None = None
    note: str | None = None
    analyse: bool = False

    def accepted_at(self, at: datetime) -> "ImportTicket":
        return replace(self, opening=self.opening.accepted_at(at))


class TicketChanges(TypedDict, total=False):
    """Fields to set. A missing key leaves the field as it is; None clears it."""

    subject: str
    status: Literal["open", "pending", "on_hold"]
    priority: Priority
    queue: str | None
    assignee_id: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpdateTicket:
    """Set fields of a ticket."""

    changes: TicketChanges
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class AddMessage:
    """Add what the customer wrote, send the customer an answer, or leave a note among agents."""

    message_id: UUID
    kind: Literal["inbound", "outbound", "note"]
    body: str
    actor: Actor
    occurred_at: datetime
    at: datetime
    channel: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ResolveTicket:
    """Resolve the ticket: the matter is settled."""

    actor: Actor
    at: datetime
    code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ReopenTicket:
    """Open a resolved ticket again."""

    actor: Actor
    at: datetime
    reason: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RequestEscalation:
    """Ask that a higher level looks at the ticket."""

    request_id: UUID
    actor: Actor
    at: datetime
    reason: str | None = None
    note: str | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True)
class RequestReply:
    """Ask for a new draft."""

    request_id: UUID
    actor: Actor
    at: datetime
    instructions: str | None = None
    tone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ApproveDraft:
    """Send a draft to the customer, with `body` in its place where one is given."""

    draft_id: UUID
    message_id: UUID
    actor: Actor
    at: datetime
    body: str | None = None


@dataclass(frozen=True, slots=True)
class RejectDraft:
    """Never send a draft."""

    draft_id: UUID
    actor: Actor
    at: datetime
    reason: str | None = None
    feedback: str | None = None


@dataclass(frozen=True, slots=True)
class ApplyEvent:
    """Apply an event of another service. `message_id`: of the reply, if one follows."""

    event: ExternalEvent
    message_id: UUID
    at: datetime


CommandOnTicket = (
    UpdateTicket
    | AddMessage
    | ResolveTicket
    | ReopenTicket
    | RequestEscalation
    | RequestReply
    | ApproveDraft
    | RejectDraft
)
"""What a person may ask of a ticket that is there."""

Command = CreateTicket | ImportTicket | CommandOnTicket | ApplyEvent
