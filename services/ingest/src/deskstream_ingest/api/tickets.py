"""Routes of a ticket's life: created, changed, resolved, reopened, escalated."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from deskstream_ingest.api.answers import (
    RequestAnswer,
    TicketAnswer,
    reached_answer,
    request_answer,
    ticket_answer,
)
from deskstream_ingest.api.call import Call, Importer, RequestContext, Writer, actor_of
from deskstream_ingest.api.new_ticket import NewTicketRequest
from deskstream_ingest.api.problems import ON_CREATE, ON_TICKET
from deskstream_ingest.api.requests import (
    EscalateRequest,
    ReopenRequest,
    ResolveRequest,
    UpdateTicketRequest,
)
from deskstream_ingest.api.ticket_commands import TicketCommands
from deskstream_ingest.api.ticket_history import TicketHistoryRequest
from deskstream_ingest.domain.requests import is_reached
from deskstream_runtime.http.answers import ETAG, LOCATION, Responses, headers
from deskstream_runtime.http.idempotency import IdempotencyKey


def tickets_router(tickets: TicketCommands) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @router.post(
        "",
        status_code=201,
        response_model=TicketAnswer,
        responses=_created("It was accepted before, just so."),
    )
    async def create(
        body: NewTicketRequest, principal: Writer, request: Request, key: IdempotencyKey = None
    ) -> Response:
        """Accept a customer's message as a ticket."""
        call = RequestContext(request, key, expected=None)
        return await tickets.create(call, principal, body)

    @router.post(
        "/history",
        status_code=201,
        response_model=TicketAnswer,
        responses=_created("It was brought in before, just so."),
    )
    async def bring_in(
        body: TicketHistoryRequest,
        principal: Importer,
        request: Request,
        key: IdempotencyKey = None,
    ) -> Response:
        """Take a ticket over from another system, with its past."""
        call = RequestContext(request, key, expected=None)
        return await tickets.bring_in(call, principal, body)

    @router.patch("/{ticket_id}", response_model=TicketAnswer, responses=ON_TICKET)
    async def update(
        ticket_id: UUID, body: UpdateTicketRequest, principal: Writer, call: Call
    ) -> Response:
        """Set fields of a ticket."""
        command = body.command(actor_of(principal), tickets.clock())
        return await tickets.run(
            call, principal, ticket_id, command, lambda _, ticket: ticket_answer(ticket)
        )

    @router.post("/{ticket_id}/resolve", response_model=TicketAnswer, responses=ON_TICKET)
    async def resolve(
        ticket_id: UUID, principal: Writer, call: Call, body: ResolveRequest | None = None
    ) -> Response:
        """Say that the matter is settled."""
        body = body or ResolveRequest()
        command = body.command(actor_of(principal), tickets.clock())
        return await tickets.run(
            call, principal, ticket_id, command, lambda _, ticket: ticket_answer(ticket)
        )

    @router.post("/{ticket_id}/reopen", response_model=TicketAnswer, responses=ON_TICKET)
    async def reopen(
        ticket_id: UUID, principal: Writer, call: Call, body: ReopenRequest | None = None
    ) -> Response:
        """Say that it is not settled after all."""
        body = body or ReopenRequest()
        command = body.command(actor_of(principal), tickets.clock())
        return await tickets.run(
            call, principal, ticket_id, command, lambda _, ticket: ticket_answer(ticket)
        )

    @router.post(
        "/{ticket_id}/escalate",
        status_code=202,
        response_model=RequestAnswer,
        responses=ON_TICKET | {200: {"model": RequestAnswer, "description": "It is so already."}},
    )
    async def escalate(
        ticket_id: UUID, principal: Writer, call: Call, body: EscalateRequest | None = None
    ) -> Response:
        """Ask that a higher level looks at the ticket."""
        body = body or EscalateRequest()
        command = body.command(actor_of(principal), tickets.clock())
        return await tickets.run(
            call,
            principal,
            ticket_id,
            command,
            lambda _, ticket: (
                reached_answer(ticket)
                if is_reached(ticket, command)
                else request_answer(ticket, command.request_id)
            ),
        )

    return router


def _created(known: str) -> Responses:
    """What creating answers; `known` is what 200 means."""
    return {
        **ON_CREATE,
        200: {"model": TicketAnswer, "description": known} | headers(200, ETAG)[200],
        **headers(201, ETAG, LOCATION),
    }
