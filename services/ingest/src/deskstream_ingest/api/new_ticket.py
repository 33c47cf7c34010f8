"""The request that creates a ticket, and how it becomes a command."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from deskstream_contracts import follow_id
from deskstream_contracts.events.ticket import Customer, ExternalReference, Priority
from deskstream_contracts.model import Code, Language
from deskstream_ingest.api.fields import (
    Body,
    Email,
    Identifier,
    Line,
    Phone,
    Tags,
    Url,
)
from deskstream_ingest.domain.commands import CreateTicket
from deskstream_ingest.domain.customer_identity import agreed_customer_id, external_ticket_id
from deskstream_runtime.http.instants import Instant
from deskstream_runtime.ids import new_id

_SUBJECT_FROM_BODY_MAX_CHARS = 80


class RequestModel(BaseModel):
    """What callers send: a field we do not know is an error, so a typing mistake is not lost."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CustomerRequest(RequestModel):
    """Who wrote. The same e-mail, else phone, else external id, is the same customer."""

    id: UUID | None = None
    email: Email | None = None
    phone: Phone | None = None
    name: Line | None = None
    external_id: Identifier | None = None


class ExternalRequest(RequestModel):
    """The ticket in the system it comes from. The same source and id is the same ticket."""

    source: Code
    id: Identifier
    url: Url | None = None


class NewTicketRequest(RequestModel):
    """A customer's first message. Without a subject, its first line serves as one."""

    body: Body
    subject: Line | None = None
    channel: Code = "rest"
    customer: CustomerRequest = CustomerRequest()
    priority: Priority | None = None
    tags: Tags = ()
    language: Language | None = None
    external: ExternalRequest | None = None
    attributes: Annotated[dict[Code, Line], Field(max_length=50)] = {}
    occurred_at: Instant | None = None

    def ticket_id(self) -> UUID:
        """The id of the same ticket of the other system, else a fresh one."""
        if self.external:
            return external_ticket_id(self.external.source, self.external.id)
        return new_id()

    def command(self, ticket_id: UUID, at: datetime) -> CreateTicket:
        """The command."""
        return CreateTicket(
            message_id=follow_id(ticket_id, "message"),
            subject=self.subject or self._first_line(),
            body=self.body,
            channel=self.channel,
            customer=self._customer(ticket_id),
            at=at,
            occurred_at=self.occurred_at,
            priority=self.priority,
            tags=self.tags,
            language=self.language,
            external=self._external(),
            attributes=self.attributes,
        )

    def _first_line(self) -> str:
        line = self.body.strip().splitlines()[0]
        if len(line) <= _SUBJECT_FROM_BODY_MAX_CHARS:
            return line
        return line[: _SUBJECT_FROM_BODY_MAX_CHARS - 1] + "…"

    def _customer(self, ticket_id: UUID) -> Customer:
        who = self.customer
        source = self.external.source if self.external else self.channel
        external = (source, who.external_id) if who.external_id else None
        known_id = agreed_customer_id(who.id, who.email, who.phone, external)
        return Customer(
            id=known_id or follow_id(ticket_id, "customer"),
            name=who.name,
            email=who.email,
            phone=who.phone,
            external_id=who.external_id,
        )

    def _external(self) -> ExternalReference | None:
        if self.external is None:
            return None
        return ExternalReference(
            source=self.external.source, id=self.external.id, url=self.external.url
        )
