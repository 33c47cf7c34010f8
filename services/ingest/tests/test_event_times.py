"""An event's time is taken in the transaction that decides it: log time rests on this."""

import asyncio

from ingest_desk import Desk

from deskstream_runtime.testing.waiting import eventually

_WAITING = "select count(*) from pg_locks where not granted"


async def test_a_command_that_waited_is_not_dated_back(desk: Desk) -> None:
    ticket = await desk.create()
    async with desk.infrastructure.database.transaction() as other:
        await other.execute("select from ticket for update")
        request = asyncio.create_task(desk.patch(ticket["id"], {"priority": "high"}))
        await eventually(lambda: other.fetchval(_WAITING), what="the command waits")
        desk.clock.advance(5)
    answer = await request
    assert answer.status_code == 200
    event = (await desk.outbox())[-1]
    assert event.type == "ticket.updated"
    assert event.time == desk.clock.now
    assert event.data.occurred_at == desk.clock.now  # type: ignore[attr-defined]
