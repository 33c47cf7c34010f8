"""The customer's words that an alert may tell: what a ticket is about, and what came last."""

from dataclasses import dataclass
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketUpdated

_MESSAGE_MAX_CHARS = 500


@dataclass(frozen=True, slots=True)
class TicketWordsUpdate:
    """What an event says, as of the ticket's `version`; none of what it says nothing about."""

    ticket_id: UUID
    version: int
    subject: str | None = None
    message: str | None = None


def words_in(event: Event[EventData]) -> TicketWordsUpdate | None:
    """The customer's words in an event, none if there are none in it."""
    match event.data:
        case TicketCreated() as created:
            message = _start(created.body)
            return TicketWordsUpdate(
                event.subject, created.ticket.version, created.subject, message
            )
        case TicketUpdated(subject=str(subject)) as updated:
            return TicketWordsUpdate(event.subject, updated.ticket.version, subject=subject)
        case TicketMessageAdded(kind="inbound") as added:
            return TicketWordsUpdate(
                event.subject, added.ticket.version, message=_start(added.body)
            )
        case _:
            return None


def erases_words(event: Event[EventData]) -> bool:
    """Whether the event says that the customer is erased: it is a revision of one with words."""
    words_from = (TicketCreated, TicketUpdated, TicketMessageAdded)
    return event.revision > 1 and isinstance(event.data, words_from)


def _start(body: str) -> str:
    return body if len(body) <= _MESSAGE_MAX_CHARS else f"{body[: _MESSAGE_MAX_CHARS - 1]}…"
