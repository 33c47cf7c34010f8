"""All topics into the read models."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.article import ArticlePublished, ArticleWithdrawn
from deskstream_projection.domain.lww import Projector, ReadModel, Rows
from deskstream_projection.domain.read_models.customer import CUSTOMER
from deskstream_projection.domain.read_models.draft import DRAFT
from deskstream_projection.domain.read_models.message import MESSAGE
from deskstream_projection.domain.read_models.ticket import TICKET
from deskstream_projection.domain.read_models.ticket_text import TICKET_TEXT

READ_MODELS: tuple[ReadModel[Any], ...] = (TICKET, TICKET_TEXT, MESSAGE, DRAFT, CUSTOMER)
"""In the order they are written: tickets first, which serialises writers of the same ticket."""

_IN_THE_TIMELINE_ALONE = (ArticlePublished, ArticleWithdrawn)

EVENT_TYPES: tuple[type[EventData], ...] = tuple(
    dict.fromkeys(
        (*(each for model in READ_MODELS for each in model.projectors), *_IN_THE_TIMELINE_ALONE)
    )
)
"""All types that are read. The timeline has each of their events."""

ABOUT_NO_TICKET = frozenset(EVENT_TYPES) - TICKET.projectors.keys()
"""Types whose subject is a customer or an article."""

_PROJECTORS: Mapping[type[EventData], tuple[tuple[str, Projector[Any]], ...]] = {
    event_type: tuple(
        (model.table, project)
        for model in READ_MODELS
        for project in model.projectors.get(event_type, ())
    )
    for event_type in EVENT_TYPES
}


class ReadModelChanges:
    """What a batch of events changes: rows by table, and entries of the timeline."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows[Any]] = {model.table: Rows() for model in READ_MODELS}
        self.events: dict[UUID, Event[Any]] = {}


def fold(events: Iterable[Event[Any]]) -> ReadModelChanges:
    """What the events change, whatever their order and however often each is there."""
    changes = ReadModelChanges()
    for event in events:
        known = changes.events.get(event.id)
        if known is not None and known.revision > event.revision:
            continue
        # The same event published again may have another time: registers take the highest of both,
        # here as when they come in two batches; the timeline and the counts keep the first.
        if known is None or known.revision < event.revision:
            changes.events[event.id] = event
        for table, project in _PROJECTORS[type(event.data)]:
            project(changes.rows[table], event)
    return changes
