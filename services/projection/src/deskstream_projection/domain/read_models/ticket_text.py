"""What full-text search reads, apart so that changes of a ticket do not touch its index."""

from typing import NamedTuple

from deskstream_contracts import Event
from deskstream_contracts.events.ticket import TicketCreated, TicketUpdated
from deskstream_projection.domain.columns import Text, storable
from deskstream_projection.domain.lww import ReadModel, Rows, rank
from deskstream_projection.domain.read_models.ticket_lifecycle import Subject, new_subject, subject


class OpeningText(NamedTuple):
    """The first message. Ordered by its event's revision."""

    body: Text


def opening_text(texts: Rows[OpeningText], event: Event[TicketCreated]) -> None:
    texts.put(event.subject, rank(0, event), OpeningText(storable(event.data.body)))


TICKET_TEXT: ReadModel[Subject | OpeningText] = ReadModel(
    table="ticket_text",
    key="ticket_id",
    registers={"subject": Subject, "opening": OpeningText},
    projectors={TicketCreated: (subject, opening_text), TicketUpdated: (new_subject,)},
)
