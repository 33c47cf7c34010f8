"""Which facts were taken already: the log may hand the same one over again."""

from typing import assert_never

from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.notification import NotificationFailed
from deskstream_contracts.events.ticket import TicketTriaged
from deskstream_ingest.domain.ticket import Mark, Ticket

MarkedFact = TicketTriaged | Escalated | NotificationFailed


def mark_of(fact: MarkedFact) -> Mark:
    """What tells a fact from others of its type and orders them."""
    match fact:
        case TicketTriaged():
            return Mark(at=fact.occurred_at, id=fact.message_id)
        case Escalated():
            return Mark(at=fact.occurred_at, id=fact.escalation_id)
        case NotificationFailed():
            return Mark(at=fact.failed_at, id=fact.notification_id)
    assert_never(fact)


def is_news(ticket: Ticket, fact: MarkedFact) -> bool:
    """Whether the fact is newer than every one of its type taken before."""
    newest = ticket.newest.get(fact.event_type)
    return newest is None or newest < mark_of(fact)
