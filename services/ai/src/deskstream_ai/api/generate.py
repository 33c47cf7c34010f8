"""Drafts on demand: POST /ai/generate-response."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from deskstream_ai.domain.analysis import Draft, NoDraft
from deskstream_ai.domain.events import Cause, answered, fact
from deskstream_ai.domain.message import DraftOptions
from deskstream_ai.handlers.workers.drafter import Drafted, Drafter
from deskstream_contracts.events.model_run import ModelRun, Source
from deskstream_contracts.events.reply import ReplyDrafted
from deskstream_contracts.model import Code, LanguageTag
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import Effects
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.commands import Command, CommandContext, Commands
from deskstream_runtime.http.idempotency import CommandResponse, IdempotencyKey
from deskstream_runtime.http.problems import Problem, not_found
from deskstream_runtime.http.responses import problems
from deskstream_runtime.ids import new_id
from deskstream_runtime.observability.telemetry import current_traceparent
from deskstream_runtime.postgres.connection import Transaction

Caller = Annotated[Principal, Depends(Permission("ai:use"))]
Instructions = Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")]


class DraftRequest(BaseModel):
    """For which ticket a draft is wanted, and how it should be."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: UUID
    instructions: (
        Annotated[str, StringConstraints(max_length=2_000, pattern=r"^[^\x00]*$")] | None
    ) = None
    tone: Code | None = None
    language: LanguageTag | None = None


class DraftAnswer(BaseModel):
    """The draft: also told as `reply.drafted`, so that it can be approved like any other."""

    draft_id: UUID
    ticket_id: UUID
    message_id: UUID
    body: str
    confidence: float
    sources: tuple[Source, ...]
    cautions: tuple[str, ...]
    model: ModelRun


def create_generate_router(commands: Commands, drafter: Drafter, clock: Clock) -> APIRouter:
    """The route of drafts on demand."""
    router = APIRouter(prefix="/ai", tags=["ai"])

    @router.post(
        "/generate-response",
        response_model=DraftAnswer,
        responses=problems(404)
        | problems(409, because="The ticket is closed, or nothing known answers the message."),
    )
    async def generate_response(
        request: Request, principal: Caller, asked: DraftRequest, key: IdempotencyKey = None
    ) -> Response:
        """Answers with a draft for the customer's last message on the ticket.

        The model is asked before the transaction begins: it may take seconds.
        """
        options = DraftOptions(asked.instructions, asked.tone, asked.language)
        drafted = await drafter.draft(asked.ticket_id, None, options)
        if drafted is None:
            raise not_found("ticket", f"{asked.ticket_id} (or it has not arrived here yet)")
        if isinstance(drafted.answer, NoDraft):
            raise _no_draft(drafted.answer)
        answer = drafted.answer

        async def act(_tx: Transaction) -> tuple[Effects, CommandResponse]:
            return _told(asked.ticket_id, drafted, answer)

        return await commands.run(
            Command(CommandContext(request, principal, key), act, lambda answer: answer)
        )

    def _told(ticket_id: UUID, drafted: Drafted, answer: Draft) -> tuple[Effects, CommandResponse]:
        born = new_id()
        cause = Cause(
            id=born,
            correlation_id=drafted.correlation_id or born,
            traceparent=current_traceparent(),
        )
        now = clock()
        data = answered(cause, drafted.message_id, answer, now)
        assert isinstance(data, ReplyDrafted)
        body = DraftAnswer(
            draft_id=data.draft_id,
            ticket_id=ticket_id,
            message_id=data.message_id,
            body=data.body,
            confidence=data.confidence,
            sources=data.sources,
            cautions=data.cautions,
            model=data.model,
        )
        # No event caused it: a person asked.
        event = fact(cause, ticket_id, data, now)._replace(causation_id=None)
        return Effects(events=[event]), CommandResponse(200, body)

    return router


def _no_draft(answer: NoDraft) -> Problem:
    detail = f"{answer.detail} Publish an article that does, or write the reply yourself."
    return Problem(409, answer.reason.replace("_", "-"), "No draft could be made", detail)
