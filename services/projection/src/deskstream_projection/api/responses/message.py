"""The messages of a ticket as they are answered."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator

from deskstream_projection.api.responses.columns import JsonObjects


class Message(BaseModel):
    """A message of a ticket: inbound, outbound or a note. One `imported` was never sent by us."""

    id: UUID
    kind: str
    body: str
    actor_kind: str
    actor_id: str | None
    channel: str
    occurred_at: datetime
    language: str | None
    in_reply_to: UUID | None
    draft_id: UUID | None
    attachments: JsonObjects
    imported: Annotated[bool, BeforeValidator(bool)]
    sentiment_label: str | None
    sentiment_score: float | None
    delivery_status: str | None
    delivery_at: datetime | None


class MessagePageAnswer(BaseModel):
    """A page of a ticket's messages, oldest first."""

    messages: list[Message]
    next_cursor: str | None
