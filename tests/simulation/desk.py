"""The people and systems of a simulation, and what they send."""

from datetime import UTC, datetime
from typing import Literal, cast
from uuid import UUID, uuid5

from deskstream_contracts import Event, follow_id
from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.ticket import Actor, Customer, Priority, TicketTriaged
from deskstream_contracts.partition import partition_of
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.commands import (
    AddMessage,
    Command,
    CreateTicket,
    ReopenTicket,
    ResolveTicket,
    UpdateTicket,
)

BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_SPACE = UUID(int=0)
TICKETS = tuple(uuid5(_SPACE, f"ticket {number}") for number in range(3))
"""Two of them share a partition."""
PARTITIONS = sorted({partition_of(str(ticket), 6) for ticket in TICKETS})
SPOILT_TOPICS = (
    "ticket.created",
    "ticket.updated",
    "ticket.message_added",
    "ticket.resolved",
    "ticket.triaged",
    "sla.started",
)

_AGENT = Actor(kind="agent", id="kim")
_SOMEBODY = Actor(kind="customer")
_CUSTOMER = Customer(id=uuid5(_SPACE, "customer"))
_MODEL = ModelRun(provider="local", name="rules", version="1")
_KINDS: dict[str, Literal["inbound", "outbound", "note"]] = {
    "inbound": "inbound",
    "answer": "outbound",
    "note": "note",
}


def command_of(wish: str, case: TicketAggregate, at: datetime, message_id: UUID) -> Command:
    """What is asked of ingest: to create the ticket when there is none, else what is wished."""
    if case.ticket is None:
        first_id = follow_id(case.ticket_id, "message")
        return CreateTicket(first_id, "Help", "Where is it?", "rest", _CUSTOMER, at)
    if kind := _KINDS.get(wish):
        by = _SOMEBODY if kind == "inbound" else _AGENT
        return AddMessage(message_id, kind, "It is late.", by, at, at)
    match wish:
        case "resolve":
            return ResolveTicket(_AGENT, at)
        case "reopen":
            return ReopenTicket(_AGENT, at)
        case priority:
            return UpdateTicket({"priority": cast(Priority, priority)}, _AGENT, at)


def judged(ticket_id: UUID, priority: str, at: datetime, event_id: UUID) -> Event[TicketTriaged]:
    """What a model finds that a ticket's first message wants."""
    data = TicketTriaged(
        message_id=follow_id(ticket_id, "message"),
        intent="delivery",
        intent_confidence=0.9,
        priority=cast(Priority, priority),
        priority_confidence=0.9,
        model=_MODEL,
        occurred_at=at,
    )
    return Event(event_id, ticket_id, at, data)
