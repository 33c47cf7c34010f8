"""Routes about ratings."""

from uuid import UUID

from fastapi import APIRouter, Depends

from deskstream_newservice.adapters import rating_queries
from deskstream_newservice.api.responses import TicketRating, ticket_rating
from deskstream_runtime.http.auth import Permission
from deskstream_runtime.http.problems import not_found
from deskstream_runtime.http.responses import problems
from deskstream_runtime.postgres.database import Database


def ratings_router(database: Database) -> APIRouter:
    """Reads of this database."""
    router = APIRouter(prefix="/v1", dependencies=[Depends(Permission("tickets:read"))])

    @router.get("/tickets/{ticket_id}/rating", responses=problems(404))
    async def rating(ticket_id: UUID) -> TicketRating:
        """The latest rating of a ticket."""
        async with database.connection() as connection:
            found = await rating_queries.rating_of(connection, ticket_id)
        if found is None:
            raise not_found("rating of ticket", ticket_id)
        return ticket_rating(found)

    return router
