"""The pool is closed when time is up; a connection that was ended is one whose server is away."""

import asyncio
from typing import Any

import asyncpg
import pytest
from conftest import Bench

from deskstream_runtime.errors import is_transient
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.testing.waiting import eventually


async def test_no_time_left_is_no_time(bench: Bench) -> None:
    for_ever = {"command_timeout_s": 3_600.0, "idle_in_transaction_timeout_s": 3_600.0}
    settings = bench.settings.postgres.model_copy(update=for_ever)
    database = Database(settings, "toy")
    await database.open()
    holds, closed = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        async with database.transaction() as tx:
            holds.set()
            await closed.wait()
            await tx.execute("select 1")

    holding = asyncio.create_task(hold())
    await holds.wait()
    closing = asyncio.create_task(database.close(within_s=0.0))
    try:
        await eventually(closing.done, within_s=20, what="a pool closed in no time")
    finally:
        closed.set()
        with pytest.raises(asyncpg.InterfaceError):
            await holding
        await closing


ENDED = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
"""What Postgres says to a connection that it ends (ErrorResponse)."""


async def test_a_connection_that_was_ended_and_has_not_noticed(bench: Bench) -> None:
    """Between the server's last word and the end of the socket: no mistake of ours."""
    connection = await asyncpg.connect(bench.settings.postgres.dsn.get_secret_value())
    try:
        protocol: Any = connection._protocol  # type: ignore[attr-defined]
        protocol.data_received(b"E" + (len(ENDED) + 4).to_bytes(4, "big") + ENDED)
        with pytest.raises(asyncpg.InternalClientError) as raised:
            await connection.execute("select 1")
    finally:
        connection.terminate()
    assert is_transient(raised.value)


def test_a_mistake_in_the_use_of_a_connection_is_none_of_its_server() -> None:
    error = asyncpg.InternalClientError(
        "cannot switch to state 11; another operation (13) is in progress"
    )
    assert not is_transient(error)
