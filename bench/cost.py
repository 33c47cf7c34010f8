"""Processor time of one operation: what a machine that others use too cannot blur much."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import psutil
from pydantic import BaseModel

_BACKENDS = """
select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
"""


class Cost(BaseModel):
    """Microseconds of processor time an operation took: in the server, and in its database."""

    server_us: float
    database_us: float

    @property
    def total_us(self) -> float:
        """Both together."""
        return self.server_us + self.database_us


class CostMeter:
    """Reads the processor time of one server process and of all sessions on its database."""

    def __init__(self, pid: int, connection: "asyncpg.Connection[Any]") -> None:
        self._server = psutil.Process(pid)
        self._connection = connection
        self._since = (0.0, 0.0)

    async def start(self) -> None:
        """Counts from now on."""
        self._since = await self._read_s()

    async def cost_of(self, operations: int) -> Cost:
        """What each of these operations took since the start. Servers must be local."""
        server_s, database_s = await self._read_s()
        scale = 1e6 / max(operations, 1)
        return Cost(
            server_us=(server_s - self._since[0]) * scale,
            database_us=(database_s - self._since[1]) * scale,
        )

    async def _read_s(self) -> tuple[float, float]:
        pids = [row["pid"] for row in await self._connection.fetch(_BACKENDS)]
        return _cpu_s(self._server), sum(_cpu_s_of(pid) for pid in pids)


@asynccontextmanager
async def cost_meter(pid: int, dsn: str) -> AsyncIterator[CostMeter]:
    """A meter with a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        yield CostMeter(pid, connection)
    finally:
        await connection.close()


def _cpu_s_of(pid: int) -> float:
    try:
        return _cpu_s(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return 0.0


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
