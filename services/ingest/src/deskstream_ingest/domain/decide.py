"""The table of decisions: which function decides which command."""

from typing import assert_never

from deskstream_contracts import EventData
from deskstream_ingest.domain.case import Case
from deskstream_ingest.domain.commands import (
    AddMessage,
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
    TakeFact,
    UpdateTicket,
)
from deskstream_ingest.domain.create import create
from deskstream_ingest.domain.drafts import approve, reject
from deskstream_ingest.domain.facts import take
from deskstream_ingest.domain.history import import_ticket
from deskstream_ingest.domain.messages import add_message
from deskstream_ingest.domain.refusals import TicketClosed, TicketUnknown
from deskstream_ingest.domain.requests import request_escalation, request_reply
from deskstream_ingest.domain.resolution import reopen, resolve
from deskstream_ingest.domain.ticket import Ticket
from deskstream_ingest.domain.update import update


def decide(case: Case, command: Command) -> tuple[EventData, ...]:
    """What happens; empty when all is already as the command wants it, whoever wanted it first.

    Raises `Refused` when a person's command is not possible. Facts of other services are never
    refused: one that has no place changes nothing.
    """
    if isinstance(command, CreateTicket):
        return create(case, command)
    if isinstance(command, ImportTicket):
        return import_ticket(case, command)
    if isinstance(command, TakeFact):
        return take(case, command)
    ticket = case.ticket
    if ticket is None:
        raise TicketUnknown(case.ticket_id)
    happened = _decide(case, ticket, command)
    if happened and ticket.head.status == "closed":
        raise TicketClosed(ticket)
    return happened


def _decide(case: Case, ticket: Ticket, command: CommandOnTicket) -> tuple[EventData, ...]:
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
            return approve(ticket, case.drafts.get(command.draft_id), command)
        case RejectDraft():
            return reject(case.drafts.get(command.draft_id), command)
    assert_never(command)
