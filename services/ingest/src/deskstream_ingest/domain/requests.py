"""What a person asks another service to do about a ticket. The ticket itself does not change."""

from deskstream_contracts import EventData
from deskstream_contracts.events.customer import EscalationRequested
from deskstream_contracts.events.reply import ReplyRequested
from deskstream_ingest.domain.commands import RequestEscalation, RequestReply
from deskstream_ingest.domain.reasons import REQUESTED
from deskstream_ingest.domain.refusals import TicketResolvedAlready
from deskstream_ingest.domain.ticket import Ticket


def request_escalation(ticket: Ticket, command: RequestEscalation) -> tuple[EventData, ...]:
    """Nothing when the ticket is at that level already. Raises `TicketResolvedAlready`."""
    if ticket.is_over:
        raise TicketResolvedAlready(ticket.id)
    if command.level is not None and command.level <= ticket.head.escalation_level:
        return ()
    requested = EscalationRequested(
        request_id=command.request_id,
        actor=command.actor,
        occurred_at=command.at,
        reason=command.reason or REQUESTED,
        note=command.note,
        level=command.level,
    )
    return (requested,)


def request_reply(ticket: Ticket, command: RequestReply) -> tuple[EventData, ...]:
    """A draft that answers the customer's last message."""
    requested = ReplyRequested(
        request_id=command.request_id,
        actor=command.actor,
        occurred_at=command.at,
        message_id=ticket.last_inbound_id,
        instructions=command.instructions,
        tone=command.tone,
        language=command.language,
    )
    return (requested,)
