"""Facts of `ai`, `escalation` and `notify`: what was understood, decided and delivered."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import Deescalated, Escalated
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyAutoApproved,
    ReplyDelivered,
    ReplyDrafted,
    ReplyDraftFailed,
    ReplyRejected,
    ReplyUndeliverable,
)
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.sla import SlaBreached, SlaClockKind, SlaMet, SlaStarted, SlaWarned
from deskstream_contracts.events.ticket import TicketTriaged
from deskstream_projection.domain.changes import ReadModelChanges
from deskstream_projection.domain.columns import storable
from deskstream_projection.domain.lww import moment, rank
from deskstream_projection.domain.read_models import (
    DECISION,
    DELIVERY,
    ESCALATION,
    MESSAGE_DELIVERY,
    MESSAGE_SENTIMENT,
    PROPOSAL,
    SENTIMENT,
    SLA_REGISTERS,
    TRIAGE,
    WORST_SENTIMENT,
)


class Decision(NamedTuple):
    """The columns of a draft's decision register."""

    decision: str
    at: datetime
    by: str
    reason: str


_FINALITY = {"failed": 0, "auto_approved": 1, "rejected": 2, "approved": 3}
_CLOCK_STATES = {"running": 0, "warned": 1, "breached": 2, "met": 3, "met_late": 3}
"""How a clock stands, and what of one instant is the later."""


def scored(changes: ReadModelChanges, event: Event[SentimentScored]) -> None:
    """How a message sounds: the ticket has the newest and the worst."""
    data = event.data
    subject = event.subject
    place = rank(moment(data.occurred_at), event)
    sounds = (data.label, data.score)
    changes.tickets.put(subject, SENTIMENT, place, (*sounds, data.occurred_at))
    lowness = round((1.0 - data.score) * 1_000_000)
    changes.tickets.put(subject, WORST_SENTIMENT, rank(lowness, event), sounds)
    changes.messages.put(data.message_id, MESSAGE_SENTIMENT, place, sounds, (subject,))


def triaged(changes: ReadModelChanges, event: Event[TicketTriaged]) -> None:
    """What the newest message wants."""
    data = event.data
    changes.tickets.put(
        event.subject,
        TRIAGE,
        rank(moment(data.occurred_at), event),
        (
            data.intent,
            data.intent_confidence,
            data.priority,
            data.priority_confidence,
            data.occurred_at,
        ),
    )


def drafted(changes: ReadModelChanges, event: Event[ReplyDrafted]) -> None:
    """An answer is proposed."""
    data = event.data
    changes.drafts.put(
        data.draft_id,
        PROPOSAL,
        rank(0, event),
        (
            data.message_id,
            storable(data.body),
            data.confidence,
            storable(f"{data.model.provider}/{data.model.name}"),
            data.language,
            ",".join(data.cautions),
            data.occurred_at,
        ),
        (event.subject,),
    )


def draft_failed(changes: ReadModelChanges, event: Event[ReplyDraftFailed]) -> None:
    """No answer could be proposed: a draft without text, known by the event's id."""
    data = event.data
    proposal = (data.message_id, "", None, None, None, "", data.occurred_at)
    changes.drafts.put(event.id, PROPOSAL, rank(0, event), proposal, (event.subject,))
    _decide(changes, event, event.id, Decision("failed", data.occurred_at, "ai", data.reason))


def auto_approved(changes: ReadModelChanges, event: Event[ReplyAutoApproved]) -> None:
    """A rule let a draft out."""
    data = event.data
    decision = Decision("auto_approved", data.occurred_at, "escalation", data.rule)
    _decide(changes, event, data.draft_id, decision)


def approved(changes: ReadModelChanges, event: Event[ReplyApproved]) -> None:
    """An answer goes out; it may have been written without a draft."""
    data = event.data
    if data.draft_id is not None:
        by = data.actor.id or data.actor.kind
        how = "auto" if data.auto else "edited" if data.edited else "as_drafted"
        decision = Decision("approved", data.occurred_at, by, how)
        _decide(changes, event, data.draft_id, decision)


def rejected(changes: ReadModelChanges, event: Event[ReplyRejected]) -> None:
    """A draft will not be sent."""
    data = event.data
    by = data.actor.id or data.actor.kind
    decision = Decision("rejected", data.occurred_at, by, data.reason)
    _decide(changes, event, data.draft_id, decision)


def delivered(changes: ReadModelChanges, event: Event[ReplyDelivered]) -> None:
    """The provider took a reply."""
    _deliver(changes, event, event.data.message_id, "delivered", event.data.delivered_at)


def undeliverable(changes: ReadModelChanges, event: Event[ReplyUndeliverable]) -> None:
    """A reply will not arrive."""
    _deliver(changes, event, event.data.message_id, "undeliverable", event.data.occurred_at)


def escalated(changes: ReadModelChanges, event: Event[Escalated]) -> None:
    """The ticket was raised."""
    data = event.data
    reasons = ",".join(hit.rule for hit in data.hits)
    place = rank(moment(data.occurred_at), event)
    changes.tickets.put(event.subject, ESCALATION, place, (data.level, reasons, data.occurred_at))


def deescalated(changes: ReadModelChanges, event: Event[Deescalated]) -> None:
    """The ticket is back at normal handling."""
    data = event.data
    place = rank(moment(data.occurred_at), event)
    changes.tickets.put(event.subject, ESCALATION, place, (0, data.reason, data.occurred_at))


def clocks_started(changes: ReadModelChanges, event: Event[SlaStarted]) -> None:
    """The clocks that run, as they stood then."""
    for one in event.data.clocks:
        state = "warned" if one.warned else "running"
        _put_clock(changes, event, one.clock, one.due_at, state)


def clock_warned(changes: ReadModelChanges, event: Event[SlaWarned]) -> None:
    """A clock is close to its end."""
    _put_clock(changes, event, event.data.clock, event.data.due_at, "warned")


def clock_breached(changes: ReadModelChanges, event: Event[SlaBreached]) -> None:
    """A clock ran out."""
    _put_clock(changes, event, event.data.clock, event.data.due_at, "breached")


def clock_met(changes: ReadModelChanges, event: Event[SlaMet]) -> None:
    """What a clock waited for came."""
    state = "met" if event.data.in_time else "met_late"
    _put_clock(changes, event, event.data.clock, event.data.due_at, state)


def _put_clock(
    changes: ReadModelChanges,
    event: Event[EventData],
    kind: SlaClockKind,
    due_at: datetime,
    state: str,
) -> None:
    place = rank(moment(event.time) * 4 + _CLOCK_STATES[state], event)
    changes.tickets.put(event.subject, SLA_REGISTERS[kind], place, (due_at, state))


def _decide(
    changes: ReadModelChanges, event: Event[EventData], draft_id: UUID, decision: Decision
) -> None:
    place = rank(_FINALITY[decision.decision] << 60 | moment(decision.at), event)
    values = decision._replace(by=storable(decision.by))
    changes.drafts.put(draft_id, DECISION, place, values, (event.subject,))


def _deliver(
    changes: ReadModelChanges, event: Event[EventData], message_id: UUID, status: str, at: datetime
) -> None:
    place = rank(moment(at), event)
    changes.tickets.put(event.subject, DELIVERY, place, (message_id, status, at))
    changes.messages.put(message_id, MESSAGE_DELIVERY, place, (status, at), (event.subject,))
