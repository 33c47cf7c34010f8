"""Records in Kafka to committed views, beside the same rows upserted with no Kafka and no decoding.

The service runs as it does in production, in a process of its own, from the beginning of topics
that were filled before. The raw part writes the same rows in batches as a bare client is handed
them by the log, by plain `insert … on conflict do update` from one connection, into the same
tables and indexes. (Who reads a backlog gets it partition by partition, so a batch of 500 events
is about nearly as many tickets; in the order in which things happened it would be about 60.)
"""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from itertools import chain
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, cast

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import BaseModel

from bench.cost import Cost, CostMeter, cost_meter
from bench.servers import service_environment, serving
from bench.story import stories
from deskstream_contracts import TOPICS, Event, decode, encode
from deskstream_localstack.ports import free_ports
from deskstream_localstack.testing import LocalStack, local_stack
from deskstream_projection.adapters.read_model_store import ReadModelStore
from deskstream_projection.domain.fold import EVENT_TYPES, fold
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.migrate import migrate

BATCH = 500
_SEED = 7
_TIMEOUT_S = 120.0
_LOOK_EVERY_S = 0.02
_UNDER_WAY_SHARE = 0.05
_HANDLED = "select coalesce(sum(next_offset), 0)::bigint from consumer_offset"

Statement = tuple[str, tuple[Any, ...]]


class Speed(BaseModel):
    """Events a second, and what one costs."""

    per_s: float
    cost: Cost


class Projecting(BaseModel):
    """Rounds of each, taken in turn. `same_sql` runs the service's own statements.

    Ratios are of projector to plain upsert, medians of rounds: `ratio` of events a second,
    `cost_ratio` of processor time an event (1: as little as plain upserts).
    """

    events: int
    projector: list[Speed]
    plain_upsert: list[Speed]
    same_sql: list[Speed]
    ratio: float
    cost_ratio: float


def measure(tickets: int, rounds: int) -> Projecting:
    """Projects the stories of this many tickets, in turn with its raw parts, on fresh databases."""
    events = stories(tickets, _SEED)
    with local_stack() as stack, TemporaryDirectory() as folder:
        asyncio.run(_fill(stack.kafka_bootstrap, events))
        batches = asyncio.run(_recorded(stack.kafka_bootstrap, len(events)))
        plain_batches = [_plain(batch) for batch in batches]
        projector, plain, same = [], [], []
        for number in range(rounds):
            plain.append(_write(stack, f"plain_{number}", plain_batches, len(events)))
            projector.append(_project(stack, f"projector_{number}", len(events), Path(folder)))
            same.append(_write(stack, f"same_{number}", batches, len(events)))
    pairs = list(zip(projector, plain, strict=True))
    return Projecting(
        events=len(events),
        projector=projector,
        plain_upsert=plain,
        same_sql=same,
        ratio=median(ours.per_s / raw.per_s for ours, raw in pairs),
        cost_ratio=median(raw.cost.total_us / ours.cost.total_us for ours, raw in pairs),
    )


def _fresh_database(stack: LocalStack, name: str) -> str:
    dsn = stack.service_database(name)
    migrate(dsn, "deskstream_projection")
    return dsn


# --- the projector --------------------------------------------------------------------------------


async def _fill(bootstrap: str, events: Sequence[Event[Any]]) -> None:
    await create_topics(KafkaAccess(bootstrap), TOPICS)
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5)
    await producer.start()
    try:
        acks = []
        for event in events:
            topic, partition, key, headers, value = encode(event)
            acks.append(
                await producer.send(topic, value, key, partition=partition, headers=headers)
            )
        await asyncio.gather(*acks)
    finally:
        await producer.stop()


def _project(stack: LocalStack, database: str, events: int, folder: Path) -> Speed:
    """Runs the service until it has handled all."""
    dsn = _fresh_database(stack, database)
    (port,) = free_ports(1)
    environment = service_environment(stack, dsn, port, folder)
    with serving("deskstream_projection", "serve", environment=environment) as pid:
        return asyncio.run(_watch(dsn, pid, events))


