"""Which events of other services were applied: the log may deliver the same one again."""

from typing import assert_never

from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.ticket import TicketTriaged
from deskstream_ingest.domain.ticket import LastSeen, Ticket

OrderedEvent = TicketTriaged | Escalated | NotificationFailed


def last_seen_of(event: OrderedEvent) -> LastSeen:
    """The order of events of one type, and what distinguishes them."""
    match event:
        case TicketTriaged():
            return LastSeen(at=event.occurred_at, id=event.message_id)
        case Escalated():
            return LastSeen(at=event.occurred_at, id=event.escalation_id)
        case NotificationFailed():
            return LastSeen(at=event.failed_at, id=event.notification_id)
    assert_never(event)


def is_newer(ticket: Ticket, event: OrderedEvent) -> bool:
    """Whether the event is newer than every one of its type that was applied before."""
    newest = ticket.newest.get(event.event_type)
    return newest is None or newest < last_seen_of(event)
