"""What a batch of facts changes: rows of read models and entries of the timeline."""

from typing import Any
from uuid import UUID

from deskstream_contracts import Event
from deskstream_projection.domain.lww import Rows
from deskstream_projection.domain.read_models import (
    CUSTOMER,
    DRAFT,
    MESSAGE,
    TICKET,
    TICKET_TEXT,
)


class ReadModelChanges:
    """Filled by the fold, one row a key whatever the number of facts about it."""

    def __init__(self) -> None:
        self.tickets = Rows(TICKET)
        self.texts = Rows(TICKET_TEXT)
        self.messages = Rows(MESSAGE)
        self.drafts = Rows(DRAFT)
        self.customers = Rows(CUSTOMER)
        self.events: dict[UUID, Event[Any]] = {}

    def models(self) -> tuple[Rows, ...]:
        """The rows to write, tickets first (see `READ_MODELS`)."""
        return (
            self.tickets,
            self.texts,
            self.messages,
            self.drafts,
            self.customers,
        )
