"""`POST /v1/tickets` on the whole ingest service, beside a bare handler that commits two rows.

The same client drives both in turn: first as fast as 16 connections go, then at a steady rate.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from statistics import median

import asyncpg
from pydantic import BaseModel

from bench.bare_accept import TABLES
from bench.cost import Cost, cost_meter
from bench.http_client import Connection, connections
from bench.latency import Latency, latency
from bench.servers import SECRET, service_environment, serving
from bench.tickets import bodies
from deskstream_contracts import TOPICS
from deskstream_localstack.ports import free_ports
from deskstream_localstack.testing import LocalStack, local_stack
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.postgres.migrate import migrate

CONNECTIONS = 16
STEADY_PER_S = 200
_STEADY_CONNECTIONS = 64
_ROUNDS = 2
_WARM_UP_S = 2.0
# What the round before left to do (triage coming back, the relay) must not count against the next.
_PAUSE_S = 1.0
_START_TIMEOUT_S = 60.0
_LOOK_EVERY_S = 0.1


class Accepting(BaseModel):
    """One server: as fast as it goes over 16 connections, and at a steady rate."""

    per_s: float
    cost: Cost
    flat_out: Latency | None
    steady: Latency | None
    refused: int


class Comparison(BaseModel):
    """Rounds of the bare handler and of ingest, taken in turn; ratios are medians of rounds.

    `ratio` is of tickets a second, `cost_ratio` of processor time a ticket (1: as little as bare).
    """

    bare: list[Accepting]
    ingest: list[Accepting]
    ratio: float
    cost_ratio: float


def measure(seconds: float) -> Comparison:
    """Measures each server twice, in turn, for `seconds` flat out and as long at a steady rate."""
    with local_stack() as stack, tempfile.TemporaryDirectory() as folder:
        dsn = stack.service_database("ingest")
        migrate(dsn, "deskstream_ingest")
        asyncio.run(_prepare(stack, dsn))
        bare, ingest = [], []
        for _ in range(_ROUNDS):
            (port,) = free_ports(1)
            with serving("bench.bare_accept", "--dsn", dsn, "--port", str(port)) as pid:
                bare.append(asyncio.run(_drive(dsn, port, pid, seconds)))
            (port,) = free_ports(1)
            environment = service_environment(stack, dsn, port, Path(folder))
            with serving("deskstream_ingest", "serve", environment=environment) as pid:
                ingest.append(asyncio.run(_drive(dsn, port, pid, seconds)))
        ratio = median(ours.per_s / raw.per_s for ours, raw in zip(ingest, bare, strict=True))
        cost_ratio = median(
            raw.cost.total_us / ours.cost.total_us for ours, raw in zip(ingest, bare, strict=True)
        )
        return Comparison(bare=bare, ingest=ingest, ratio=ratio, cost_ratio=cost_ratio)


async def _drive(dsn: str, port: int, pid: int, seconds: float) -> Accepting:
    url = f"http://127.0.0.1:{port}"
    await _accepting(url)
    await _flat_out(url, _WARM_UP_S)
    async with cost_meter(pid, dsn) as meter:
        await meter.start()
        fast = await _flat_out(url, seconds)
        cost = await meter.cost_of(len(fast.times_s))
    await asyncio.sleep(_PAUSE_S)
    steady = await _steady(url, seconds)
    return Accepting(
        per_s=len(fast.times_s) / seconds,
        cost=cost,
        flat_out=latency(fast.times_s),
        steady=latency(steady.times_s),
        refused=fast.refused + steady.refused,
    )


class _Answers:
    """Times of accepted tickets, and how many were not accepted."""

    def __init__(self) -> None:
        self.times_s: list[float] = []
        self.refused = 0

    async def create(self, connection: Connection, body: bytes, since: float) -> None:
        """Sends one ticket; its time counts from `since`."""
        if (await connection.post("/v1/tickets", body)).status == 201:
            self.times_s.append(time.perf_counter() - since)
        else:
            self.refused += 1


async def _flat_out(url: str, seconds: float) -> _Answers:
    """A closed loop: each connection sends its next request once it has an answer."""
    answers = _Answers()
    body = bodies()
    until = time.perf_counter() + seconds

    async def drive(connection: Connection) -> None:
        while (now := time.perf_counter()) < until:
            await answers.create(connection, next(body), now)

    async with connections(url, SECRET, CONNECTIONS) as opened:
        await asyncio.gather(*map(drive, opened))
    return answers


async def _steady(url: str, seconds: float) -> _Answers:
    """A fixed rate, each time counted from when the request was due."""
    answers = _Answers()
    body = bodies()
    free: asyncio.Queue[Connection] = asyncio.Queue()

    async def one(due: float) -> None:
        connection = await free.get()
        await answers.create(connection, next(body), due)
        free.put_nowait(connection)

    async with connections(url, SECRET, _STEADY_CONNECTIONS) as opened:
        for connection in opened:
            free.put_nowait(connection)
        start = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(int(seconds * STEADY_PER_S)):
                due = start + number / STEADY_PER_S
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                group.create_task(one(due))
    return answers


# --- servers --------------------------------------------------------------------------------------


async def _accepting(url: str) -> None:
    """Waits until the server has its database and accepts a ticket."""
    body = next(bodies())
    async with asyncio.timeout(_START_TIMEOUT_S):
        while True:
            try:
                async with connections(url, SECRET, 1) as opened:
                    if (await opened[0].post("/v1/tickets", body)).status == 201:
                        return
            except OSError:
                pass
            await asyncio.sleep(_LOOK_EVERY_S)


async def _prepare(stack: LocalStack, dsn: str) -> None:
    await create_topics(KafkaAccess(stack.kafka_bootstrap), TOPICS)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(TABLES)
    finally:
        await connection.close()
