"""Which names mean which types: written out, never scanned for."""

from deskstream_contracts.dead_letter import RecordDeadLettered
from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.escalation import Deescalated, Escalated, EscalationRequested
from deskstream_contracts.events.notification import NotificationFailed, NotificationSent
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyAutoApproved,
    ReplyDelivered,
    ReplyDrafted,
    ReplyDraftFailed,
    ReplyRejected,
    ReplyRequested,
    ReplyUndeliverable,
)
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaStarted, SlaWarned
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
    TicketUpdated,
)
from deskstream_contracts.model import EventData
from deskstream_contracts.watermark import WatermarkAdvanced

EVENT_TYPES: dict[str, type[EventData]] = {
    event_type.event_type: event_type
    for event_type in (
        TicketCreated,
        TicketUpdated,
        TicketMessageAdded,
        TicketResolved,
        TicketReopened,
        EscalationRequested,
        CustomerEnriched,
        CsatReceived,
        DeliveryUpdated,
        ReplyRequested,
        ReplyApproved,
        ReplyRejected,
        SentimentScored,
        TicketTriaged,
        ReplyDrafted,
        ReplyDraftFailed,
        ArticlePublished,
        ArticleWithdrawn,
        Escalated,
        Deescalated,
        SlaStarted,
        SlaWarned,
        SlaBreached,
        SlaMet,
        ReplyAutoApproved,
        NotificationSent,
        NotificationFailed,
        ReplyDelivered,
        ReplyUndeliverable,
        WatermarkAdvanced,
    )
}
"""Event type name to the newest version of its body."""

BODIES: tuple[type[EventData], ...] = (*EVENT_TYPES.values(), RecordDeadLettered)
"""Every body that is on some topic: the event types, and what services say about bad records."""

DEAD_LETTER = RecordDeadLettered.event_type
"""The one type whose topic is not named as it is: every service has a dead-letter topic."""
