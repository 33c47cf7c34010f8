"""Which facts were taken already: the log may hand the same one over again."""

from typing import assert_never

from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.ticket import TicketTriaged
from deskstream_ingest.domain.ticket import LastSeen, Ticket

MarkedFact = TicketTriaged | Escalated | NotificationFailed


def last_seen_of(fact: MarkedFact) -> LastSeen:
    """What tells a fact from others of its type and orders them."""
    match fact:
        case TicketTriaged():
            return LastSeen(at=fact.occurred_at, id=fact.message_id)
        case Escalated():
            return LastSeen(at=fact.occurred_at, id=fact.escalation_id)
        case NotificationFailed():
            return LastSeen(at=fact.failed_at, id=fact.notification_id)
    assert_never(fact)


def is_newer(ticket: Ticket, fact: MarkedFact) -> bool:
    """Whether the fact is newer than every one of its type taken before."""
    newest = ticket.newest.get(fact.event_type)
    return newest is None or newest < last_seen_of(fact)
