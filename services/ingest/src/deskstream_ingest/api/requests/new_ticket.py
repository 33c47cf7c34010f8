"""The request that creates a ticket, and how it becomes a command."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from deskstream_contracts import follow_id
from deskstream_contracts.events.ticket import Customer, ExternalReference, Priority
from deskstream_contracts.model import Code, LanguageTag
from deskstream_contracts.visible import is_blank
from deskstream_ingest.api.requests.customer import Addresses, CustomerRequest
from deskstream_ingest.api.requests.fields import (
    Body,
    Identifier,
    Line,
    RequestModel,
    Tags,
    Url,
)
from deskstream_ingest.domain.commands import CreateTicket
from deskstream_ingest.domain.customer import agreed_customer_id, external_ticket_id
from deskstream_runtime.http.instants import OccurredAt
from deskstream_runtime.ids import new_id

_SUBJECT_FROM_BODY_MAX_CHARS = 80


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
    language: LanguageTag | None = None
    external: ExternalRequest | None = None
    attributes: Annotated[dict[Code, Line], Field(default_factory=dict, max_length=50)]
    occurred_at: OccurredAt | None = None

    def ticket_id(self) -> UUID:
        """The id of the same ticket of the other system, else a fresh one."""
        if self.external:
            return external_ticket_id(self.external.source, self.external.id)
        return new_id()

    def command(self, reached: Addresses, ticket_id: UUID, at: datetime) -> CreateTicket:
        """The command. Raises `CustomerContradicted`."""
        return CreateTicket(
            message_id=follow_id(ticket_id, "message"),
            subject=self._subject(),
            body=self.body,
            channel=self.channel,
            customer=self._customer(ticket_id, reached),
            at=at,
            occurred_at=self.occurred_at,
            priority=self.priority,
            tags=self.tags,
            language=self.language,
            external=ExternalReference(**dict(self.external)) if self.external else None,
            attributes=self.attributes,
        )

    def _subject(self) -> str:
        if self.subject is not None and not is_blank(self.subject):
            return self.subject
        line = next(line.strip() for line in self.body.splitlines() if not is_blank(line))
        if len(line) <= _SUBJECT_FROM_BODY_MAX_CHARS:
            return line
        return line[: _SUBJECT_FROM_BODY_MAX_CHARS - 1] + "…"

    def _customer(self, ticket_id: UUID, reached: Addresses) -> Customer:
        who = self.customer
        source = self.external.source if self.external else self.channel
        external = (source, who.external_id) if who.external_id else None
        known_id = agreed_customer_id(who.id, reached.email, reached.phone, external)
        return Customer(
            id=known_id or follow_id(ticket_id, "customer"),
            name=None if who.name is None or is_blank(who.name) else who.name,
            email=reached.email,
            phone=reached.phone,
            external_id=who.external_id,
            unusable_addresses=reached.unusable,
        )
