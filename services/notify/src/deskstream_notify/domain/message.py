"""What is handed to a sender: everything one delivery needs, and what its outcome refers to."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from deskstream_contracts import Event, EventData

AlertKind = Literal["escalated", "sla.warned", "sla.breached"]


class Cause(BaseModel):
    """The event a message tells about, as far as what follows from it must name it."""

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    subject: UUID
    correlation_id: UUID
    traceparent: str | None = None

    @classmethod
    def of(cls, event: Event[EventData]) -> "Cause":
        """The cause that `event` is."""
        return cls(
            event_id=event.id,
            subject=event.subject,
            correlation_id=event.correlation_id or event.id,
            traceparent=event.traceparent,
        )


class Message(BaseModel):
    """Something to deliver. `planned_at` is when that was decided: its age counts from there."""

    model_config = ConfigDict(frozen=True)

    cause: Cause
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


class Fact(BaseModel):
    """One line of an alert."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str


class Words(BaseModel):
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
    facts: tuple[Fact, ...]
    why: str | None = None
    priority: str | None = None
    about: Words = Words()
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
