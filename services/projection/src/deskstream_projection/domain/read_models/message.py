"""A message of a ticket: its content, how it sounds, and how its delivery stands."""

from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from deskstream_contracts import Event
from deskstream_contracts.events.delivery import DeliveryUpdated
from deskstream_contracts.events.reply import ReplyDelivered, ReplyUndeliverable
from deskstream_contracts.events.sentiment import SentimentLabel, SentimentScored
from deskstream_contracts.events.ticket import Attachment, TicketCreated, TicketMessageAdded
from deskstream_projection.domain.columns import Json, Text, storable
from deskstream_projection.domain.lww import ReadModel, Rows, moment, rank
from deskstream_projection.domain.read_models.ticket_signals import (
    DeliveryEvent,
    reported_delivery,
)

_ATTACHMENTS = TypeAdapter(tuple[Attachment, ...])


class MessageContent(NamedTuple):
    """What was written. Ordered by its event's revision. `version` is the ticket's after it."""

    kind: Literal["inbound", "outbound", "note"]
    body: Text
    actor_kind: Literal["customer", "agent", "integration", "system"]
    actor_id: Text | None
    channel: str
    occurred_at: datetime
    language: str | None
    in_reply_to: UUID | None
    draft_id: UUID | None
    attachments: Json
    imported: bool
    version: int


class MessageSentiment(NamedTuple):
    """How it sounds. Ordered by time."""

    sentiment_label: SentimentLabel
    sentiment_score: float


class MessageDelivery(NamedTuple):
    """The newest report on its delivery. Ordered by time."""

    delivery_status: str
    delivery_at: datetime


MessageRegister = MessageContent | MessageSentiment | MessageDelivery


def content(
    messages: Rows[MessageContent], event: Event[TicketCreated] | Event[TicketMessageAdded]
) -> None:
    """The first message of a ticket, or a later one."""
    data = event.data
    added = data if isinstance(data, TicketMessageAdded) else None
    values = MessageContent(
        kind=added.kind if added else "inbound",
        body=storable(data.body),
        actor_kind=data.actor.kind,
        actor_id=storable(data.actor.id),
        channel=added.channel if added else data.ticket.channel,
        occurred_at=data.occurred_at,
        language=data.language,
        in_reply_to=added.in_reply_to if added else None,
        draft_id=added.draft_id if added else None,
        attachments=Json(
            _ATTACHMENTS.dump_json(data.attachments).decode() if data.attachments else "[]"
        ),
        imported=data.imported,
        version=data.ticket.version,
    )
    messages.put(data.message_id, rank(0, event), values, event.subject)


def sentiment(messages: Rows[MessageSentiment], event: Event[SentimentScored]) -> None:
    data = event.data
    values = MessageSentiment(data.label, data.score)
    messages.put(data.message_id, rank(moment(data.occurred_at), event), values, event.subject)


def delivery(messages: Rows[MessageDelivery], event: Event[DeliveryEvent]) -> None:
    reported = reported_delivery(event.data)
    if reported is not None:
        message_id, status, at = reported
        values = MessageDelivery(status, at)
        messages.put(message_id, rank(moment(at), event), values, event.subject)


MESSAGE: ReadModel[MessageRegister] = ReadModel(
    table="message",
    key="id",
    parent="ticket_id",
    registers={
        "content": MessageContent,
        "sentiment": MessageSentiment,
        "delivery": MessageDelivery,
    },
    projectors={
        TicketCreated: (content,),
        TicketMessageAdded: (content,),
        SentimentScored: (sentiment,),
        ReplyDelivered: (delivery,),
        ReplyUndeliverable: (delivery,),
        DeliveryUpdated: (delivery,),
    },
)
