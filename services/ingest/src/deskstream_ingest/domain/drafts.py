"""A draft is approved or rejected by a person."""

from deskstream_contracts import EventData
from deskstream_contracts.events.reply import ReplyRejected
from deskstream_ingest.domain.commands import ApproveDraft, RejectDraft
from deskstream_ingest.domain.decision import digest, otherwise
from deskstream_ingest.domain.draft import Draft
from deskstream_ingest.domain.reasons import REQUESTED
from deskstream_ingest.domain.refusals import DraftErased, DraftSettled, DraftUnknown
from deskstream_ingest.domain.replies import Reply, send
from deskstream_ingest.domain.ticket import Ticket


def approve(ticket: Ticket, draft: Draft | None, command: ApproveDraft) -> tuple[EventData, ...]:
    """The reply goes out, as the person changed it if they did. Nothing when just that went out.

    Raises `DraftUnknown`, `DraftErased`, and `DraftSettled` when it was rejected, or approved with
    another text: a command without a text asks for the draft's own.
    """
    if draft is None or draft.status == "awaited":
        raise DraftUnknown(command.draft_id)
    if draft.status == "rejected":
        raise DraftSettled(draft)
    if draft.status == "approved":
        if not _went_out(draft, command.body):
            raise DraftSettled(draft, ["body"])
        return ()
    body = command.body or draft.body
    if not body:
        raise DraftErased(draft.id)
    reply = Reply(
        message_id=command.message_id,
        body=body,
        actor=command.actor,
        at=command.at,
        channel=ticket.snapshot.channel,
        language=draft.language or ticket.language,
        in_reply_to=draft.message_id,
        draft_id=draft.id,
        edited=body != draft.body,
    )
    return send(ticket, reply)


def reject(draft: Draft | None, command: RejectDraft) -> tuple[EventData, ...]:
    """The draft will never be sent. Nothing when it was rejected before.

    Raises `DraftUnknown`, `DraftSettled` when it was approved, or rejected with another reason or
    feedback.
    """
    if draft is None or draft.status == "awaited":
        raise DraftUnknown(command.draft_id)
    if draft.status == "approved":
        raise DraftSettled(draft)
    if draft.status == "rejected":
        said = otherwise(
            draft.decision, reason=("reason", command.reason), text=("feedback", command.feedback)
        )
        if said:
            raise DraftSettled(draft, said)
        return ()
    rejected = ReplyRejected(
        draft_id=draft.id,
        actor=command.actor,
        reason=command.reason or REQUESTED,
        occurred_at=command.at,
        feedback=command.feedback,
    )
    return (rejected,)


def _went_out(draft: Draft, body: str | None) -> bool:
    if body is None:
        return not draft.edited
    return draft.decision is not None and draft.decision.text_digest == digest(body)
