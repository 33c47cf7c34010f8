"""`GET /v1/tickets…`: lists, one ticket, its messages and its timeline."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from deskstream_contracts.model import INTEGER_MAX
from deskstream_projection.adapters.change_feed_follower import ChangeFeedFollower
from deskstream_projection.adapters.cursors import CURSOR_MAX_CHARS, CursorCodec, InvalidCursor
from deskstream_projection.adapters.ticket_list_queries import Sort, TicketListRequest, list_tickets
from deskstream_projection.adapters.ticket_queries import (
    Message,
    TicketDetail,
    TimelineEntry,
    messages_after,
    ticket_detail,
    timeline_after,
    version_of,
)
from deskstream_projection.adapters.ticket_rows import TicketRow
from deskstream_projection.domain.ticket_filter import TicketFilter
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.instants import Instant
from deskstream_runtime.http.problems import Problem, not_found
from deskstream_runtime.http.responses import ETAG, RETRY_AFTER, headers, problems
from deskstream_runtime.postgres.database import Database

_LOOK_AGAIN_S = 0.25
_BEHIND = "The view has not `min_version` yet. Ask again."
_READ = Permission("tickets:read")
_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
_MOMENTS: CursorCodec[tuple[datetime, UUID]] = CursorCodec(TypeAdapter(tuple[datetime, UUID]))

Reader = Annotated[Principal, Depends(_READ)]
Cursor = Annotated[str, StringConstraints(min_length=1, max_length=CURSOR_MAX_CHARS)]
Limit = Annotated[int, Field(ge=1, le=200)]
# Postgres text has no NUL.
SearchText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]+$"),
]


class TicketListQuery(TicketFilter):
    """Filters, search, order and page of the ticket list."""

    q: Annotated[SearchText | None, Field(description='Words, "phrases", `or`, `-not`.')] = None
    created_from: Instant | None = None
    created_to: Instant | None = None
    updated_from: Instant | None = None
    updated_to: Instant | None = None
    sort: Sort = "-created_at"
    cursor: Cursor | None = None
    limit: Limit = 50


class PageQuery(BaseModel):
    """A page of something that is in one order only."""

    model_config = ConfigDict(extra="forbid")

    cursor: Cursor | None = None
    limit: Limit = 100


class TicketPageAnswer(BaseModel):
    """A page of tickets; `next_cursor` is null at the end."""

    tickets: list[TicketRow]
    next_cursor: str | None


class MessagePageAnswer(BaseModel):
    """A page of a ticket's messages, oldest first."""

    messages: list[Message]
    next_cursor: str | None


class TimelinePageAnswer(BaseModel):
    """A page of a ticket's events, oldest first."""

    events: list[TimelineEntry]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TicketQueries:
    """The routes' own part: where they read and how long they wait."""

    database: Database
    follower: ChangeFeedFollower
    min_version_wait_s: float

    async def list(self, asked: TicketListQuery) -> TicketPageAnswer:
        request = TicketListRequest(
            facets=asked.facets(),
            sort=asked.sort,
            limit=asked.limit,
            text=asked.q,
            created_from=asked.created_from,
            created_to=asked.created_to,
            updated_from=asked.updated_from,
            updated_to=asked.updated_to,
            cursor=asked.cursor,
        )
        async with self.database.connection() as connection:
            try:
                page = await list_tickets(connection, request)
            except InvalidCursor as error:
                raise bad_cursor(error) from None
        return TicketPageAnswer(tickets=page.tickets, next_cursor=page.next_cursor)

    async def detail(self, ticket_id: UUID, min_version: int | None) -> TicketDetail:
        """Raises 404 for an unknown ticket, 409 when the view has not the version in time."""
        if min_version is not None:
            await self._wait_for_version(ticket_id, min_version)
        async with self.database.connection() as connection:
            ticket = await ticket_detail(connection, ticket_id)
        if ticket is None:
            raise not_found("ticket", ticket_id)
        return ticket

    async def _wait_for_version(self, ticket_id: UUID, min_version: int) -> None:
        """Returns when the view has the version; raises 409 if it has not in time."""
        deadline = asyncio.get_running_loop().time() + self.min_version_wait_s
        while True:
            async with self.database.connection() as connection:
                version = await version_of(connection, ticket_id)
            left_s = deadline - asyncio.get_running_loop().time()
            if version is not None and version >= min_version:
                return
            if left_s <= 0:
                break
            # The change may have come between the look and the wait, so the wait is short.
            await self.follower.wait_for_change(ticket_id, min(left_s, _LOOK_AGAIN_S))
        if version is not None:
            raise Problem(
                409,
                "view-behind",
                "Not there yet",
                f"The view has version {version}, not yet {min_version}. Ask again.",
                headers={"Retry-After": "1"},
            )


