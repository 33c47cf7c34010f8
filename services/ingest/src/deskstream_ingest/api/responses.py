"""What commands answer: always the ticket as it is now."""

from uuid import UUID

from pydantic import BaseModel

from deskstream_contracts.events.ticket import TicketSnapshot
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.commands import RequestEscalation
from deskstream_ingest.domain.draft import DraftStatus
from deskstream_ingest.domain.requests import is_reached
from deskstream_ingest.domain.ticket import Ticket
from deskstream_ingest.handlers.commands import AcceptedTicket
from deskstream_runtime.http.idempotency import CommandResponse


class TicketAnswer(TicketSnapshot):
    """A ticket's lifecycle fields."""

    id: UUID


class MessageAnswer(BaseModel):
    """A message was added."""

    message_id: UUID
    ticket: TicketAnswer


class RequestAnswer(BaseModel):
    """Something was asked of another service; `request_id` is what its answer will name.

    Without one nothing was asked, because it is so already.
    """

    ticket: TicketAnswer
    request_id: UUID | None = None


class DraftAnswer(BaseModel):
    """What was decided about a draft; `message_id` is that of the message it became."""

    draft_id: UUID
    status: DraftStatus
    ticket: TicketAnswer
    message_id: UUID | None = None


def accepted_response(accepted: AcceptedTicket) -> CommandResponse:
    """201 with the new ticket, or 200 with the same one that was accepted before."""
    ticket = accepted.ticket
    return _response(ticket, 201 if accepted.created else 200, ticket_body(ticket))


def ticket_response(aggregate: TicketAggregate) -> CommandResponse:
    return _response(aggregate.known, 200, ticket_body(aggregate.known))


def message_response(message_id: UUID, aggregate: TicketAggregate) -> CommandResponse:
    """201: the message is there now."""
    body = MessageAnswer(message_id=message_id, ticket=ticket_body(aggregate.known))
    return _response(aggregate.known, 201, body)


def request_response(request_id: UUID, aggregate: TicketAggregate) -> CommandResponse:
    """202: another service will see to it."""
    body = RequestAnswer(request_id=request_id, ticket=ticket_body(aggregate.known))
    return _response(aggregate.known, 202, body)


def escalation_response(command: RequestEscalation, aggregate: TicketAggregate) -> CommandResponse:
    """202: asked for; 200: the ticket is at that level already."""
    if not is_reached(aggregate.known, command):
        return request_response(command.request_id, aggregate)
    return _response(aggregate.known, 200, RequestAnswer(ticket=ticket_body(aggregate.known)))


def draft_response(draft_id: UUID, aggregate: TicketAggregate) -> CommandResponse:
    """200 with what was decided about the draft."""
    draft = aggregate.drafts[draft_id]
    body = DraftAnswer(
        draft_id=draft.id,
        status=draft.status,
        ticket=ticket_body(aggregate.known),
        message_id=draft.sent_as,
    )
    return _response(aggregate.known, 200, body)


def ticket_body(ticket: Ticket) -> TicketAnswer:
    return TicketAnswer.model_construct(id=ticket.id, **dict(ticket.snapshot))


def _response(ticket: Ticket, status: int, body: BaseModel) -> CommandResponse:
    headers = {"ETag": f'"{ticket.snapshot.version}"'}
    if status == 201:
        headers["Location"] = f"/v1/tickets/{ticket.id}"
    return CommandResponse(status, body, headers)
