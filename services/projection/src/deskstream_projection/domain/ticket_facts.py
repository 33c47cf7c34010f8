"""Facts of `ingest`: a ticket's life, its messages, its customer."""

import json
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.ticket import (
    Attachment,
    Customer,
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from deskstream_projection.domain.changes import ReadModelChanges
from deskstream_projection.domain.columns import storable
from deskstream_projection.domain.lww import moment, rank
from deskstream_projection.domain.read_models import (
    CONTENT,
    CSAT,
    DELIVERY,
    EMAIL,
    HEAD,
    MESSAGE_DELIVERY,
    NAME,
    OPENING,
    OPENING_TEXT,
    PHONE,
    PROFILE,
    SUBJECT,
)

SNIPPET_CHARS = 200
_ATTACHMENTS = TypeAdapter(tuple[Attachment, ...])

TicketEvent = TicketCreated | TicketUpdated | TicketMessageAdded | TicketResolved | TicketReopened


def head(changes: ReadModelChanges, event: Event[TicketEvent]) -> None:
    """Every ticket event carries the whole head: the highest version wins."""
    ticket = event.data.ticket
    past = ticket.history
    changes.tickets.put(
        event.subject,
        HEAD,
        rank(ticket.version, event),
        (
            ticket.version,
            ticket.status,
            ticket.priority,
            ticket.channel,
            ticket.customer_id,
            ticket.created_at,
            ticket.updated_at,
            ticket.queue,
            storable(ticket.assignee_id),
            ",".join(ticket.tags),
            ticket.message_count,
            ticket.reopen_count,
            ticket.first_response_at,
            ticket.resolved_at,
            past.imported_at if past else None,
            past.resumed_at if past else None,
        ),
    )


def created(changes: ReadModelChanges, event: Event[TicketCreated]) -> None:
    """The first message, and the customer as known then."""
    data = event.data
    head(changes, event)
    _subject(changes, event, data.subject)
    external = data.external
    opening_rank = rank(0, event)
    body = storable(data.body)
    changes.tickets.put(
        event.subject,
        OPENING,
        opening_rank,
        (
            data.message_id,
            body[:SNIPPET_CHARS],
            storable(data.customer.name),
            storable(data.customer.email),
            data.language,
            external.source if external else None,
            storable(external.id) if external else None,
            storable(external.url) if external else None,
            json.dumps(dict(data.attributes)),
            json.dumps(data.customer.unusable_addresses),
        ),
    )
    changes.texts.put(event.subject, OPENING_TEXT, opening_rank, (body,))
    _message(changes, event, "inbound", data.ticket.channel)
    _contact(changes, event, data.customer.id, data.occurred_at, data.customer)


def updated(changes: ReadModelChanges, event: Event[TicketUpdated]) -> None:
    """Fields changed. An erased event has lost its new subject but still says that it set one."""
    head(changes, event)
    data = event.data
    if data.subject is not None or any(change.field == "subject" for change in data.changes):
        _subject(changes, event, data.subject or "")


def message_added(changes: ReadModelChanges, event: Event[TicketMessageAdded]) -> None:
    """A message after the first."""
    head(changes, event)
    _message(changes, event, event.data.kind, event.data.channel)


def enriched(changes: ReadModelChanges, event: Event[CustomerEnriched]) -> None:
    """What a shop or CRM says of a customer."""
    data = event.data
    _contact(changes, event, data.customer_id, data.observed_at, data)
    spent = data.total_spent
    changes.customers.put(
        data.customer_id,
        PROFILE,
        rank(moment(data.observed_at), event),
        (
            data.provider,
            data.language,
            data.customer_since,
            data.order_count,
            spent.amount_minor if spent else None,
            spent.currency if spent else None,
            data.last_order_at,
            ",".join(data.tags),
        ),
    )


def rated(changes: ReadModelChanges, event: Event[CsatReceived]) -> None:
    """The customer's newest rating."""
    data = event.data
    place = rank(moment(data.occurred_at), event)
    changes.tickets.put(event.subject, CSAT, place, (data.score, data.occurred_at))


def delivery_updated(changes: ReadModelChanges, event: Event[DeliveryUpdated]) -> None:
    """A provider's report. Without a message id it is in the timeline alone."""
    data = event.data
    if data.message_id is None:
        return
    place = rank(moment(data.occurred_at), event)
    state = (data.status, data.occurred_at)
    changes.tickets.put(event.subject, DELIVERY, place, (data.message_id, *state))
    changes.messages.put(data.message_id, MESSAGE_DELIVERY, place, state, (event.subject,))


def _contact(
    changes: ReadModelChanges,
    event: Event[EventData],
    customer_id: UUID,
    at: datetime,
    known: Customer | CustomerEnriched,
) -> None:
    """Names and addresses: the newest that is known. An erased event says that none is."""
    place = rank(moment(at), event)
    for register, value in ((NAME, known.name), (EMAIL, known.email), (PHONE, known.phone)):
        if value is not None or event.revision > 1:
            changes.customers.put(customer_id, register, place, (storable(value),))


def _subject(
    changes: ReadModelChanges, event: Event[TicketCreated] | Event[TicketUpdated], line: str
) -> None:
    place = rank(event.data.ticket.version, event)
    values = (storable(line),)
    changes.tickets.put(event.subject, SUBJECT, place, values)
    changes.texts.put(event.subject, SUBJECT, place, values)


def _message(
    changes: ReadModelChanges,
    event: Event[TicketCreated] | Event[TicketMessageAdded],
    kind: str,
    channel: str,
) -> None:
    data = event.data
    added = data if isinstance(data, TicketMessageAdded) else None
    attachments = _ATTACHMENTS.dump_json(data.attachments).decode() if data.attachments else "[]"
    changes.messages.put(
        data.message_id,
        CONTENT,
        rank(0, event),
        (
            kind,
            storable(data.body),
            data.actor.kind,
            storable(data.actor.id),
            channel,
            data.occurred_at,
            data.language,
            added.in_reply_to if added else None,
            added.draft_id if added else None,
            attachments,
            data.imported,
            data.ticket.version,
        ),
        (event.subject,),
    )
