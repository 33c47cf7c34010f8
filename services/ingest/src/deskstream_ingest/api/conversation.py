"""Routes of a ticket's conversation: messages, and drafts asked for."""

from uuid import UUID

from fastapi import APIRouter, Response

from deskstream_ingest.api.answers import (
    MessageAnswer,
    RequestAnswer,
    message_answer,
    request_answer,
)
from deskstream_ingest.api.call import Call, Writer, actor_of
from deskstream_ingest.api.problems import ON_TICKET
from deskstream_ingest.api.requests import AddMessageRequest, DraftReplyRequest
from deskstream_ingest.api.ticket_commands import TicketCommands
from deskstream_runtime.http.answers import LOCATION, headers


def conversation_router(tickets: TicketCommands) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/tickets/{ticket_id}", tags=["conversation"])

    @router.post(
        "/messages",
        status_code=201,
        response_model=MessageAnswer,
        responses=ON_TICKET | headers(201, LOCATION),
    )
    async def add_message(
        ticket_id: UUID, body: AddMessageRequest, principal: Writer, call: Call
    ) -> Response:
        """Add what the customer wrote, send an answer, or leave a note."""
        command = body.command(actor_of(principal), tickets.clock())
        return await tickets.run(
            call,
            principal,
            ticket_id,
            command,
            lambda _, ticket: message_answer(ticket, command.message_id),
        )

    @router.post("/replies", status_code=202, response_model=RequestAnswer, responses=ON_TICKET)
    async def request_reply(
        ticket_id: UUID, principal: Writer, call: Call, body: DraftReplyRequest | None = None
    ) -> Response:
        """Ask for a new draft."""
        body = body or DraftReplyRequest()
        command = body.command(actor_of(principal), tickets.clock())
        return await tickets.run(
            call,
            principal,
            ticket_id,
            command,
            lambda _, ticket: request_answer(ticket, command.request_id),
        )

    return router
