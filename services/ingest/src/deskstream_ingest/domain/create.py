"""A ticket begins."""

from datetime import datetime

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import Actor, TicketCreated, TicketSnapshot
from deskstream_contracts.priority import DEFAULT_PRIORITY
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.commands import CreateTicket
from deskstream_ingest.domain.content import differing_fields, fingerprint
from deskstream_ingest.domain.refusals import TicketExists


def create(aggregate: TicketAggregate, command: CreateTicket) -> tuple[EventData, ...]:
    """Version 1. The ticket's clock starts when it is accepted, however old the message is.

    Nothing when it was accepted before with the same content. Raises `TicketExists` for other.
    """
    known = aggregate.ticket
    if known is None:
        return (created_at(command, command.at),)
    differing = differing_fields(known, fingerprint(created_at(command, known.snapshot.created_at)))
    if differing:
        raise TicketExists(known, differing)
    return ()


def created_at(command: CreateTicket, at: datetime) -> TicketCreated:
    """The event, had the command been accepted then: no message is dated after its acceptance."""
    snapshot = TicketSnapshot(
        version=1,
        status="open",
        priority=command.priority or DEFAULT_PRIORITY,
        channel=command.channel,
        customer_id=command.customer.id,
        created_at=at,
        updated_at=at,
        tags=command.tags,
    )
    return TicketCreated(
        ticket=snapshot,
        message_id=command.message_id,
        subject=command.subject,
        body=command.body,
        customer=command.customer,
        actor=Actor(kind="customer", id=str(command.customer.id)),
        occurred_at=min(command.occurred_at or at, at),
        language=command.language,
        external=command.external,
        attributes=dict(command.attributes),
    )