P = TypeVar("P", Message, TimelineEntry)


def create_ticket_router(queries: TicketQueries) -> APIRouter:
    """The routes about tickets."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @router.get("")
    async def list_(_: Reader, asked: Annotated[TicketListQuery, Query()]) -> TicketPageAnswer:
        """Tickets that fit every filter, a page at a time."""
        return await queries.list(asked)

    @router.get(
        "/{ticket_id}",
        responses=problems(404)
        | {409: {"description": _BEHIND} | headers(409, RETRY_AFTER)[409]}
        | headers(200, ETAG),
    )
    async def get(
        ticket_id: UUID,
        response: Response,
        _: Reader,
        min_version: Annotated[int | None, Query(ge=1, le=INTEGER_MAX)] = None,
    ) -> TicketDetail:
        """One ticket. `min_version` waits until the view has that version, so that a caller reads
        what he wrote."""
        ticket = await queries.detail(ticket_id, min_version)
        response.headers["ETag"] = f'"{ticket.version}"'
        return ticket

    @router.get("/{ticket_id}/messages", responses=problems(404))
    async def messages(
        ticket_id: UUID, _: Reader, page: Annotated[PageQuery, Query()]
    ) -> MessagePageAnswer:
        """What was said on a ticket, oldest first."""
        after = _after("messages", page.cursor)
        async with queries.database.connection() as connection:
            found = await messages_after(connection, ticket_id, after, page.limit + 1)
            if not found and await version_of(connection, ticket_id) is None:
                raise not_found("ticket", ticket_id)
        shown = found[: page.limit]
        more = len(found) > page.limit
        key = (shown[-1].occurred_at, shown[-1].id) if more else None
        return MessagePageAnswer(messages=shown, next_cursor=_next("messages", key))

    @router.get("/{ticket_id}/timeline", responses=problems(404))
    async def timeline(
        ticket_id: UUID, _: Reader, page: Annotated[PageQuery, Query()]
    ) -> TimelinePageAnswer:
        """Everything that happened to a ticket, oldest first."""
        after = _after("timeline", page.cursor)
        async with queries.database.connection() as connection:
            found = await timeline_after(connection, ticket_id, after, page.limit + 1)
            if not found and await version_of(connection, ticket_id) is None:
                raise not_found("ticket", ticket_id)
        shown = found[: page.limit]
        more = len(found) > page.limit
        key = (shown[-1].recorded_at, shown[-1].event_id) if more else None
        return TimelinePageAnswer(events=shown, next_cursor=_next("timeline", key))

    return router


def bad_cursor(error: InvalidCursor) -> Problem:
    """422: the cursor is not of this list."""
    return Problem(
        422,
        "invalid-cursor",
        "Invalid cursor",
        f"{error}. Ask for the first page again.".capitalize(),
    )


def _after(order: str, cursor: str | None) -> tuple[datetime, UUID]:
    try:
        return _MOMENTS.decode(order, cursor) if cursor else _BEGINNING
    except InvalidCursor as error:
        raise bad_cursor(error) from None


def _next(order: str, key: tuple[datetime, UUID] | None) -> str | None:
    return _MOMENTS.encode(order, key) if key else None
