"""The tables in memory and those in Postgres, side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar, cast

import asyncpg
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)
from simulation.desk import BEGIN
from simulation.driving import run
from simulation.memory import MemoryDatabase

from deskstream_runtime.errors import Halt, LostPartition
from deskstream_runtime.postgres.connection import Transaction, in_transaction
from deskstream_runtime.work.kind import LeasedWork

R = TypeVar("R")

TABLES = {
    "consumer_offset": "select topic, partition, next_offset from consumer_offset order by 1, 2",
    "outbox": "select topic, partition, key, headers, value from outbox order by seq",
    "outbox_place": "select number, topic, partition, next_offset from outbox_place order by 1",
    "parking_count": "select run, parked, handled from parking_count",
    "parked_record": "select topic, partition, record_offset, subject, error, attempts, parked_at,"
    " replay_requested_at from parked_record order by seq",
    "watermark": "select topic, until from watermark order by topic",
    "work": "select id, kind, subject, payload, due_at, attempts, lease, leased_until, last_error"
    " from work order by seq",
}


class RolledBack(Exception):
    """Ends a transaction without its effects."""


class BothStores(RuleBasedStateMachine):
    """The same calls on both, each in a transaction of its own."""

    dsn: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.postgres: asyncpg.Connection[Any] = self.runner.run(asyncpg.connect(self.dsn))
        self.runner.run(self.postgres.execute(f"truncate {', '.join(TABLES)} restart identity"))
        self.runner.run(self.postgres.execute("insert into parking_count default values"))
        self.now = BEGIN
        self.memory = MemoryDatabase(lambda: self.now)
        self.calls = 0
        self.leased: list[LeasedWork] = []

    def teardown(self) -> None:
        self.runner.run(self.postgres.close())
        self.runner.close()

    def both(
        self,
        act: Callable[[Transaction], Awaitable[R]],
        *,
        commits: bool = True,
        in_memory: Callable[[Transaction], Awaitable[R]] | None = None,
    ) -> R:
        """What both answer; they must agree, also on what is raised."""
        self.calls += 1
        self.now += timedelta(seconds=1)
        found = self.runner.run(self.in_postgres(act, commits=commits))
        twin = run(self.in_memory(in_memory or act, commits=commits))
        assert twin == found
        return cast(R, found)

    async def in_postgres(
        self, act: Callable[[Transaction], Awaitable[R]], *, commits: bool
    ) -> Any:
        answer: Any = None
        with suppress(RolledBack):
            async with in_transaction(self.postgres) as tx:
                try:
                    answer = await act(tx)
                except (LostPartition, Halt) as error:
                    answer = str(error)
                    raise RolledBack from None
                if not commits:
                    raise RolledBack
        return answer

    async def in_memory(self, act: Callable[[Transaction], Awaitable[R]], *, commits: bool) -> Any:
        answer: Any = None
        with suppress(RolledBack):
            async with self.memory.transaction() as tx:
                try:
                    answer = await act(cast(Transaction, tx))
                except (LostPartition, Halt) as error:
                    answer = str(error)
                    raise RolledBack from None
                if not commits:
                    raise RolledBack
        return answer

    # --- what both hold ---------------------------------------------------------------------------

    @invariant()
    def they_hold_the_same(self) -> None:
        for table, query in TABLES.items():
            rows = [dict(row) for row in self.runner.run(self.postgres.fetch(query))]
            assert self.held_in_memory(table, rows) == rows, table

    def held_in_memory(self, table: str, alike: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The twin's rows, with the columns that the rows of Postgres have."""
        tables = self.memory.tables
        if table == "consumer_offset":
            return [
                {"topic": topic, "partition": number, "next_offset": offset}
                for (topic, number), offset in sorted(tables.positions.items())
            ]
        if table == "parking_count":
            return [dict(zip(("run", "parked", "handled"), tables.parking_count, strict=True))]
        if table == "watermark":
            return [{"topic": one, "until": at} for one, at in sorted(tables.watermarks.items())]
        rows = {
            "outbox": tables.outbox,
            "outbox_place": tables.outbox_places,
            "parked_record": tables.parked,
            "work": tables.work,
        }[table]
        columns = alike[0] if alike else {}
        return [{name: rows[seq][name] for name in columns} for seq in sorted(rows)]
