"""Requests about a ticket that is there, and how each becomes a command."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from deskstream_contracts.events.escalation import EscalationLevel
from deskstream_contracts.events.ticket import Actor, Priority
from deskstream_contracts.model import Code, LanguageTag
from deskstream_ingest.api.requests.fields import (
    Body,
    Identifier,
    Note,
    RequestModel,
    Subject,
    Tags,
)
from deskstream_ingest.domain.commands import (
    AddMessage,
    ApproveDraft,
    RejectDraft,
    ReopenTicket,
    RequestEscalation,
    RequestReply,
    ResolveTicket,
    TicketChanges,
    UpdateTicket,
)
from deskstream_runtime.http.instants import OccurredAt
from deskstream_runtime.ids import new_id

_NULLABLE = frozenset({"queue", "assignee_id"})


class UpdateTicketRequest(RequestModel):
    """The fields to set; those left out stay as they are. Null clears the queue or the assignee."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    subject: Subject | None = None
    status: Literal["open", "pending", "on_hold"] | None = None
    priority: Priority | None = None
    queue: Code | None = None
    assignee_id: Identifier | None = None
    tags: Tags | None = None

    @model_validator(mode="after")
    def _is_meant(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to set")
        for name in self.model_fields_set - _NULLABLE:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def command(self, actor: Actor, at: datetime) -> UpdateTicket:
        changes = {name: getattr(self, name) for name in sorted(self.model_fields_set)}
        return UpdateTicket(TicketChanges(**changes), actor, at)  # type: ignore[typeddict-item]


class AddMessageRequest(RequestModel):
    """inbound: the customer wrote it; outbound: send it to the customer; note: agents only."""

    kind: Literal["inbound", "outbound", "note"]
    body: Body
    channel: Code | None = None
    language: LanguageTag | None = None
    occurred_at: OccurredAt | None = None

    def command(self, actor: Actor, at: datetime) -> AddMessage:
        """The command. What is sent or noted here happens now."""
        inbound = self.kind == "inbound"
        return AddMessage(
            message_id=new_id(),
            kind=self.kind,
            body=self.body,
            actor=actor,
            occurred_at=min(self.occurred_at or at, at) if inbound else at,
            at=at,
            channel=self.channel,
            language=self.language,
        )


class ResolveRequest(RequestModel):
    """Why the matter is settled."""

    code: Code | None = None
    note: Note | None = None

    def command(self, actor: Actor, at: datetime) -> ResolveTicket:
        return ResolveTicket(actor, at, self.code, self.note)


class ReopenRequest(RequestModel):
    """Why it is not settled."""

    reason: Code | None = None
    note: Note | None = None

    def command(self, actor: Actor, at: datetime) -> ReopenTicket:
        return ReopenTicket(actor, at, self.reason, self.note)


class EscalateRequest(RequestModel):
    """Why a higher level should look at it, and which."""

    reason: Code | None = None
    note: Note | None = None
    level: Annotated[EscalationLevel | None, Field(strict=True)] = None

    def command(self, actor: Actor, at: datetime) -> RequestEscalation:
        return RequestEscalation(new_id(), actor, at, self.reason, self.note, self.level)


class DraftReplyRequest(RequestModel):
    """What the new draft should be like."""

    instructions: Note | None = None
    tone: Code | None = None
    language: LanguageTag | None = None

    def command(self, actor: Actor, at: datetime) -> RequestReply:
        return RequestReply(new_id(), actor, at, self.instructions, self.tone, self.language)


class ApproveRequest(RequestModel):
    """The text to send in the draft's place, if it was edited."""

    body: Body | None = None

    def command(self, draft_id: UUID, actor: Actor, at: datetime) -> ApproveDraft:
        return ApproveDraft(draft_id, new_id(), actor, at, self.body)


class RejectRequest(RequestModel):
    """Why the draft must not be sent."""

    reason: Code | None = None
    feedback: Note | None = None

    def command(self, draft_id: UUID, actor: Actor, at: datetime) -> RejectDraft:
        return RejectDraft(draft_id, actor, at, self.reason, self.feedback)
