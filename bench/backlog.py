"""What is still on its way through a stack: records not handled, outbox rows, work that is due."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from pydantic import BaseModel

from bench.stack import Stack
from deskstream_cli.stack.parts import stack_superuser_dsn
from deskstream_contracts.topics import SERVICES

_POSITIONS = "select topic, partition, next_offset from consumer_offset"
_ROWS = """
select (select count(*) from outbox) as outbox,
       (select count(*) from work where due_at <= now()) as work
"""


class Backlog(BaseModel):
    """Records each service has not handled, and rows in all outboxes and work tables."""

    records: dict[str, int]
    outbox: int
    work: int

    def total(self) -> int:
        """All of it."""
        return sum(self.records.values()) + self.outbox + self.work


class BacklogGauge:
    """Looks at a stack: positions are read where they are kept, in each service's database."""

    def __init__(
        self, consumer: AIOKafkaConsumer, databases: "dict[str, asyncpg.Connection[Any]]"
    ) -> None:
        self._consumer = consumer
        self._databases = databases

    async def look(self) -> Backlog:
        """Positions are read before the log's end: what is read may be a little too much."""
        handled: dict[str, dict[TopicPartition, int]] = {}
        outbox = work = 0
        for service, connection in self._databases.items():
            handled[service] = {
                TopicPartition(row["topic"], row["partition"]): row["next_offset"]
                for row in await connection.fetch(_POSITIONS)
            }
            rows = await connection.fetchrow(_ROWS)
            assert rows is not None
            outbox += rows["outbox"]
            work += rows["work"]
        ends = await self._consumer.end_offsets(
            {place for held in handled.values() for place in held}
        )
        records = {
            service: sum(ends[place] - offset for place, offset in held.items())
            for service, held in handled.items()
        }
        return Backlog(records=records, outbox=outbox, work=work)


@asynccontextmanager
async def backlog_gauge(stack: Stack) -> AsyncIterator[BacklogGauge]:
    """Opens one connection to each database and one to the broker."""
    superuser = urlsplit(stack_superuser_dsn(stack.folder, stack.state.ports))
    async with AsyncExitStack() as opened:
        databases: dict[str, asyncpg.Connection[Any]] = {}
        for service in SERVICES:
            dsn = urlunsplit(superuser._replace(path=f"/{service}"))
            databases[service] = await asyncpg.connect(dsn)
            opened.push_async_callback(databases[service].close)
        consumer = AIOKafkaConsumer(bootstrap_servers=stack.bootstrap)
        await consumer.start()
        opened.push_async_callback(consumer.stop)
        yield BacklogGauge(consumer, databases)
