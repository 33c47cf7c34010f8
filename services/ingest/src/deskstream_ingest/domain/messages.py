"""A message joins the conversation: from the customer, to the customer, or among agents."""

from typing import assert_never

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import (
    Actor,
    Status,
    TicketMessageAdded,
    TicketReopened,
    TicketSnapshot,
)
from deskstream_ingest.domain.commands import AddMessage
from deskstream_ingest.domain.reasons import CUSTOMER_WROTE
from deskstream_ingest.domain.replies import Reply, send
from deskstream_ingest.domain.snapshot import awake_snapshot, next_snapshot, reopened_snapshot
from deskstream_ingest.domain.ticket import Ticket


def add_message(ticket: Ticket, command: AddMessage) -> tuple[EventData, ...]:
    """The message, and what it brings about."""
    match command.kind:
        case "inbound":
            return _receive(ticket, command)
        case "outbound":
            reply = Reply(
                message_id=command.message_id,
                body=command.body,
                actor=command.actor,
                at=command.at,
                channel=command.channel or ticket.snapshot.channel,
                language=command.language or ticket.language,
                in_reply_to=ticket.last_inbound_id,
            )
            return send(ticket, reply)
        case "note":
            return (_message(ticket.snapshot, command, command.actor, ticket.snapshot.status),)
    assert_never(command.kind)


def _receive(ticket: Ticket, command: AddMessage) -> tuple[EventData, ...]:
    """The customer wrote: the ticket is open (reopened if resolved), and awake if imported."""
    customer = Actor(kind="customer", id=str(ticket.customer.id))
    snapshot = awake_snapshot(ticket.snapshot, command.at)
    if snapshot.status != "resolved":
        return (_message(snapshot, command, customer, "open"),)
    snapshot = reopened_snapshot(snapshot, command.at)
    reopened = TicketReopened(
        ticket=snapshot, actor=customer, occurred_at=command.at, reason=CUSTOMER_WROTE
    )
    return (reopened, _message(snapshot, command, customer, "open"))


def _message(
    snapshot: TicketSnapshot, command: AddMessage, actor: Actor, status: Status
) -> TicketMessageAdded:
    return TicketMessageAdded(
        ticket=next_snapshot(
            snapshot, command.at, status=status, message_count=snapshot.message_count + 1
        ),
        message_id=command.message_id,
        kind=command.kind,
        actor=actor,
        body=command.body,
        channel=command.channel or snapshot.channel,
        occurred_at=command.occurred_at,
        language=command.language,
    )
