"""A ticket: one row, which may exist before `ticket.created` came; it has no version then."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.csat import CsatReceived
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
from deskstream_projection.domain.lww import ReadModel, Rows, moment, rank
from deskstream_projection.domain.own_time import own_time
from deskstream_projection.domain.read_models import ticket_lifecycle as lifecycle
from deskstream_projection.domain.read_models import ticket_signals as signals


class Activity(NamedTuple):
    """The newest event of any type. Ordered by its time."""

    last_activity_at: datetime
    last_event_type: str


class NewestDraft(NamedTuple):
    """No register: the newest of the rows in `draft`, set after those were written."""

    newest_draft_id: UUID
    newest_draft_status: str
    newest_draft_confidence: float | None
    newest_drafted_at: datetime


TicketRegister = (
    lifecycle.Snapshot
    | lifecycle.Subject
    | lifecycle.Opening
    | Activity
    | signals.Sentiment
    | signals.WorstSentiment
    | signals.Triage
    | signals.Escalation
    | signals.SlaClock
    | signals.Delivery
    | lifecycle.Csat
)


def activity(tickets: Rows[Activity], event: Event[EventData]) -> None:
    time = own_time(event)
    values = Activity(time, event.data.event_type)
    tickets.put(event.subject, rank(moment(time), event), values)


_ACTIVITY_ALONE = (
    EscalationRequested, ReplyRequested, ReplyDrafted, ReplyDraftFailed, ReplyAutoApproved,
    ReplyApproved, ReplyRejected, NotificationSent, NotificationFailed,
)  # fmt: skip

TICKET: ReadModel[TicketRegister] = ReadModel(
    table="ticket",
    key="id",
    registers={
        "head": lifecycle.Snapshot,
        "subject": lifecycle.Subject,
        "opening": lifecycle.Opening,
        "activity": Activity,
        "sentiment": signals.Sentiment,
        "worst_sentiment": signals.WorstSentiment,
        "triage": signals.Triage,
        "escalation": signals.Escalation,
        "sla_first_response": signals.FirstResponseClock,
        "sla_next_response": signals.NextResponseClock,
        "sla_resolution": signals.ResolutionClock,
        "delivery": signals.Delivery,
        "csat": lifecycle.Csat,
    },
    projectors={
        TicketCreated: (activity, lifecycle.snapshot, lifecycle.subject, lifecycle.opening),
        TicketUpdated: (activity, lifecycle.snapshot, lifecycle.new_subject),
        TicketMessageAdded: (activity, lifecycle.snapshot),
        TicketResolved: (activity, lifecycle.snapshot),
        TicketReopened: (activity, lifecycle.snapshot),
        SentimentScored: (activity, signals.sentiment),
        TicketTriaged: (activity, signals.triage),
        Escalated: (activity, signals.escalation),
        Deescalated: (activity, signals.deescalation),
        SlaStarted: (activity, signals.clocks),
        SlaWarned: (activity, signals.clock),
        SlaBreached: (activity, signals.clock),
        SlaMet: (activity, signals.clock),
        ReplyDelivered: (activity, signals.delivery),
        ReplyUndeliverable: (activity, signals.delivery),
        DeliveryUpdated: (activity, signals.delivery),
        CsatReceived: (activity, lifecycle.rating),
        **dict.fromkeys(_ACTIVITY_ALONE, (activity,)),
    },
)
