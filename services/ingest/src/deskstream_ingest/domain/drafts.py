"""A draft is approved or rejected by a person."""

from deskstream_contracts import EventData
from deskstream_contracts.events.reply import ReplyRejected
from deskstream_ingest.domain.commands import ApproveDraft, RejectDraft
from deskstream_ingest.domain.draft import Draft
from deskstream_ingest.domain.reasons import REQUESTED
from deskstream_ingest.domain.refusals import DraftErased, DraftSettled, DraftUnknown
from deskstream_ingest.domain.replies import Reply, send
from deskstream_ingest.domain.ticket import Ticket


def approve(ticket: Ticket, draft: Draft | None, command: ApproveDraft) -> tuple[EventData, ...]:
    """The reply goes out, as the person changed it if they did. Nothing when it did before.

    Raises `DraftUnknown`, `DraftSettled` when it was rejected, `DraftErased`.
    """
    if draft is None or draft.status == "awaited":
        raise DraftUnknown(command.draft_id)
    if draft.status == "rejected":
        raise DraftSettled(draft.id, draft.status)
    if draft.status == "approved":
        return ()
    body = command.body or draft.body
    if not body:
        raise DraftErased(draft.id)
    reply = Reply(
        message_id=command.message_id,
        body=body,
        actor=command.actor,
        at=command.at,
        channel=ticket.head.channel,
        language=draft.language or ticket.language,
        in_reply_to=draft.message_id,
        draft_id=draft.id,
        edited=body != draft.body,
    )
    return send(ticket, reply)


def reject(draft: Draft | None, command: RejectDraft) -> tuple[EventData, ...]:
    """The draft will never be sent. Nothing when it was rejected before.

    Raises `DraftUnknown`, `DraftSettled` when it was approved.
    """
    if draft is None or draft.status == "awaited":
        raise DraftUnknown(command.draft_id)
    if draft.status == "approved":
        raise DraftSettled(draft.id, draft.status)
    if draft.status == "rejected":
        return ()
    rejected = ReplyRejected(
        draft_id=draft.id,
        actor=command.actor,
        reason=command.reason or REQUESTED,
        occurred_at=command.at,
        feedback=command.feedback,
    )
    return (rejected,)
