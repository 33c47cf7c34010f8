"""The payloads of work: all that one delivery needs, and the cause that its outcome names."""

from typing import Annotated, ClassVar, Literal
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


# Waiting work outlives an upgrade, and during a rollout processes of both versions lease it.
StoredCause = Annotated[Cause, BeforeValidator(_from_payload), WrapSerializer(_to_payload)]
"""A cause whose id is stored as `event_id`."""


class Message(BaseModel):
    """A message to deliver. Its age counts from `planned_at`."""

    work_kind: ClassVar[str]

    model_config = ConfigDict(frozen=True)

    cause: StoredCause
    planned_at: AwareDatetime


class ReplyMail(Message):
    """An approved reply, by e-mail. `in_reply_to` is the Message-ID of the mail it answers."""

    work_kind = "email.reply"

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
    """The customer's words about a ticket that an alert may quote."""

    model_config = ConfigDict(frozen=True)

    subject: str | None = None
    message: str | None = None


class AlertMail(Message):
    """An alert to the people on duty that a ticket needs them, by e-mail.

    `also` are further alerts about the same ticket to the same recipient, in the same mail.
    """

    work_kind = "email.alert"

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
        """All alerts of the mail, in the order in which they were planned."""
        return (self, *self.also)


class WebhookCall(Message):
    """An event for a subscribed system: the cause in this revision, as `webhook_event` stores it.

    `body` is sent instead by a test call, which has no event.
    """

    work_kind = "webhook"

    subscription_id: UUID
    url: str
    revision: int = 1
    body: str | None = None
    test: bool = False
