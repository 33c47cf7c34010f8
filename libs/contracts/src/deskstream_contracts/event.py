"""One event: a body and the CloudEvents 1.0 attributes around it."""

from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict

from deskstream_contracts.model import EventData

D = TypeVar("D", bound=EventData)
D_co = TypeVar("D_co", bound=EventData, covariant=True)


class Event(NamedTuple, Generic[D_co]):
    """A fact that happened.

    `subject` is the ticket's id (for events about a customer or an article alone: its id) and also
    the partition key. `sequence` is the ticket's version, on ticket events only. An event is known
    by (`id`, `revision`): the higher revision replaces the lower. `time` is aware of its zone.
    """

    # A named tuple, as a frozen dataclass takes more than twice as long to build (bench/codec.py).

    id: UUID
    subject: UUID
    time: datetime
    data: D_co
    sequence: int | None = None
    correlation_id: UUID | None = None
    causation_id: UUID | None = None
    traceparent: str | None = None
    revision: int = 1

    @property
    def type(self) -> str:
        """The event type's name, which is also its topic's."""
        return self.data.event_type


def follow_id(cause: UUID, purpose: str, index: int = 0) -> UUID:
    """The id of what follows from `cause`: the same at any retry (RFC 9562 version 5)."""
    return uuid5(cause, f"{purpose}:{index}")


class Cause(BaseModel):
    """What an event follows from, as far as that event names it."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    subject: UUID
    correlation_id: UUID
    traceparent: str | None = None

    @classmethod
    def of(cls, event: Event[EventData]) -> "Cause":
        """An event as the cause of others: where nothing caused it, it begins their correlation."""
        return cls(
            id=event.id,
            subject=event.subject,
            correlation_id=event.correlation_id or event.id,
            traceparent=event.traceparent,
        )


def follow(
    cause: Cause,
    data: D,
    *,
    time: datetime,
    index: int = 0,
    sequence: int | None = None,
    event_id: UUID | None = None,
) -> Event[D]:
    """The event that follows from `cause`, about its subject and in its trace.

    Its id follows from the cause's, so a retry makes the same event; `index` separates those of one
    type. `event_id` is for an event whose id follows from something else.
    """
    return Event(
        id=event_id or follow_id(cause.id, data.event_type, index),
        subject=cause.subject,
        time=time,
        data=data,
        sequence=sequence,
        correlation_id=cause.correlation_id,
        causation_id=cause.id,
        traceparent=cause.traceparent,
    )


def revised(event: Event[D], data: D) -> Event[D]:
    """The same event with another body, one revision higher: it replaces the first in the log."""
    return event._replace(data=data, revision=event.revision + 1)
