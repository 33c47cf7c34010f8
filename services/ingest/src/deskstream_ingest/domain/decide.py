"""The table of decisions: which function decides which command."""

from typing import assert_never

from deskstream_contracts import EventData
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.commands import (
    AddMessage,
    ApplyEvent,
    ApproveDraft,
    Command,
    CommandOnTicket,
    CreateTicket,
    ImportTicket,
    RejectDraft,
    ReopenTicket,
    RequestEscalation,
    RequestReply,
    ResolveTicket,
    UpdateTicket,
)
from deskstream_ingest.domain.create import create
from deskstream_ingest.domain.drafts import approve, reject
from deskstream_ingest.domain.external_events import apply_event
from deskstream_ingest.domain.history import import_ticket
from deskstream_ingest.domain.messages import add_message
from deskstream_ingest.domain.refusals import TicketClosed
from deskstream_ingest.domain.requests import request_escalation, request_reply
from deskstream_ingest.domain.resolution import reopen, resolve
from deskstream_ingest.domain.ticket import Ticket
from deskstream_ingest.domain.update import update


def decide(aggregate: TicketAggregate, command: Command) -> tuple[EventData, ...]:
    """The new events; none when all is already as the command wants it.

    Raises `Refused` when a person's command is not possible. Events of other services are
    never refused: one that no longer fits changes nothing.
    """
    if isinstance(command, CreateTicket):
        return create(aggregate, command)
    if isinstance(command, ImportTicket):
        return import_ticket(aggregate, command)
    if isinstance(command, ApplyEvent):
        return apply_event(aggregate, command)
    ticket = aggregate.known
    new_events = _decide(aggregate, ticket, command)
    if new_events and ticket.snapshot.status == "closed":
        raise TicketClosed(ticket)
    return new_events


def _decide(
    aggregate: TicketAggregate, ticket: Ticket, command: CommandOnTicket
) -> tuple[EventData, ...]:
    match command:
        case UpdateTicket():
            return update(ticket, command)
        case AddMessage():
            return add_message(ticket, command)
        case ResolveTicket():
            return resolve(ticket, command)
        case ReopenTicket():
            return reopen(ticket, command)
        case RequestEscalation():
            return request_escalation(ticket, command)
        case RequestReply():
            return request_reply(ticket, command)
        case ApproveDraft():
            return approve(ticket, aggregate.drafts.get(command.draft_id), command)
        case RejectDraft():
            return reject(aggregate.drafts.get(command.draft_id), command)
    assert_never(command)
