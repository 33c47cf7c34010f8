"""The routes of tickets: each builds a command and says how its outcome is answered."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from deskstream_contracts.events.ticket import Actor
from deskstream_ingest.api.refusals import ON_CREATE, ON_TICKET
from deskstream_ingest.api.requests.changes import (
    AddMessageRequest,
    ApproveRequest,
    DraftReplyRequest,
    EscalateRequest,
    RejectRequest,
    ReopenRequest,
    ResolveRequest,
    UpdateTicketRequest,
)
from deskstream_ingest.api.requests.customer import addresses_of
from deskstream_ingest.api.requests.new_ticket import NewTicketRequest
from deskstream_ingest.api.requests.ticket_history import TicketHistoryRequest
from deskstream_ingest.api.responses import (
    DraftAnswer,
    MessageAnswer,
    RequestAnswer,
    TicketAnswer,
    accepted_response,
    draft_response,
    escalation_response,
    message_response,
    request_response,
    ticket_response,
)
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.commands import CommandOnTicket
from deskstream_ingest.domain.customer import AddressRules
from deskstream_ingest.handlers.commands import AcceptedTicket, CommandHandlers
from deskstream_runtime.clock import Clock
from deskstream_runtime.http.commands import Command, CommandContext, Commands, change, creation
from deskstream_runtime.http.idempotency import CommandResponse
from deskstream_runtime.http.responses import ETAG, LOCATION, Responses, headers

Creation = Annotated[CommandContext, Depends(creation("tickets:write"))]
Import = Annotated[CommandContext, Depends(creation("tickets:import"))]
Change = Annotated[CommandContext, Depends(change("tickets:write"))]
OnTicket = Command[TicketAggregate]


def creation_router(
    commands: Commands, handlers: CommandHandlers, rules: AddressRules, clock: Clock
) -> APIRouter:
    """The routes that make a ticket. `rules` bring the addresses of a customer into one form."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])
    route = commands.route

    @route(router, "POST", "", TicketAnswer, status=201, responses=_created("It was accepted"))
    def create(body: NewTicketRequest, context: Creation) -> Command[AcceptedTicket]:
        """Accept a customer's message as a ticket."""
        ticket_id, reached = body.ticket_id(), addresses_of(body.customer, rules)
        handler = partial(
            handlers.accept,
            ticket_id=ticket_id,
            command=body.command(reached, ticket_id, clock()),
            is_external=body.external is not None,
        )
        return Command(context, handler, accepted_response)

    @route(
        router,
        "POST",
        "/history",
        TicketAnswer,
        status=201,
        responses=_created("It was brought in"),
    )
    def bring_in(body: TicketHistoryRequest, context: Import) -> Command[AcceptedTicket]:
        """Take a ticket over from another system, with its past."""
        ticket_id, reached = body.ticket_id(), addresses_of(body.customer, rules)
        handler = partial(
            handlers.accept,
            ticket_id=ticket_id,
            command=body.import_command(_actor(context), reached, ticket_id, clock()),
            is_external=True,
        )
        return Command(context, handler, accepted_response)

    return router


