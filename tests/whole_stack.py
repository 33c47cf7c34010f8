"""The whole of Deskstream, started as a user starts it, for tests that cross services."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from deskstream_cli.stack.consumer_lag import consumer_lags
from deskstream_cli.stack.data_folder import DataFolder
from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.parts import stack_superuser_dsn
from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_cli.stack.state import StackState
from deskstream_cli.stack.supervisor import supervisor_of
from deskstream_contracts import TOPICS, Event, EventData, UndecodableRecord, decode
from deskstream_contracts.topics import SERVICES
from deskstream_runtime.testing.waiting import eventually

UP_TIMEOUT_S = 180
SETTLE_TIMEOUT_S = 90
SOON_DUE = timedelta(seconds=10)
# Rest is seen twice, so far apart that what a last record causes is on its way by the second look.
LOOKS_APART_S = 0.3


class WholeStack:
    """A running stack in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = DataFolder(folder)
        self.state = StackState.load(self.folder)
        self.bootstrap = self.state.urls["kafka"]
        self.gateway = self.state.urls["gateway"]
        self.live_feed = self.state.urls["live-feed"]
        self.catcher = self.state.catcher_url.rstrip("/")
        self.key = self.folder.api_key.read_text().strip()

    def client(self) -> httpx.AsyncClient:
        """A client of the public API."""
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.AsyncClient(base_url=self.gateway, headers=headers, timeout=20)

    # --- processes --------------------------------------------------------------------------------

    def pid(self, part: str) -> int:
        """The process of a part; 0 while it is down."""
        supervisor = supervisor_of(self.folder, self.state)
        assert supervisor is not None
        return supervisor.processes()[part].pid

    def kill(self, part: str) -> int:
        """`kill -9`; returns the pid that is gone. The supervisor starts the part again."""
        pid = self.pid(part)
        os.kill(pid, signal.SIGKILL)
        return pid

    async def back(self, part: str, killed_pid: int) -> None:
        """Waits until the part runs again under another pid."""
        await eventually(
            lambda: self.pid(part) not in {0, killed_pid}, within_s=30, what=f"{part} started again"
        )

    def desk(self, *arguments: str) -> "subprocess.Popen[str]":
        """Starts a `desk` command on this stack."""
        return subprocess.Popen(
            desk_argv(*arguments, "--data-dir", str(self.folder.root)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    # --- the log ----------------------------------------------------------------------------------

    async def events(self, *topics: str) -> list[Event[EventData]]:
        """Every event of these topics (of all, when none is named), each id once, in log order."""
        records = await self.records(*(topics or (topic.name for topic in TOPICS)))
        events: dict[Any, Event[EventData]] = {}
        for record in records:
            try:
                event = decode(record.topic, record.headers, record.value)
            except UndecodableRecord:
                continue
            events.setdefault(event.id, event)
        return list(events.values())

    async def records(self, *topics: str) -> list[Any]:
        """Every record of these topics, by a client that knows nothing of ours."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        try:
            by_name = {topic.name: topic.partitions for topic in TOPICS}
            places = [TopicPartition(name, n) for name in topics for n in range(by_name[name])]
            consumer.assign(places)
            ends = await consumer.end_offsets(places)
            records: list[Any] = []
            while any([await consumer.position(place) < ends[place] for place in places]):
                for batch in (await consumer.getmany(timeout_ms=500)).values():
                    records += batch
            return records
        finally:
            await consumer.stop()

    async def poison(self, topic: str, value: bytes) -> None:
        """Writes a record that nobody can read."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(topic, value, uuid4().bytes, partition=0)
        finally:
            await producer.stop()

    # --- the databases ----------------------------------------------------------------------------

    async def query(self, service: str, sql: str, *arguments: object) -> list[Any]:
        """Looks into a service's database as nobody but a test may."""
        async with self.connection(service) as connection:
            return list(await connection.fetch(sql, *arguments))

    @asynccontextmanager
    async def connection(self, service: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
        """For a test that holds a lock or a snapshot in a service's database."""
        dsn = stack_superuser_dsn(self.folder, self.state.ports)
        connection = await asyncpg.connect(urlunsplit(urlsplit(dsn)._replace(path=f"/{service}")))
        try:
            yield connection
        finally:
            await connection.close()

    # --- rest -------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Waits until nothing is on its way: no lag, no outbox row, no work due or soon due.

        Alerts wait a few seconds for others about the same ticket: they are work that is soon due.
        """
        quiet = 0
        deadline = time.monotonic() + SETTLE_TIMEOUT_S
        while quiet < 2:
            moving = await self._on_its_way()
            quiet = 0 if moving else quiet + 1
            assert time.monotonic() < deadline, f"not at rest: {moving}; {self._troubles()}"
            await asyncio.sleep(LOOKS_APART_S)

    async def _on_its_way(self) -> list[str]:
        """What moves, by service."""
        moving: list[str] = []
        try:
            for service in SERVICES:
                rows = await self.query(
                    service,
                    "select 'outbox' as what, count(*) as n from outbox having count(*) > 0"
                    " union all select 'of ' || topic, rows from topic_aside"
                    " union all select kind, count(*) from work where due_at <= now()"
                    "     or kind = 'email.alert' and due_at <= now() + $1 group by kind",
                    SOON_DUE,
                )
                moving += [f"{service}: {row['n']} {row['what']}" for row in rows]
            lags = await consumer_lags(kafka_access(self.state), SERVICES)
        except (OSError, KafkaError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return [*moving, repr(error)]
        moving += [str(lag) for lag in lags if lag.behind or not lag.partitions]
        return moving

    def _troubles(self) -> dict[str, object]:
        """What services say of themselves."""
        found = {name: ServiceReadiness.read(self.state.ports[name]) for name in SERVICES}
        return {name: one.troubles for name, one in found.items() if one.troubles}


def desk_argv(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "deskstream_cli", *arguments]


@contextmanager
def whole_stack(folder: Path, environment: dict[str, str] | None = None) -> Iterator[WholeStack]:
    """`desk up` in a folder, and `desk down` at the end."""
    variables = os.environ | (environment or {})
    up = subprocess.run(
        desk_argv("up", "--data-dir", str(folder)),
        capture_output=True,
        text=True,
        timeout=UP_TIMEOUT_S,
        env=variables,
        check=False,
    )
    assert up.returncode == 0, up.stdout + up.stderr + _last_logs(folder)
    try:
        yield WholeStack(folder)
    finally:
        subprocess.run(
            desk_argv("down", "--wipe", "--data-dir", str(folder)),
            capture_output=True,
            timeout=UP_TIMEOUT_S,
            check=False,
        )


def _last_logs(folder: Path) -> str:
    logs = sorted((folder / "logs").glob("*.log"))
    return "".join(f"\n--- {log.name}\n{log.read_text()[-1_500:]}" for log in logs)


@asynccontextmanager
async def running(command: "subprocess.Popen[str]") -> AsyncIterator["subprocess.Popen[str]"]:
    """A started command, ended at the end whatever happens."""
    try:
        yield command
    finally:
        if command.poll() is None:
            command.kill()
        command.wait()


async def output_of(command: "subprocess.Popen[str]", timeout_s: float) -> str:
    """What a command printed, once it has ended well."""
    output, _ = await asyncio.wait_for(asyncio.to_thread(command.communicate), timeout_s)
    assert command.returncode == 0, output
    return output


def csv_of(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    """Writes a CSV file that `desk import` understands."""
    header = list(rows[0])
    lines = [",".join(header), *(",".join(json.dumps(row[h]) for h in header) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path
