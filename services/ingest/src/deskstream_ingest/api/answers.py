"""What commands answer: always the ticket as it is now."""

from uuid import UUID

from pydantic import BaseModel

from deskstream_contracts.events.ticket import TicketSnapshot
from deskstream_ingest.domain.draft import Draft, DraftStatus
from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.http.idempotency import Answer


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


def ticket_answer(ticket: Ticket, status: int = 200) -> Answer:
    """The ticket alone."""
    return _answer(ticket, status, ticket_body(ticket))


def message_answer(ticket: Ticket, message_id: UUID) -> Answer:
    """201: the message is there now."""
    body = MessageAnswer(message_id=message_id, ticket=ticket_body(ticket))
    return _answer(ticket, 201, body)


def request_answer(ticket: Ticket, request_id: UUID) -> Answer:
    """202: another service will see to it."""
    body = RequestAnswer(request_id=request_id, ticket=ticket_body(ticket))
    return _answer(ticket, 202, body)


def reached_answer(ticket: Ticket) -> Answer:
    """200: it is so already."""
    return _answer(ticket, 200, RequestAnswer(ticket=ticket_body(ticket)))


def draft_answer(ticket: Ticket, draft: Draft) -> Answer:
    """What became of the draft."""
    body = DraftAnswer(
        draft_id=draft.id,
        status=draft.status,
        ticket=ticket_body(ticket),
        message_id=draft.sent_as,
    )
    return _answer(ticket, 200, body)


def ticket_body(ticket: Ticket) -> TicketAnswer:
    """The ticket as callers see it."""
    return TicketAnswer.model_construct(id=ticket.id, **dict(ticket.head))


def _answer(ticket: Ticket, status: int, body: BaseModel) -> Answer:
    headers = {"ETag": f'"{ticket.head.version}"'}
    if status == 201:
        headers["Location"] = f"/v1/tickets/{ticket.id}"
    return Answer(status, body, headers)
