"""The timeline: one entry an event, with all small fields of its body and what it counts for."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.ticket import Actor
from deskstream_projection.domain.columns import storable
from deskstream_projection.domain.measures import Measure, measure
from deskstream_projection.domain.own_time import is_imported

LEFT_OUT: dict[str, Any] = {
    "ticket": True,
    "body": True,
    "customer": True,
    "attachments": True,
    "attributes": True,
    "external": True,
    "recipient": True,
    "sources": True,
    "actor": True,
    "occurred_at": True,
    "model": {"parameters", "input_sha256"},
}
"""What is large, or already in a read model or another column of the timeline."""


class Entry(NamedTuple):
    """A row of the timeline. `summary` is JSON. The last three are the event's `Measure`."""

    event_id: UUID
    subject: UUID
    revision: int
    event_type: str
    occurred_at: datetime
    recorded_at: datetime
    sequence: int | None
    actor_kind: str
    actor_id: str | None
    summary: str
    imported: bool
    label: str
    channel: str
    milli: int

    @property
    def counted_at(self) -> datetime:
        """The event's own time. The table makes its column in the same way."""
        return self.occurred_at if self.imported else self.recorded_at

    @property
    def measure(self) -> Measure:
        return Measure(self.label, self.channel, self.milli)


def entry(event: Event[EventData]) -> Entry:
    """The timeline's row for an event. Where no actor is named, it is the service that owns it."""
    data = event.data
    actor: Actor | None = getattr(data, "actor", None)
    summary = data.__pydantic_serializer__.to_json(
        data, exclude=LEFT_OUT, exclude_none=True, exclude_defaults=True
    )
    return Entry(
        event.id,
        event.subject,
        event.revision,
        data.event_type,
        getattr(data, "occurred_at", event.time),
        event.time,
        event.sequence,
        actor.kind if actor else "system",
        storable(actor.id) if actor else data.owner,
        summary.decode(),
        is_imported(data),
        *measure(data),
    )
