"""The timeline: one entry per event, with the small fields of its body and what it counts for."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.ticket import Actor
from deskstream_projection.domain.columns import Int32, Json, Text, storable
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
"""Fields that are large, or in a read model or another column of the timeline."""


class Entry(NamedTuple):
    """A row of the timeline. The last three columns are the event's `Measure`."""

    event_id: UUID
    subject: UUID
    revision: Int32
    event_type: str
    occurred_at: datetime
    recorded_at: datetime
    sequence: int | None
    actor_kind: str
    actor_id: Text | None
    summary: Json
    imported: bool
    label: str
    channel: str
    milli: int

    @property
    def counted_at(self) -> datetime:
        """The event's own time, as in the generated column of the table."""
        return self.occurred_at if self.imported else self.recorded_at

    @property
    def measure(self) -> Measure:
        return Measure(self.label, self.channel, self.milli)


def entry(event: Event[EventData]) -> Entry:
    """The row of an event. Where no actor is named, it is the service that owns the event."""
    data = event.data
    actor: Actor | None = getattr(data, "actor", None)
    summary = data.__pydantic_serializer__.to_json(
        data, exclude=LEFT_OUT, exclude_none=True, exclude_defaults=True
    )
    measured = measure(data)
    return Entry(
        event_id=event.id,
        subject=event.subject,
        revision=Int32(event.revision),
        event_type=data.event_type,
        occurred_at=getattr(data, "occurred_at", event.time),
        recorded_at=event.time,
        sequence=event.sequence,
        actor_kind=actor.kind if actor else "system",
        actor_id=storable(actor.id if actor else data.owner),
        summary=Json(summary.decode()),
        imported=is_imported(data),
        label=measured.label,
        channel=measured.channel,
        milli=measured.milli,
    )
