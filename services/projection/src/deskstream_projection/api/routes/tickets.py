"""`GET /v1/tickets…`: lists, one ticket, its messages and its timeline."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from asyncpg import Record
from fastapi import APIRouter, Depends, Query, Response
from pydantic import TypeAdapter

from deskstream_contracts.model import INTEGER_MAX
from deskstream_projection.adapters.change_feed_follower import ChangeFeedFollower
from deskstream_projection.adapters.cursors import CursorCodec, InvalidCursor
from deskstream_projection.adapters.customer_queries import customer_of
from deskstream_projection.adapters.draft_queries import newest_drafts
from deskstream_projection.adapters.message_queries import messages_after
from deskstream_projection.adapters.ticket_list_queries import TicketListRequest, list_tickets
from deskstream_projection.adapters.ticket_queries import ticket_of, version_of
from deskstream_projection.adapters.timeline_queries import timeline_after
from deskstream_projection.api.requests import PageQuery, TicketListQuery
from deskstream_projection.api.responses.message import Message, MessagePageAnswer
from deskstream_projection.api.responses.ticket import (
    TicketDetail,
    TicketPageAnswer,
    ticket_detail,
    ticket_row,
)
from deskstream_projection.api.responses.timeline import TimelineEntry, TimelinePageAnswer
from deskstream_projection.domain.ticket_filter import TicketFilter
from deskstream_runtime.http.auth import Permission, Principal
from deskstream_runtime.http.problems import Problem, not_found
from deskstream_runtime.http.responses import ETAG, RETRY_AFTER, headers, problems
from deskstream_runtime.postgres.connection import Connection
from deskstream_runtime.postgres.database import Database

_LOOK_AGAIN_S = 0.25
_BEHIND = "The view has not `min_version` yet. Ask again."
_READ = Permission("tickets:read")
_BEGINNING = (datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))
_MOMENTS: CursorCodec[tuple[datetime, UUID]] = CursorCodec(TypeAdapter(tuple[datetime, UUID]))
_MESSAGES = ("messages", "occurred_at", "id")
_TIMELINE = ("timeline", "recorded_at", "event_id")
"""An order in cursors, and the columns that make it."""

Reader = Annotated[Principal, Depends(_READ)]


def tickets_router(
    database: Database, follower: ChangeFeedFollower, min_version_wait_s: float
) -> APIRouter:
    """`min_version_wait_s`: how long a request waits for the version that it asks for."""
    router = APIRouter(prefix="/v1/tickets", tags=["tickets"])

    @router.get("")
    async def list_(_: Reader, asked: Annotated[TicketListQuery, Query()]) -> TicketPageAnswer:
        """Tickets that fit every filter, a page at a time."""
        fields = asked.model_dump(exclude=set(TicketFilter.model_fields))
        request = TicketListRequest(asked.facets(), **fields)
        async with database.connection() as connection:
            try:
                found, cursor = await list_tickets(connection, request)
            except InvalidCursor as error:
                raise _bad_cursor(error) from None
        tickets = [ticket_row(record) for record in found]
        return TicketPageAnswer(tickets=tickets, next_cursor=cursor)

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
        if min_version is not None:
            await _wait_for_version(database, follower, ticket_id, min_version, min_version_wait_s)
        async with database.connection() as connection:
            ticket = await _detail(connection, ticket_id)
        response.headers["ETag"] = f'"{ticket.version}"'
        return ticket

    @router.get("/{ticket_id}/messages", responses=problems(404))
    async def messages(
        ticket_id: UUID, _: Reader, page: Annotated[PageQuery, Query()]
    ) -> MessagePageAnswer:
        """The messages of a ticket, oldest first."""
        found, cursor = await _page(database, messages_after, _MESSAGES, ticket_id, page)
        messages = [Message.model_validate(dict(record)) for record in found]
        return MessagePageAnswer(messages=messages, next_cursor=cursor)

    @router.get("/{ticket_id}/timeline", responses=problems(404))
    async def timeline(
        ticket_id: UUID, _: Reader, page: Annotated[PageQuery, Query()]
    ) -> TimelinePageAnswer:
        """The events of a ticket, oldest first."""
        found, cursor = await _page(database, timeline_after, _TIMELINE, ticket_id, page)
        events = [TimelineEntry.model_validate(dict(record)) for record in found]
        return TimelinePageAnswer(events=events, next_cursor=cursor)

    return router


async def _detail(connection: Connection, ticket_id: UUID) -> TicketDetail:
    found = await ticket_of(connection, ticket_id)
    if found is None:
        raise not_found("ticket", ticket_id)
    customer = await customer_of(connection, found["customer_id"])
    return ticket_detail(found, customer, await newest_drafts(connection, ticket_id))


async def _wait_for_version(
    database: Database,
    follower: ChangeFeedFollower,
    ticket_id: UUID,
    min_version: int,
    wait_s: float,
) -> None:
    """Returns when the view has the version, or does not know the ticket in time.

    Raises 409 when it has an earlier version in time.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    while True:
        async with database.connection() as connection:
            version = await version_of(connection, ticket_id)
        left_s = deadline - asyncio.get_running_loop().time()
        if version is not None and version >= min_version:
            return
        if left_s <= 0:
            break
        # The change may have come between the query and the wait, so the wait is short.
        await follower.wait_for_change(ticket_id, min(left_s, _LOOK_AGAIN_S))
    if version is not None:
        raise Problem(
            409,
            "view-behind",
            "Not there yet",
            f"The view has version {version}, not yet {min_version}. Ask again.",
            headers={"Retry-After": "1"},
        )


def _bad_cursor(error: InvalidCursor) -> Problem:
    return Problem(
        422,
        "invalid-cursor",
        "Invalid cursor",
        f"{error}. Ask for the first page again.".capitalize(),
    )


async def _page(
    database: Database,
    query: Callable[..., Awaitable[list[Record]]],
    order: tuple[str, str, str],
    ticket_id: UUID,
    page: PageQuery,
) -> tuple[list[Record], str | None]:
    """The records of a page, and the cursor of the next one. Raises 404 for an unknown ticket."""
    name, time, key = order
    try:
        after = _MOMENTS.decode(name, page.cursor) if page.cursor else _BEGINNING
    except InvalidCursor as error:
        raise _bad_cursor(error) from None
    async with database.connection() as connection:
        found = await query(connection, ticket_id, after, page.limit + 1)
        if not found and await version_of(connection, ticket_id) is None:
            raise not_found("ticket", ticket_id)
    if len(found) <= page.limit:
        return found, None
    last = found[page.limit - 1]
    return found[: page.limit], _MOMENTS.encode(name, (last[time], last[key]))
