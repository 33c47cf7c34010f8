"""An event that was decided, before it is announced."""

from typing import NamedTuple
from uuid import UUID

from deskstream_contracts import EventData


class NewEvent(NamedTuple):
    """An event's body, with the id that it has at any retry.

    `cause_id` is the event that it follows from; None where time alone is the reason.
    """

    id: UUID
    data: EventData
    cause_id: UUID | None = None
