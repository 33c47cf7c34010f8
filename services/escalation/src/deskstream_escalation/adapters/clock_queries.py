"""Reads of service-level clocks for the API."""

from uuid import UUID

from deskstream_escalation.adapters.clock_rows import SELECT, clock_of
from deskstream_escalation.domain.sla_clock import SlaClock
from deskstream_runtime.postgres.connection import Connection

# Index sla_clock_ticket.
_CLOCKS_OF_TICKET = SELECT + "where ticket_id = $1 order by started_at desc, kind limit $2"


async def clocks_of(connection: Connection, ticket_id: UUID, limit: int) -> list[SlaClock]:
    """A ticket's clocks, the latest first."""
    return [clock_of(row) for row in await connection.fetch(_CLOCKS_OF_TICKET, ticket_id, limit)]
