"""`If-Match`: only if the ticket still is the version the caller saw (RFC 9110 section 13.1.1)."""

from typing import Annotated

from fastapi import Header
from pydantic import StringConstraints

from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.http.problems import stale_version

IfMatch = Annotated[
    Annotated[str, StringConstraints(pattern=r'^(\*|"[1-9][0-9]{0,15}")$')] | None,
    Header(alias="If-Match", description='The ETag the caller saw, like "3", or *.'),
]


def check_version(ticket: Ticket, if_match: str | None) -> None:
    """Raises the 412 problem when the ticket is another version by now."""
    if if_match is None or if_match == "*":
        return
    expected = int(if_match.strip('"'))
    if expected != ticket.head.version:
        raise stale_version(expected, ticket.head.version)
