"""A proposed reply, and what was decided about it."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.reply import (
    ReplyApproved,
    ReplyAutoApproved,
    ReplyDrafted,
    ReplyDraftFailed,
    ReplyRejected,
)
from deskstream_contracts.events.ticket import Actor
from deskstream_projection.domain.columns import Codes, Text, joined, storable
from deskstream_projection.domain.lww import ReadModel, Rows, moment, rank

DecisionKind = Literal["failed", "auto_approved", "rejected", "approved"]

_FINALITY: dict[DecisionKind, int] = {
    "failed": 0, "auto_approved": 1, "rejected": 2, "approved": 3,
}  # fmt: skip


class Proposal(NamedTuple):
    """The proposed reply. Ordered by its event's revision."""

    message_id: UUID
    body: Text
    confidence: float | None
    model: Text | None
    language: str | None
    cautions: Codes
    drafted_at: datetime


class Decision(NamedTuple):
    """What was decided. Ordered by how final it is, then by time."""

    decision: DecisionKind
    decided_at: datetime
    decided_by: Text
    decision_reason: str


DraftRegister = Proposal | Decision


def proposal(drafts: Rows[Proposal], event: Event[ReplyDrafted]) -> None:
    data = event.data
    values = Proposal(
        message_id=data.message_id,
        body=storable(data.body),
        confidence=data.confidence,
        model=storable(f"{data.model.provider}/{data.model.name}"),
        language=data.language,
        cautions=joined(data.cautions),
        drafted_at=data.occurred_at,
    )
    drafts.put(data.draft_id, rank(0, event), values, event.subject)


def failure(drafts: Rows[DraftRegister], event: Event[ReplyDraftFailed]) -> None:
    """No reply could be proposed: a draft without text, known by the event's id."""
    data = event.data
    at = data.occurred_at
    values = Proposal(data.message_id, Text(""), None, None, None, joined(()), at)
    drafts.put(event.id, rank(0, event), values, event.subject)
    _decide(drafts, event, event.id, Decision("failed", at, Text("ai"), data.reason))


def decision(
    drafts: Rows[Decision], event: Event[ReplyAutoApproved | ReplyApproved | ReplyRejected]
) -> None:
    """A rule or a person decided. An approved reply may have been written without a draft."""
    data = event.data
    if data.draft_id is None:
        return
    at = data.occurred_at
    match data:
        case ReplyAutoApproved():
            values = Decision("auto_approved", at, Text("escalation"), data.rule)
        case ReplyApproved():
            how = "auto" if data.auto else "edited" if data.edited else "as_drafted"
            values = Decision("approved", at, _name(data.actor), how)
        case ReplyRejected():
            values = Decision("rejected", at, _name(data.actor), data.reason)
    _decide(drafts, event, data.draft_id, values)


def _name(actor: Actor) -> Text:
    return storable(actor.id or actor.kind)


def _decide(
    drafts: Rows[Decision], event: Event[EventData], draft_id: UUID, decision: Decision
) -> None:
    order = _FINALITY[decision.decision] << 60 | moment(decision.decided_at)
    drafts.put(draft_id, rank(order, event), decision, event.subject)


DRAFT: ReadModel[DraftRegister] = ReadModel(
    table="draft",
    key="id",
    parent="ticket_id",
    registers={"proposal": Proposal, "decision": Decision},
    projectors={
        ReplyDrafted: (proposal,),
        ReplyDraftFailed: (failure,),
        ReplyAutoApproved: (decision,),
        ReplyApproved: (decision,),
        ReplyRejected: (decision,),
    },
)
