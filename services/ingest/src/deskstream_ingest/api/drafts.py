"""Routes of a draft: approved, with or without changes, or rejected."""

from uuid import UUID

from fastapi import APIRouter, Response

from deskstream_ingest.api.answers import DraftAnswer, draft_answer
from deskstream_ingest.api.call import Call, Writer, actor_of
from deskstream_ingest.api.problems import ON_TICKET
from deskstream_ingest.api.requests import ApproveRequest, RejectRequest
from deskstream_ingest.api.ticket_commands import TicketCommands


def drafts_router(tickets: TicketCommands) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/tickets/{ticket_id}/drafts/{draft_id}", tags=["drafts"])

    @router.post("/approve", response_model=DraftAnswer, responses=ON_TICKET)
    async def approve(
        ticket_id: UUID,
        draft_id: UUID,
        principal: Writer,
        call: Call,
        body: ApproveRequest | None = None,
    ) -> Response:
        """Send the draft to the customer."""
        body = body or ApproveRequest()
        command = body.command(draft_id, actor_of(principal), tickets.clock())
        return await tickets.run(
            call,
            principal,
            ticket_id,
            command,
            lambda case, ticket: draft_answer(ticket, case.drafts[draft_id]),
            draft_id=draft_id,
        )

    @router.post("/reject", response_model=DraftAnswer, responses=ON_TICKET)
    async def reject(
        ticket_id: UUID,
        draft_id: UUID,
        principal: Writer,
        call: Call,
        body: RejectRequest | None = None,
    ) -> Response:
        """Never send the draft."""
        body = body or RejectRequest()
        command = body.command(draft_id, actor_of(principal), tickets.clock())
        return await tickets.run(
            call,
            principal,
            ticket_id,
            command,
            lambda case, ticket: draft_answer(ticket, case.drafts[draft_id]),
            draft_id=draft_id,
        )

    return router