def ticket_routers(commands: Commands, handlers: CommandHandlers, clock: Clock) -> list[APIRouter]:
    """The routes of a ticket that is there, of its conversation and of its drafts."""
    tickets = APIRouter(prefix="/v1/tickets", tags=["tickets"])
    conversation = APIRouter(prefix="/v1/tickets/{ticket_id}", tags=["conversation"])
    drafts = APIRouter(prefix="/v1/tickets/{ticket_id}/drafts/{draft_id}", tags=["drafts"])
    route = commands.route

    def on_ticket(
        context: CommandContext,
        ticket_id: UUID,
        command: CommandOnTicket,
        respond: Callable[[TicketAggregate], CommandResponse],
        draft_id: UUID | None = None,
    ) -> OnTicket:
        handler = partial(
            handlers.change,
            ticket_id=ticket_id,
            command=command,
            expected=context.expected,
            draft_id=draft_id,
        )
        return Command(context, handler, respond)

    @route(tickets, "PATCH", "/{ticket_id}", TicketAnswer, responses=ON_TICKET)
    def update(ticket_id: UUID, body: UpdateTicketRequest, context: Change) -> OnTicket:
        """Set fields of a ticket."""
        command = body.command(_actor(context), clock())
        return on_ticket(context, ticket_id, command, ticket_response)

    @route(tickets, "POST", "/{ticket_id}/resolve", TicketAnswer, responses=ON_TICKET)
    def resolve(ticket_id: UUID, context: Change, body: ResolveRequest | None = None) -> OnTicket:
        """Say that the matter is settled."""
        command = (body or ResolveRequest()).command(_actor(context), clock())
        return on_ticket(context, ticket_id, command, ticket_response)

    @route(tickets, "POST", "/{ticket_id}/reopen", TicketAnswer, responses=ON_TICKET)
    def reopen(ticket_id: UUID, context: Change, body: ReopenRequest | None = None) -> OnTicket:
        """Say that it is not settled after all."""
        command = (body or ReopenRequest()).command(_actor(context), clock())
        return on_ticket(context, ticket_id, command, ticket_response)

    @route(
        tickets,
        "POST",
        "/{ticket_id}/escalate",
        RequestAnswer,
        status=202,
        responses=ON_TICKET | {200: {"model": RequestAnswer, "description": "It is so already."}},
    )
    def escalate(ticket_id: UUID, context: Change, body: EscalateRequest | None = None) -> OnTicket:
        """Ask that a higher level looks at the ticket."""
        command = (body or EscalateRequest()).command(_actor(context), clock())
        return on_ticket(context, ticket_id, command, partial(escalation_response, command))

    @route(
        conversation,
        "POST",
        "/messages",
        MessageAnswer,
        status=201,
        responses=ON_TICKET | headers(201, LOCATION),
    )
    def add_message(ticket_id: UUID, body: AddMessageRequest, context: Change) -> OnTicket:
        """Add what the customer wrote, send an answer, or leave a note."""
        command = body.command(_actor(context), clock())
        respond = partial(message_response, command.message_id)
        return on_ticket(context, ticket_id, command, respond)

    @route(conversation, "POST", "/replies", RequestAnswer, status=202, responses=ON_TICKET)
    def request_reply(
        ticket_id: UUID, context: Change, body: DraftReplyRequest | None = None
    ) -> OnTicket:
        """Ask for a new draft."""
        command = (body or DraftReplyRequest()).command(_actor(context), clock())
        respond = partial(request_response, command.request_id)
        return on_ticket(context, ticket_id, command, respond)

    @route(drafts, "POST", "/approve", DraftAnswer, responses=ON_TICKET)
    def approve(
        ticket_id: UUID, draft_id: UUID, context: Change, body: ApproveRequest | None = None
    ) -> OnTicket:
        """Send the draft to the customer."""
        command = (body or ApproveRequest()).command(draft_id, _actor(context), clock())
        return on_ticket(context, ticket_id, command, partial(draft_response, draft_id), draft_id)

    @route(drafts, "POST", "/reject", DraftAnswer, responses=ON_TICKET)
    def reject(
        ticket_id: UUID, draft_id: UUID, context: Change, body: RejectRequest | None = None
    ) -> OnTicket:
        """Never send the draft."""
        command = (body or RejectRequest()).command(draft_id, _actor(context), clock())
        return on_ticket(context, ticket_id, command, partial(draft_response, draft_id), draft_id)

    return [tickets, conversation, drafts]


def _actor(context: CommandContext) -> Actor:
    """API keys belong to systems."""
    return Actor(kind="integration", id=context.principal.id)


def _created(known: str) -> Responses:
    """What creating answers; `known` is what 200 means."""
    return {
        **ON_CREATE,
        200: {"model": TicketAnswer, "description": f"{known} before, just so."}
        | headers(200, ETAG)[200],
        **headers(201, ETAG, LOCATION),
    }
