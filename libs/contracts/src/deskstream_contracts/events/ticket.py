"""What happened to a ticket, as decided by `ingest`, the one writer of tickets."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.model import (
    Code,
    Confidence,
    Count,
    DurationSeconds,
    EventData,
    HistoricalData,
    Identifier,
    Instant,
    Language,
    Part,
    Personal,
    PersonalLine,
    PersonalText,
    Positive,
    ServiceName,
    Sha256,
    Tags,
    Url,
)

Status = Literal["open", "pending", "on_hold", "resolved", "closed"]
"""open: we must act; pending: the customer must; on_hold: a third party must; closed: for good."""

Priority = Literal["low", "normal", "high", "urgent"]


class Actor(Part):
    """Who did it: a customer, a human agent, a machine with an API key, or Deskstream itself."""

    kind: Literal["customer", "agent", "integration", "system"]
    id: Identifier | None = None


class Customer(Part):
    """The person who asks. `id` is opaque and stays after erasure; the rest is blanked.

    `email` and `phone` (E.164) are in the one form that the id follows from.
    `unusable_addresses` are e-mail addresses and phone numbers as somebody wrote them that are
    none: for people to look at, and never to be written to.
    """

    id: UUID
    name: PersonalLine | None = None
    email: PersonalLine | None = None
    phone: PersonalLine | None = None
    external_id: Annotated[Identifier | None, Personal()] = None
    unusable_addresses: Annotated[tuple[PersonalLine, ...], Personal(), Field(max_length=5)] = ()


class ExternalReference(Part):
    """Where the ticket or message lives in the system it came from.

    The address is personal: that of a post on a social network holds the writer's name.
    """

    source: Code
    id: Identifier
    url: Annotated[Url | None, Personal()] = None


class Attachment(Part):
    """A file that came with a message; its bytes are stored elsewhere, under `id`."""

    id: UUID
    name: PersonalLine = ""
    media_type: Identifier
    size_bytes: Count
    sha256: Sha256


class TicketHistory(Part):
    """A ticket was imported from another system, at `imported_at`, with a past.

    Versions up to `version` are of the past. `resumed_at` is when the customer first wrote after
    it: from then on the ticket is as any other. Until then no clock runs for it.
    """

    imported_at: Instant
    version: Positive
    resumed_at: Instant | None = None


class TicketSnapshot(Part):
    """The ticket's lifecycle fields after the change. The highest `version` wins."""

    version: Positive
    status: Status
    priority: Priority
    channel: Code
    customer_id: UUID
    created_at: Instant
    updated_at: Instant
    queue: Code | None = None
    assignee_id: Identifier | None = None
    tags: Tags = ()
    escalation_level: Count = 0
    message_count: Count = 1
    reopen_count: Count = 0
    first_response_at: Instant | None = None
    resolved_at: Instant | None = None
    history: TicketHistory | None = None

    @property
    def is_asleep(self) -> bool:
        """The ticket was imported, and its customer has not written since."""
        return self.history is not None and self.history.resumed_at is None


class TicketCreated(HistoricalData):
    """A customer's first message was accepted as a ticket.

    `analyse` asks that the message be scored and triaged although it is imported.
    """

    event_type: ClassVar[str] = "ticket.created"
    owner: ClassVar[ServiceName] = "ingest"

    ticket: TicketSnapshot
    message_id: UUID
    subject: PersonalLine
    body: PersonalText
    customer: Customer
    actor: Actor
    occurred_at: Instant
    language: Language | None = None
    external: ExternalReference | None = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=50)] = ()
    attributes: Annotated[dict[Code, PersonalLine], Personal(), Field(max_length=50)] = {}  # noqa: RUF012 (pydantic copies it)
    analyse: bool = False


class FieldChange(Part):
    """One lifecycle field's value before and after, as text; null where there was or is none."""

    field: Code
    old: PersonalLine | None = None
    new: PersonalLine | None = None


class TicketUpdated(HistoricalData):
    """Fields of a ticket changed: by an agent, or because triage or an escalation was applied."""

    event_type: ClassVar[str] = "ticket.updated"
    owner: ClassVar[ServiceName] = "ingest"

    ticket: TicketSnapshot
    actor: Actor
    changes: Annotated[tuple[FieldChange, ...], Field(min_length=1, max_length=50)]
    reason: Code
    occurred_at: Instant
    subject: PersonalLine | None = None


class TicketMessageAdded(HistoricalData):
    """A message after the first: from the customer, to the customer, or a note among agents.

    `analyse` is as in `TicketCreated`. An imported message to the customer is never sent.
    """

    event_type: ClassVar[str] = "ticket.message_added"
    owner: ClassVar[ServiceName] = "ingest"

    ticket: TicketSnapshot
    message_id: UUID
    kind: Literal["inbound", "outbound", "note"]
    actor: Actor
    body: PersonalText
    channel: Code
    occurred_at: Instant
    language: Language | None = None
    in_reply_to: UUID | None = None
    draft_id: UUID | None = None
    external: ExternalReference | None = None
    attachments: Annotated[tuple[Attachment, ...], Field(max_length=50)] = ()
    analyse: bool = False


class TicketResolved(HistoricalData):
    """The matter is settled, as far as the actor knows."""

    event_type: ClassVar[str] = "ticket.resolved"
    owner: ClassVar[ServiceName] = "ingest"

    ticket: TicketSnapshot
    actor: Actor
    occurred_at: Instant
    elapsed_s: DurationSeconds
    code: Code | None = None
    note: PersonalText | None = None


class TicketReopened(EventData):
    """A resolved ticket is open again: an agent said so, or the customer wrote again."""

    event_type: ClassVar[str] = "ticket.reopened"
    owner: ClassVar[ServiceName] = "ingest"

    ticket: TicketSnapshot
    actor: Actor
    occurred_at: Instant
    reason: Code
    note: PersonalText | None = None


class Entity(Part):
    """Something named in the message: an order number, an amount, a place."""

    kind: Code
    value: PersonalLine


class TicketTriaged(HistoricalData):
    """What a customer's message wants and how much it presses. A proposal: `ingest` applies it.

    Of an imported message `occurred_at` is when it was written. The reasons are personal: a model
    likes to quote the message.
    """

    event_type: ClassVar[str] = "ticket.triaged"
    owner: ClassVar[ServiceName] = "ai"

    message_id: UUID
    intent: Code
    intent_confidence: Confidence
    priority: Priority
    priority_confidence: Confidence
    model: ModelRun
    occurred_at: Instant
    queue: Code | None = None
    language: Language | None = None
    tags: Tags = ()
    reasons: Annotated[tuple[PersonalLine, ...], Field(max_length=20)] = ()
    entities: Annotated[tuple[Entity, ...], Field(max_length=50)] = ()
