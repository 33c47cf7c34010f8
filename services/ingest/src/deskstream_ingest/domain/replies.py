"""A reply to the customer, written by an agent or a model."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from deskstream_contracts import EventData
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_contracts.events.ticket import Actor, TicketMessageAdded
from deskstream_ingest.domain.snapshot import next_snapshot
from deskstream_ingest.domain.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is to be sent. `draft_id`: the draft it was, where it was one."""

    message_id: UUID
    body: str
    actor: Actor
    at: datetime
    channel: str
    language: str | None
    in_reply_to: UUID | None
    draft_id: UUID | None = None
    edited: bool = False
    auto: bool = False


def send(ticket: Ticket, reply: Reply) -> tuple[EventData, ...]:
    """The order to deliver it, and the message in the conversation.

    After it the customer must act, unless the matter is settled. The first answer's time is kept.
    """
    approved = ReplyApproved(
        message_id=reply.message_id,
        subject=ticket.subject,
        body=reply.body,
        customer=ticket.customer,
        channel=reply.channel,
        actor=reply.actor,
        occurred_at=reply.at,
        draft_id=reply.draft_id,
        edited=reply.edited,
        auto=reply.auto,
        language=reply.language,
        in_reply_to=reply.in_reply_to,
        external=ticket.external,
    )
    snapshot = ticket.snapshot
    added = TicketMessageAdded(
        ticket=next_snapshot(
            snapshot,
            reply.at,
            status=snapshot.status if ticket.is_over else "pending",
            message_count=snapshot.message_count + 1,
            first_response_at=snapshot.first_response_at or reply.at,
        ),
        message_id=reply.message_id,
        kind="outbound",
        actor=reply.actor,
        body=reply.body,
        channel=reply.channel,
        occurred_at=reply.at,
        language=reply.language,
        in_reply_to=reply.in_reply_to,
        draft_id=reply.draft_id,
    )
    return (approved, added)
