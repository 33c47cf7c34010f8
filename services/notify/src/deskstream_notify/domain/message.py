"""What is handed to a sender: everything one delivery needs, and what its outcome refers to."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    SerializerFunctionWrapHandler,
    WrapSerializer,
)

from deskstream_contracts import Cause

AlertKind = Literal["escalated", "sla.warned", "sla.breached"]


def _from_payload(value: object) -> object:
    if isinstance(value, dict) and "event_id" in value:
        return {**value, "id": value["event_id"]}
    return value


def _to_payload(cause: Cause, fields_of: SerializerFunctionWrapHandler) -> dict[str, object]:
    fields = fields_of(cause)
    return {"event_id": fields.pop("id"), **fields}


# Work that waits outlives an upgrade, and in a rollout both versions lease it: the stored names
# stay.
StoredCause = Annotated[Cause, BeforeValidator(_from_payload), WrapSerializer(_to_payload)]
"""A cause whose id is called `event_id` in the payloads of work."""


class Message(BaseModel):
    """Something to deliver. `planned_at` is when that was decided: its age counts from there."""

    model_config = ConfigDict(frozen=True)

    cause: StoredCause
    planned_at: AwareDatetime


class ReplyMail(Message):
    """An approved reply, by e-mail. `in_reply_to` is the Message-ID of the mail it answers."""

    to: str
    subject: str
    body: str
    message_id: UUID
    draft_id: UUID | None = None
    language: str | None = None
    automatic: bool = False
    in_reply_to: str | None = None


class AlertLine(BaseModel):
    """One line of an alert."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str


class TicketWords(BaseModel):
    """The customer's words about a ticket, as far as alerts may tell them."""

    model_config = ConfigDict(frozen=True)

    subject: str | None = None
    message: str | None = None


class AlertMail(Message):
    """Word to the people on duty that a ticket needs them, by e-mail.

    `also` are further alerts about the same ticket to the same reader, told in the same mail.
    """

    to: str
    kind: AlertKind
    headline: str
    facts: tuple[AlertLine, ...]
    why: str | None = None
    priority: str | None = None
    about: TicketWords = TicketWords()
    also: tuple["AlertMail", ...] = ()

    @property
    def causes(self) -> tuple["AlertMail", ...]:
        """All that the mail tells, in the order in which it was decided."""
        return (self, *self.also)


class WebhookCall(Message):
    """An event for a subscribed system: the cause, in this revision, as `webhook_event` keeps it.

    `body`: what to send instead, of a test call, which tells of no event.
    """

    subscription_id: UUID
    url: str
    revision: int = 1
    body: str | None = None
    test: bool = False
