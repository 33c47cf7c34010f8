"""A ticket begins."""

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import Actor, TicketCreated, TicketHead
from deskstream_ingest.domain.case import Case
from deskstream_ingest.domain.commands import CreateTicket
from deskstream_ingest.domain.refusals import TicketExists


def create(case: Case, command: CreateTicket) -> tuple[EventData, ...]:
    """Version 1. The ticket's clock starts when it is accepted, however old the message is.

    Raises `TicketExists`.
    """
    if case.ticket is not None:
        raise TicketExists(case.ticket_id)
    head = TicketHead(
        version=1,
        status="open",
        priority=command.priority or "normal",
        channel=command.channel,
        customer_id=command.customer.id,
        created_at=command.at,
        updated_at=command.at,
        tags=command.tags,
    )
    created = TicketCreated(
        ticket=head,
        message_id=command.message_id,
        subject=command.subject,
        body=command.body,
        customer=command.customer,
        actor=Actor(kind="customer", id=str(command.customer.id)),
        occurred_at=command.occurred_at,
        language=command.language,
        external=command.external,
        attributes=dict(command.attributes),
    )
    return (created,)
