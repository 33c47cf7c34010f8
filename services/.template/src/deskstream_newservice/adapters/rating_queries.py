"""Reads ratings for the API."""

from uuid import UUID

from deskstream_newservice.domain.rating import Rating
from deskstream_runtime.postgres.connection import Connection

_OF_TICKET = "select ticket_id, score, rated_at from rating where ticket_id = $1"


async def rating_of(connection: Connection, ticket_id: UUID) -> Rating | None:
    """A ticket's rating, or None."""
    row = await connection.fetchrow(_OF_TICKET, ticket_id)
    return row and Rating(**row)
