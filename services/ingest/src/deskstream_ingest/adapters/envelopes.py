"""From what happened to events for the log: ids, versions, what caused what."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from deskstream_contracts import Cause, Event, EventData, follow, follow_id
from deskstream_contracts.events.ticket import (
    TicketCreated,
    TicketMessageAdded,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from deskstream_runtime.ids import new_id
from deskstream_runtime.observability.telemetry import current_traceparent

_TICKET_EVENTS = (TicketCreated, TicketUpdated, TicketMessageAdded, TicketResolved, TicketReopened)
_MICROSECOND = timedelta(microseconds=1)


def born_events(
    ticket_id: UUID, new_events: Sequence[EventData], at: datetime
) -> list[Event[EventData]]:
    """Events of a command: the first is born, those after it follow from it."""
    if not new_events:
        return []
    created_id = created_event_id(ticket_id)
    data = new_events[0]
    first = Event(
        id=created_id if isinstance(data, TicketCreated) else new_id(),
        subject=ticket_id,
        time=at,
        data=data,
        sequence=_version(data),
        correlation_id=created_id,
        traceparent=current_traceparent(),
    )
    return [first, *following_events(first, new_events[1:], at + _MICROSECOND)]


def following_events(
    cause: Event[Any], new_events: Sequence[EventData], at: datetime
) -> list[Event[EventData]]:
    """Events that follow from another: a retry makes the same ids.

    They are a microsecond apart, so that their order by time is the order in which they happened.
    """
    root = Cause.of(cause).model_copy(update={"correlation_id": created_event_id(cause.subject)})
    return [
        follow(root, data, time=at + index * _MICROSECOND, index=index, sequence=_version(data))
        for index, data in enumerate(new_events)
    ]


def created_event_id(ticket_id: UUID) -> UUID:
    """The id of a ticket's first event, which is the correlation id of all that follow."""
    return follow_id(ticket_id, TicketCreated.event_type)


def _version(data: EventData) -> int | None:
    return data.ticket.version if isinstance(data, _TICKET_EVENTS) else None
