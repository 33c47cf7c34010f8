"""The customer's words that an alert may quote: a ticket's subject and its last message."""

from typing import NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketUpdated

_MESSAGE_MAX_CHARS = 500


class TicketWordsUpdate(NamedTuple):
    """The words in an event, as of the ticket's `version`; None for what it does not contain."""

    ticket_id: UUID
    version: int
    subject: str | None = None
    message: str | None = None


def words_in(event: Event[EventData]) -> TicketWordsUpdate | None:
    """The customer's words in an event, None if it contains none."""
    match event.data:
        case TicketCreated() as created:
            version, message = created.ticket.version, _start(created.body)
            return TicketWordsUpdate(event.subject, version, created.subject, message)
        case TicketUpdated(subject=str(subject)) as updated:
            return TicketWordsUpdate(event.subject, updated.ticket.version, subject=subject)
        case TicketMessageAdded(kind="inbound") as added:
            message = _start(added.body)
            return TicketWordsUpdate(event.subject, added.ticket.version, message=message)
    return None


def erases_words(event: Event[EventData]) -> bool:
    """Whether the event erases the customer: it revises an event with words."""
    words_from = (TicketCreated, TicketUpdated, TicketMessageAdded)
    return event.revision > 1 and isinstance(event.data, words_from)


def _start(body: str) -> str:
    return body if len(body) <= _MESSAGE_MAX_CHARS else f"{body[: _MESSAGE_MAX_CHARS - 1]}…"