async def _watch(dsn: str, pid: int, events: int) -> Speed:
    """Times from the first look that sees it under way to the one that sees it done."""
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(_TIMEOUT_S), cost_meter(pid, dsn) as meter:
            first = await _handled(connection, int(events * _UNDER_WAY_SHARE))
            started = time.perf_counter()
            await meter.start()
            last = await _handled(connection, events)
            seconds = time.perf_counter() - started
            return Speed(per_s=(last - first) / seconds, cost=await meter.cost_of(last - first))
    finally:
        await connection.close()


async def _handled(connection: "asyncpg.Connection[Any]", at_least: int) -> int:
    """Waits until so many records are handled; returns how many are."""
    while True:
        handled: int = await connection.fetchval(_HANDLED)
        if handled >= at_least:
            return handled
        await asyncio.sleep(_LOOK_EVERY_S)


# --- the raw parts --------------------------------------------------------------------------------


class _Recorder:
    """Stands where a transaction does and keeps what would be sent to the database."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    async def execute(self, sql: str, *arguments: Any) -> None:
        self.statements.append((sql, arguments))

    async def fetch(self, sql: str, *arguments: Any) -> list[tuple[Any, bool]]:
        """The one query asks which of the events, named by the first argument, are new: all."""
        self.statements.append((sql, arguments))
        return [(event_id, True) for event_id in arguments[0]]


async def _recorded(bootstrap: str, events: int) -> list[list[Statement]]:
    """The statements the projector would send, batch by batch."""
    store = ReadModelStore()
    batches: list[list[Statement]] = []
    async for batch in _batches(bootstrap, events):
        recorder = _Recorder()
        # Of a transaction's methods a write calls two, and the recorder has those.
        await store.write(cast("Transaction", recorder), fold(batch))
        batches.append(recorder.statements)
    return batches


async def _batches(bootstrap: str, events: int) -> AsyncIterator[list[Event[Any]]]:
    """All events, in batches as the log hands them out."""
    names = [event_type.event_type for event_type in EVENT_TYPES]
    consumer = AIOKafkaConsumer(
        *names, bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            while events > 0:
                found = await consumer.getmany(timeout_ms=500, max_records=BATCH)
                records = list(chain.from_iterable(found.values()))
                if records:
                    events -= len(records)
                    yield [decode(one.topic, one.headers, one.value) for one in records]
    finally:
        await consumer.stop()


def _plain(batch: Sequence[Statement]) -> list[Statement]:
    """The same rows with nothing decided or looked up in SQL: the last one wins, whatever it is."""
    return [
        (_plain_upsert(sql), arguments)
        for sql, arguments in batch
        if sql.lstrip().startswith("insert")
    ]


def _plain_upsert(sql: str) -> str:
    """`insert into T as kept (a, b) … on conflict (a) do update` with each column as it comes."""
    if "insert into roll_up" in sql:
        return sql  # counts are added up: there is no plainer way
    columns = re.search(r"\(([^)]*)\)", sql)
    insert, conflict, _ = sql.partition("do update set")
    if columns is None or not conflict:
        raise ValueError(f"not an upsert: {sql[:200]}")
    names = [name.strip() for name in columns[1].split(",")]
    return f"{insert}{conflict} " + ", ".join(f"{name} = excluded.{name}" for name in names)


def _write(
    stack: LocalStack, database: str, batches: Sequence[Sequence[Statement]], events: int
) -> Speed:
    """Writes all batches, each in a transaction."""
    return asyncio.run(_write_all(_fresh_database(stack, database), batches, events))


async def _write_all(dsn: str, batches: Sequence[Sequence[Statement]], events: int) -> Speed:
    connection = await asyncpg.connect(dsn, server_settings={"jit": "off"})
    try:
        async with cost_meter(os.getpid(), dsn) as meter:
            return await _timed(connection, meter, batches, events)
    finally:
        await connection.close()


async def _timed(
    connection: "asyncpg.Connection[Any]",
    meter: CostMeter,
    batches: Sequence[Sequence[Statement]],
    events: int,
) -> Speed:
    started = time.perf_counter()
    await meter.start()
    for batch in batches:
        async with connection.transaction():
            for sql, arguments in batch:
                await connection.execute(sql, *arguments)
    return Speed(per_s=events / (time.perf_counter() - started), cost=await meter.cost_of(events))
