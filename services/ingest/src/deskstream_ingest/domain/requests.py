"""What a person asks another service to do about a ticket. The ticket itself does not change."""

from deskstream_contracts import EventData
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_contracts.events.reply import ReplyRequested
from deskstream_ingest.domain.commands import RequestEscalation, RequestReply
from deskstream_ingest.domain.decision import otherwise
from deskstream_ingest.domain.reasons import REQUESTED
from deskstream_ingest.domain.refusals import EscalatedOtherwise, over
from deskstream_ingest.domain.ticket import Ticket


def request_escalation(ticket: Ticket, command: RequestEscalation) -> tuple[EventData, ...]:
    """Nothing when the ticket is at that level already, and nothing else is said about it.

    Raises what `over` says, and `EscalatedOtherwise` when it is above that level, or at it
    and the reason or note is not the one that was last given.
    """
    if ticket.is_over:
        raise over(ticket)
    if is_reached(ticket, command):
        differing = _otherwise(ticket, command)
        if differing:
            raise EscalatedOtherwise(ticket, differing)
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


def is_reached(ticket: Ticket, command: RequestEscalation) -> bool:
    """Whether the ticket is at the wanted level, or above; the next level never is."""
    return command.level is not None and command.level <= ticket.snapshot.escalation_level


def _otherwise(ticket: Ticket, command: RequestEscalation) -> tuple[str, ...]:
    level = () if command.level == ticket.snapshot.escalation_level else ("level",)
    asked = ticket.asked_escalation
    known = asked.decision if asked and asked.level in (None, command.level) else None
    said = otherwise(known, reason=("reason", command.reason), text=("note", command.note))
    return (*level, *said)


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
