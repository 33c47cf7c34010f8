"""Events into a case. Any order, and any event again, leaves the same facts.

What clocks are wound by is put into the ticket's course, from where it is taken in the order of
versions (`ticket_clocks.py`).
"""

from dataclasses import replace
from datetime import datetime
from functools import singledispatch

from deskstream_contracts import Event, EventData
from deskstream_contracts.events import ticket as contract
from deskstream_contracts.events.csat import CsatReceived
from deskstream_contracts.events.escalation import EscalationRequested
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
from deskstream_escalation.domain.steps import inbound_message, step_of
from deskstream_escalation.domain.ticket_state import (
    Draft,
    Origin,
    Rating,
    Request,
    Sentiment,
    TicketSnapshot,
    TicketState,
    Triage,
    is_newer,
)

LOWEST_LEVEL = 1


def fold(state: TicketState, event: Event[EventData]) -> TicketState:
    """The case with what the event tells. The same case, when it tells nothing new."""
    if state.correlation_id is None:
        state = replace(state, correlation_id=event.correlation_id or event.id)
    if step := step_of(event.data, event):
        state = replace(state, course=state.course.read(step))
    return _told(event.data, event, state)


@singledispatch
def _told(data: EventData, event: Event[EventData], state: TicketState) -> TicketState:
    raise TypeError(
        f"{data.event_type} (event {event.id}, ticket {state.ticket_id}) tells escalation nothing, "
        "do not route it here"
    )


@_told.register
def _(data: TicketCreated, event: Event[EventData], state: TicketState) -> TicketState:
    state = _with_snapshot(state, event, data.ticket)
    inbound = inbound_message(event, data)
    return replace(state, conversation=state.conversation.with_inbound(inbound))


@_told.register
def _(data: TicketMessageAdded, event: Event[EventData], state: TicketState) -> TicketState:
    state = _with_snapshot(state, event, data.ticket)
    match data.kind:
        case "inbound":
            inbound = inbound_message(event, data)
            return replace(state, conversation=state.conversation.with_inbound(inbound))
        case "outbound":
            answered = state.conversation.with_answer(data.ticket.version, data.ticket.updated_at)
            return replace(state, conversation=answered)
        case "note":
            return state


@_told.register
def _(data: TicketResolved, event: Event[EventData], state: TicketState) -> TicketState:
    state = _with_snapshot(state, event, data.ticket)
    at = data.ticket.resolved_at or data.ticket.updated_at
    return _settled(state, data.ticket, at, until=at)


@_told.register
def _(data: TicketUpdated, event: Event[EventData], state: TicketState) -> TicketState:
    state = _with_snapshot(state, event, data.ticket)
    if data.ticket.status != "closed":
        return state
    # Closing also settles what came up after the resolution, such as a bad rating.
    at = data.ticket.resolved_at or data.ticket.updated_at
    return _settled(state, data.ticket, at, until=data.ticket.updated_at)


@_told.register
def _(data: TicketReopened, event: Event[EventData], state: TicketState) -> TicketState:
    return _with_snapshot(state, event, data.ticket)


@_told.register
def _(data: SentimentScored, event: Event[EventData], state: TicketState) -> TicketState:
    origin = Origin.of(event, data.occurred_at)
    if data.imported or not is_newer(origin, state.sentiment):
        return state
    sentiment = Sentiment(origin, data.message_id, data.label, data.score, data.confidence)
    return replace(state, sentiment=sentiment)


@_told.register
def _(data: TicketTriaged, event: Event[EventData], state: TicketState) -> TicketState:
    """Only triage that is newer than all before counts, as in `ingest`, which then takes it."""
    if data.imported or not _is_newer_triage(data, state.triage):
        return state
    triage = Triage(
        origin=Origin.of(event, data.occurred_at),
        message_id=data.message_id,
        intent=data.intent,
        intent_confidence=data.intent_confidence,
        priority=data.priority,
        priority_confidence=data.priority_confidence,
    )
    proposed = higher(state.proposed_priority, data.priority)
    return replace(state, triage=triage, proposed_priority=proposed)


@_told.register
def _(data: ReplyDrafted, event: Event[EventData], state: TicketState) -> TicketState:
    origin = Origin.of(event, data.occurred_at)
    if not is_newer(origin, state.draft):
        return state
    draft = Draft(
        origin=origin,
        draft_id=data.draft_id,
        message_id=data.message_id,
        confidence=data.confidence,
        cautions=data.cautions,
        requested=data.request_id is not None,
    )
    return replace(state, draft=draft)


@_told.register
def _(data: EscalationRequested, event: Event[EventData], state: TicketState) -> TicketState:
    origin = Origin.of(event, data.occurred_at)
    if not is_newer(origin, state.request):
        return state
    return replace(state, request=Request(origin, data.level or LOWEST_LEVEL))


@_told.register
def _(data: CsatReceived, event: Event[EventData], state: TicketState) -> TicketState:
    origin = Origin.of(event, data.occurred_at)
    if not is_newer(origin, state.rating):
        return state
    return replace(state, rating=Rating(origin, data.score))


def _with_snapshot(
    state: TicketState, event: Event[EventData], ticket: contract.TicketSnapshot
) -> TicketState:
    """The highest version wins.

    Nobody waits for an answer to what an imported ticket was brought in with.
    """
    if history := ticket.history:
        settled = state.conversation.with_answer(history.version, history.imported_at)
        if settled is not state.conversation:
            state = replace(state, conversation=settled)
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
        imported_until=ticket.history.version if ticket.history else None,
        resumed_at=ticket.history.resumed_at if ticket.history else None,
    )
    return replace(state, snapshot=snapshot)


def _settled(
    state: TicketState, ticket: contract.TicketSnapshot, at: datetime, *, until: datetime
) -> TicketState:
    return replace(
        state,
        conversation=state.conversation.with_answer(ticket.version, at),
        settled_until=_latest(state.settled_until, until),
    )


def _is_newer_triage(data: TicketTriaged, known: Triage | None) -> bool:
    if known is None:
        return True
    return (data.occurred_at, data.message_id) > (known.origin.at, known.message_id)


def _latest(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else max(known, at)
