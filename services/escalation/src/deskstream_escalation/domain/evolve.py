"""Events into a ticket's state. Any order, and any event again, leaves the same facts.

What clocks depend on is put into the ticket's course, which they follow in the order of versions
(`ticket_clocks.py`).
"""

from dataclasses import replace
from datetime import datetime
from typing import assert_never, get_args

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.escalation import LEVELS, EscalationRequested
from deskstream_contracts.events.reply import ReplyDrafted
from deskstream_contracts.events.sentiment import SentimentScored
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketTriaged,
    TicketUpdated,
)
from deskstream_contracts.priority import higher
from deskstream_escalation.domain.steps import TicketEvent, inbound_message, step_of
from deskstream_escalation.domain.ticket_state import (
    Draft,
    Origin,
    Rating,
    Request,
    Sentiment,
    TicketSnapshot,
    TicketState,
    Triage,
    newest,
)

EXTERNAL_EVENTS: tuple[type[EventData], ...] = (
    *get_args(TicketEvent),
    SentimentScored,
    TicketTriaged,
    ReplyDrafted,
    EscalationRequested,
    CsatReceived,
)
"""The events that decisions are made on."""


def evolve(state: TicketState, event: Event[EventData]) -> TicketState:
    """The state after one event; an equal one where the event holds no news.

    Raises `TypeError` for an event that is none of `EXTERNAL_EVENTS`.
    """
    if state.correlation_id is None:
        state = replace(state, correlation_id=event.correlation_id or event.id)
    if step := step_of(event):
        state = replace(state, course=state.course.read(step))
    data = event.data
    if isinstance(data, TicketEvent):
        return _with_ticket_event(state, event, data)
    match data:
        case SentimentScored():
            return _with_sentiment(state, Origin.of(event, data.occurred_at), data)
        case TicketTriaged():
            return _with_triage(state, Origin.of(event, data.occurred_at), data)
        case ReplyDrafted():
            return _with_draft(state, Origin.of(event, data.occurred_at), data)
        case EscalationRequested():
            request = Request(Origin.of(event, data.occurred_at), data.level or LEVELS[0])
            return replace(state, request=newest(state.request, request))
        case CsatReceived():
            rating = Rating(Origin.of(event, data.occurred_at), data.score)
            return replace(state, rating=newest(state.rating, rating))
    raise TypeError(
        f"{event.type} (event {event.id}, ticket {state.ticket_id}) means nothing to escalation, "
        "do not route it here"
    )


def _with_ticket_event(
    state: TicketState, event: Event[EventData], data: TicketEvent
) -> TicketState:
    state = _with_snapshot(state, event, data)
    ticket = data.ticket
    match data:
        case TicketCreated() | TicketMessageAdded(kind="inbound"):
            inbound = inbound_message(event, data)
            return replace(state, conversation=state.conversation.with_inbound(inbound))
        case TicketMessageAdded(kind="outbound"):
            answered = state.conversation.with_answer(ticket.version, ticket.updated_at)
            return replace(state, conversation=answered)
        case TicketResolved():
            return _settled(state, data, until=ticket.resolved_at or ticket.updated_at)
        case TicketUpdated() if ticket.status == "closed":
            # Closing also settles what came up after the resolution, such as a bad rating.
            return _settled(state, data, until=ticket.updated_at)
        case TicketMessageAdded() | TicketUpdated() | TicketReopened():
            return state
    assert_never(data)


def _with_snapshot(state: TicketState, event: Event[EventData], data: TicketEvent) -> TicketState:
    """The highest version wins.

    Nobody waits for an answer to what an imported ticket was brought in with.
    """
    ticket, history = data.ticket, data.ticket.history
    if history:
        answered = state.conversation.with_answer(history.version, history.imported_at)
        if answered is not state.conversation:
            state = replace(state, conversation=answered)
    if state.snapshot is not None and ticket.version <= state.snapshot.version:
        return state
    snapshot = TicketSnapshot(
        origin=Origin.of(event, ticket.updated_at),
        version=ticket.version,
        status=ticket.status,
        priority=ticket.priority,
        channel=ticket.channel,
        queue=ticket.queue,
        tags=ticket.tags,
        created_at=ticket.created_at,
        imported_until=history.version if history else None,
        resumed_at=history.resumed_at if history else None,
    )
    return replace(state, snapshot=snapshot)


def _settled(
    state: TicketState, data: TicketResolved | TicketUpdated, until: datetime
) -> TicketState:
    """Facts up to `until` escalate no more, and nobody waits for an answer."""
    resolved_at = data.ticket.resolved_at or data.ticket.updated_at
    return replace(
        state,
        conversation=state.conversation.with_answer(data.ticket.version, resolved_at),
        settled_until=until if state.settled_until is None else max(state.settled_until, until),
    )


def _with_sentiment(state: TicketState, origin: Origin, data: SentimentScored) -> TicketState:
    if data.imported:
        return state
    sentiment = Sentiment(origin, data.message_id, data.label, data.score, data.confidence)
    return replace(state, sentiment=newest(state.sentiment, sentiment))


def _with_triage(state: TicketState, origin: Origin, data: TicketTriaged) -> TicketState:
    """Only triage that is newer than all before counts, as in `ingest`, which then applies it."""
    known = state.triage
    if data.imported or (
        known and (origin.at, data.message_id) <= (known.origin.at, known.message_id)
    ):
        return state
    triage = Triage(
        origin=origin,
        message_id=data.message_id,
        intent=data.intent,
        intent_confidence=data.intent_confidence,
        priority=data.priority,
        priority_confidence=data.priority_confidence,
    )
    proposed = higher(state.proposed_priority, data.priority)
    return replace(state, triage=triage, proposed_priority=proposed)


def _with_draft(state: TicketState, origin: Origin, data: ReplyDrafted) -> TicketState:
    draft = Draft(
        origin=origin,
        draft_id=data.draft_id,
        message_id=data.message_id,
        confidence=data.confidence,
        cautions=data.cautions,
        requested=data.request_id is not None,
    )
    return replace(state, draft=newest(state.draft, draft))
