"""All topics into the read models: one table from fact to what it changes."""

from collections.abc import Callable, Iterable
from typing import Any

from deskstream_contracts import Event, EventData
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
from deskstream_projection.domain import judgement_facts, ticket_facts
from deskstream_projection.domain.changes import ReadModelChanges
from deskstream_projection.domain.lww import moment, rank
from deskstream_projection.domain.own_time import own_time
from deskstream_projection.domain.read_models import ACTIVITY

Fold = Callable[[ReadModelChanges, Event[Any]], None]


def _timeline_alone(changes: ReadModelChanges, event: Event[Any]) -> None:
    """Nothing but the timeline shows this fact."""


FOLDS: dict[type[EventData], Fold] = {
    TicketCreated: ticket_facts.created,
    TicketUpdated: ticket_facts.updated,
    TicketMessageAdded: ticket_facts.message_added,
    TicketResolved: ticket_facts.head,
    TicketReopened: ticket_facts.head,
    CustomerEnriched: ticket_facts.enriched,
    CsatReceived: ticket_facts.rated,
    DeliveryUpdated: ticket_facts.delivery_updated,
    EscalationRequested: _timeline_alone,
    ReplyRequested: _timeline_alone,
    NotificationSent: _timeline_alone,
    NotificationFailed: _timeline_alone,
    SentimentScored: judgement_facts.scored,
    TicketTriaged: judgement_facts.triaged,
    ReplyDrafted: judgement_facts.drafted,
    ReplyDraftFailed: judgement_facts.draft_failed,
    ReplyAutoApproved: judgement_facts.auto_approved,
    ReplyApproved: judgement_facts.approved,
    ReplyRejected: judgement_facts.rejected,
    ReplyDelivered: judgement_facts.delivered,
    ReplyUndeliverable: judgement_facts.undeliverable,
    Escalated: judgement_facts.escalated,
    Deescalated: judgement_facts.deescalated,
    SlaStarted: judgement_facts.clocks_started,
    SlaWarned: judgement_facts.clock_warned,
    SlaBreached: judgement_facts.clock_breached,
    SlaMet: judgement_facts.clock_met,
    ArticlePublished: _timeline_alone,
    ArticleWithdrawn: _timeline_alone,
}

ABOUT_NO_TICKET: frozenset[type[EventData]] = frozenset(
    {CustomerEnriched, ArticlePublished, ArticleWithdrawn}
)
"""Facts whose subject is a customer or an article."""


def fold(events: Iterable[Event[Any]]) -> ReadModelChanges:
    """What the events change, whatever their order and however often each is there."""
    changes = ReadModelChanges()
    for event in events:
        known = changes.events.get(event.id)
        if known is not None and known.revision > event.revision:
            continue
        # The same event told again may have another time: registers take the highest of both, here
        # as when they come in two batches; the timeline and the counts keep the first.
        if known is None or known.revision < event.revision:
            changes.events[event.id] = event
        event_type = type(event.data)
        if event_type not in ABOUT_NO_TICKET:
            time = own_time(event)
            activity = (time, event_type.event_type)
            place = rank(moment(time), event)
            changes.tickets.put(event.subject, ACTIVITY, place, activity)
        FOLDS[event_type](changes, event)
    return changes
