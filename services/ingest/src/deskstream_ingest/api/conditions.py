"""A command is meant for the version of the ticket that the caller saw."""

from collections.abc import Container

from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.http.problems import stale_version


def check_version(ticket: Ticket, expected: Container[int] | None) -> None:
    """Raises the 412 problem when the ticket is another version by now."""
    if expected is not None and ticket.head.version not in expected:
        raise stale_version(ticket.head.version)
