"""Someone sets fields of a ticket."""

from deskstream_contracts import EventData
from deskstream_ingest.domain.changes import updated
from deskstream_ingest.domain.commands import UpdateTicket
from deskstream_ingest.domain.reasons import EDITED
from deskstream_ingest.domain.refusals import over
from deskstream_ingest.domain.ticket import Ticket


def update(ticket: Ticket, command: UpdateTicket) -> tuple[EventData, ...]:
    """Nothing when every field has the wanted value already.

    Raises what `over` says for a status: coming back from resolved is a reopening, which
    counts as one and has its own event.
    """
    if ticket.is_over and "status" in command.changes:
        raise over(ticket)
    return updated(ticket, command.at, command.actor, EDITED, **command.changes)
