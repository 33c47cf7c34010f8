"""`rebuild` of a service on a long log: time, memory, room in the database, and that all is equal.

    python -m bench.rebuild [--service projection] [--records 1000000]

The log is made of whole ticket lives; each record has its event's time. The projection handles it
as it does in production, and is then made again. A service with events of its own would announce
them beside those of the log: it does not run, but is made from the log twice.
"""

import asyncio
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import asyncpg
import click
import psutil
from aiokafka import AIOKafkaProducer

from bench.servers import service_environment, serving
from bench.story import stories
from deskstream_cli.stack.data_folder import repository_root
from deskstream_contracts import TOPICS, encode
from deskstream_contracts.registry import EVENT_TYPES
from deskstream_contracts.topics import SERVICES
from deskstream_localstack.ports import free_ports
from deskstream_localstack.testing import local_stack
from deskstream_runtime.kafka.access import KafkaAccess
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.postgres.migrate import migrate

_SEED = 7
_TICKETS_AT_ONCE = 500
# Seldom enough to cost what is measured nothing, often enough to see its most memory.
_LOOK_EVERY_S = 0.25
_TIMEOUT_S = 3_600.0
_HANDLED = "select coalesce(sum(next_offset), 0)::bigint from consumer_offset"
_SIZE = "select pg_database_size(current_database())"
_MB = 1_000_000


@click.command()
@click.option("--service", default="projection", type=click.Choice(sorted(SERVICES)))
@click.option("--records", default=1_000_000, type=click.IntRange(min=1))
def main(*, service: str, records: int) -> None:
    """Makes a log, a service's state from it, and that state again."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    announces = any(topic.owner == service for topic in TOPICS if topic.name in EVENT_TYPES)
    with local_stack() as stack, TemporaryDirectory() as folder:
        dsn = stack.service_database(service)
        migrate(dsn, f"deskstream_{service}")
        (port,) = free_ports(1)
        environment = service_environment(stack, dsn, port, Path(folder))
        asyncio.run(create_topics(KafkaAccess(stack.kafka_bootstrap), TOPICS))
        with _timed(f"{records} records written"):
            written = asyncio.run(_fill(stack.kafka_bootstrap, records))
        if announces:
            asyncio.run(_rebuild(service, dsn, environment))
        else:
            with (
                serving(f"deskstream_{service}", "serve", environment=environment),
                _timed(f"{written} records handled by the service"),
            ):
                asyncio.run(_handled(dsn, written))
        asyncio.run(_rebuild(service, dsn, environment))


@contextmanager
def _timed(what: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    click.echo(f"{what} in {time.perf_counter() - started:.0f} s")


async def _fill(bootstrap: str, records: int) -> int:
    """Writes lives of tickets until there are so many records; returns how many there are."""
    written = tickets = 0
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=20, compression_type="lz4")
    await producer.start()
    try:
        while written < records:
            acks = []
            for event in stories(_TICKETS_AT_ONCE, _SEED, first=tickets):
                topic, partition, key, headers, value = encode(event)
                acks.append(
                    await producer.send(
                        topic,
                        value,
                        key,
                        partition=partition,
                        timestamp_ms=int(event.time.timestamp() * 1000),
                        headers=headers,
                    )
                )
            await asyncio.gather(*acks)
            tickets += _TICKETS_AT_ONCE
            written += len(acks)
    finally:
        await producer.stop()
    return written


async def _handled(dsn: str, records: int) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            while True:
                if await connection.fetchval(_HANDLED) >= records:
                    return
                await asyncio.sleep(_LOOK_EVERY_S)
    finally:
        await connection.close()


@dataclass(slots=True)
class _Most:
    """The most that was seen, in bytes."""

    process: int = 0
    database: int = 0


async def _rebuild(service: str, dsn: str, environment: Mapping[str, str]) -> None:
    """Runs the command; says how long it took, and the most memory and room it needed."""
    connection = await asyncpg.connect(dsn)
    try:
        before = await connection.fetchval(_SIZE)
        most = _Most()
        with _timed(f"{service} rebuilt"):
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", f"deskstream_{service}", "rebuild"),
                env=environment,
                cwd=repository_root(),
            )
            while process.returncode is None:
                await _look(process.pid, connection, most)
                await asyncio.sleep(_LOOK_EVERY_S)
        after = await connection.fetchval(_SIZE)
    finally:
        await connection.close()
    if process.returncode:
        raise click.ClickException(f"The rebuild of {service} failed: see above.")
    click.echo(
        f"most memory {most.process / _MB:.0f} MB; database {before / _MB:.0f} MB before, "
        f"{most.database / _MB:.0f} MB at most, {after / _MB:.0f} MB after"
    )


async def _look(pid: int, connection: "asyncpg.Connection[Any]", most: _Most) -> None:
    try:
        most.process = max(most.process, psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return
    most.database = max(most.database, await connection.fetchval(_SIZE))


if __name__ == "__main__":
    main()
