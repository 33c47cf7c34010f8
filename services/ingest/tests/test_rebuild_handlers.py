"""What a rebuild remembers from batch to batch outlives a batch that was rolled back."""

from collections.abc import Callable
from typing import Any

import asyncpg
from ingest_scenarios import AGENT, TICKET_ID, after, create, happened, some_id

from deskstream_contracts import Event
from deskstream_ingest.domain.commands import ResolveTicket
from deskstream_ingest.handlers.rebuild import RebuildHandlers
from deskstream_runtime.testing.batches import committed, rolled_back


async def test_what_came_before_its_ticket_is_known_when_the_ticket_comes_again(
    new_database: Callable[..., str],
) -> None:
    created, resolved = (
        Event[Any](
            id=some_id(body.event_type),
            subject=TICKET_ID,
            time=after(number),
            data=body,
            sequence=number + 1,
        )
        for number, body in enumerate(happened(create(), ResolveTicket(actor=AGENT, at=after(5))))
    )
    handlers = RebuildHandlers()
    connection = await asyncpg.connect(new_database("deskstream_ingest"))
    try:
        await committed(connection, handlers.rebuild_tickets, [resolved])
        await rolled_back(connection, handlers.rebuild_tickets, [created])
        await committed(connection, handlers.rebuild_tickets, [created])
        status = await connection.fetchval(
            "select state::jsonb -> 'head' ->> 'status' from ticket where id = $1", TICKET_ID
        )
        assert status == "resolved"
    finally:
        await connection.close()
