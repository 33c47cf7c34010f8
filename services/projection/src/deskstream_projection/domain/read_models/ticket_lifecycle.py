"""The registers of a ticket that `ingest` fills: its life, its opening, its customer's rating."""

import json
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from deskstream_contracts import Event
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.ticket import (
    Priority,
    Status,
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from deskstream_projection.domain.columns import Codes, Int32, Json, Text, joined, storable
from deskstream_projection.domain.lww import Rows, moment, rank

SNIPPET_CHARS = 200

TicketEvent = TicketCreated | TicketUpdated | TicketMessageAdded | TicketResolved | TicketReopened


class Snapshot(NamedTuple):
    """The lifecycle fields that every ticket event carries. Ordered by version."""

    version: int
    status: Status
    priority: Priority
    channel: str
    customer_id: UUID
    created_at: datetime
    updated_at: datetime
    queue: str | None
    assignee_id: Text | None
    tags: Codes
    message_count: int
    reopen_count: int
    first_response_at: datetime | None
    resolved_at: datetime | None
    imported_at: datetime | None
    resumed_at: datetime | None


class Subject(NamedTuple):
    """The subject line. Ordered by the version that set it."""

    subject: Text


class Opening(NamedTuple):
    """What only `ticket.created` says. Ordered by its revision."""

    first_message_id: UUID
    snippet: Text
    customer_name: Text | None
    customer_email: Text | None
    language: str | None
    external_source: str | None
    external_id: Text | None
    external_url: Text | None
    attributes: Json
    unusable_addresses: Json


class Csat(NamedTuple):
    """The customer's newest rating, 1 to 5. Ordered by its time."""

    csat_score: Int32
    csat_at: datetime


def snapshot(tickets: Rows[Snapshot], event: Event[TicketEvent]) -> None:
    ticket = event.data.ticket
    past = ticket.history
    values = Snapshot(
        version=ticket.version,
        status=ticket.status,
        priority=ticket.priority,
        channel=ticket.channel,
        customer_id=ticket.customer_id,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
        queue=ticket.queue,
        assignee_id=storable(ticket.assignee_id),
        tags=joined(ticket.tags),
        message_count=ticket.message_count,
        reopen_count=ticket.reopen_count,
        first_response_at=ticket.first_response_at,
        resolved_at=ticket.resolved_at,
        imported_at=past.imported_at if past else None,
        resumed_at=past.resumed_at if past else None,
    )
    tickets.put(event.subject, rank(ticket.version, event), values)


def subject(rows: Rows[Subject], event: Event[TicketCreated]) -> None:
    _put_subject(rows, event, event.data.subject)


def new_subject(rows: Rows[Subject], event: Event[TicketUpdated]) -> None:
    """A changed subject line. An erased event has lost it but still says that it set one."""
    data = event.data
    if data.subject is not None or any(change.field == "subject" for change in data.changes):
        _put_subject(rows, event, data.subject or "")


def _put_subject(
    rows: Rows[Subject], event: Event[TicketCreated] | Event[TicketUpdated], line: str
) -> None:
    values = Subject(storable(line))
    rows.put(event.subject, rank(event.data.ticket.version, event), values)


def opening(tickets: Rows[Opening], event: Event[TicketCreated]) -> None:
    data = event.data
    external = data.external
    values = Opening(
        first_message_id=data.message_id,
        snippet=storable(data.body[:SNIPPET_CHARS]),
        customer_name=storable(data.customer.name),
        customer_email=storable(data.customer.email),
        language=data.language,
        external_source=external.source if external else None,
        external_id=storable(external.id) if external else None,
        external_url=storable(external.url) if external else None,
        attributes=Json(json.dumps(dict(data.attributes))),
        unusable_addresses=Json(json.dumps(data.customer.unusable_addresses)),
    )
    tickets.put(event.subject, rank(0, event), values)


def rating(tickets: Rows[Csat], event: Event[CsatReceived]) -> None:
    data = event.data
    values = Csat(csat_score=Int32(data.score), csat_at=data.occurred_at)
    tickets.put(event.subject, rank(moment(data.occurred_at), event), values)
