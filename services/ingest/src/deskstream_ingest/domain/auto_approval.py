"""A rule lets a draft go out alone. The draft and its approval may come in either order."""

from deskstream_contracts import EventData
from deskstream_contracts.events.reply import ReplyAutoApproved, ReplyDrafted
from deskstream_contracts.events.ticket import Actor
from deskstream_ingest.domain.commands import ApplyEvent
from deskstream_ingest.domain.draft import Draft
from deskstream_ingest.domain.replies import Reply, send
from deskstream_ingest.domain.ticket import Ticket


def approve_alone(
    ticket: Ticket,
    draft: Draft | None,
    command: ApplyEvent,
    event: ReplyDrafted | ReplyAutoApproved,
) -> tuple[EventData, ...]:
    """The reply goes out when both draft and approval are here, and it is still the right answer.

    That is: we must act, and the draft answers the customer's last message. If an agent was quicker
    or the customer wrote again, the draft stays open for a person to decide.
    """
    if draft is None:
        return ()
    match event:
        case ReplyAutoApproved() if draft.status == "open" and draft.rule is None:
            proposed: Draft | ReplyDrafted = draft
            rule = event.rule
        case ReplyDrafted() if draft.status == "awaited" and draft.rule is not None:
            proposed = event
            rule = draft.rule
        case _:
            return ()
    if not proposed.body or ticket.snapshot.status != "open":
        return ()
    if proposed.message_id != ticket.last_inbound_id:
        return ()
    reply = Reply(
        message_id=command.message_id,
        body=proposed.body,
        actor=Actor(kind="system", id=rule),
        at=command.at,
        channel=ticket.snapshot.channel,
        language=proposed.language or ticket.language,
        in_reply_to=proposed.message_id,
        draft_id=event.draft_id,
        auto=True,
    )
    return send(ticket, reply)
