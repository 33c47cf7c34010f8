"""ingest on a database that can be set back in time, and what must be true of the log then."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import httpx
from ingest_desk import NEW_TICKET

from deskstream_contracts import TOPICS, Event, decode
from deskstream_ingest.app import build
from deskstream_ingest.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.service import Service
from deskstream_runtime.testing.api_keys import bearer
from deskstream_runtime.testing.log import read_all
from deskstream_runtime.testing.waiting import eventually

OWN = [topic.name for topic in TOPICS if topic.owner == "ingest" and topic.kept == "forever"]


_TABLES = """
select tablename as name from pg_tables
where schemaname = 'public' and tablename not in ('schema_migrations', 'log_gap')
"""


class SetBack:
    """ingest on a database of its own, which can be kept as it is and put back later."""

    def __init__(self, settings: Settings, bootstrap: str) -> None:
        self.settings = settings
        self.bootstrap = bootstrap
        self._dsn = settings.postgres.dsn.get_secret_value()
        self._name = urlsplit(self._dsn).path[1:]
        self._cut_off = (
            "select pg_terminate_backend(pid, 10000) from pg_stat_activity"
            f" where datname = '{self._name}'"
        )

    @asynccontextmanager
    async def running(self, **settings: Any) -> AsyncIterator["Running"]:
        """A process of ingest, from its start on."""
        service = build(self.settings.model_copy(update=settings), utc_now)
        async with (
            service.running(),
            httpx.AsyncClient(base_url=service.url, headers=bearer(), timeout=30) as http,
        ):
            yield Running(service, http)

    async def keep(self) -> str:
        """Copies the database as it is now; returns the copy's name."""
        copy = f"{self._name}_{uuid4().hex[:6]}"
        await self._admin(f"create database {copy} template {self._name}")
        return copy

    async def put_back(self, copy: str) -> None:
        """The database is from now on what it was; whoever is connected is cut off."""
        lost = f"{copy}_lost"
        await self._admin(
            f"alter database {self._name} allow_connections false",
            self._cut_off,
            f"alter database {self._name} rename to {lost}",
            f"alter database {copy} rename to {self._name}",
        )

    async def keep_tables(self) -> dict[str, bytes]:
        """Copies all tables as they are at one moment, under whoever is connected."""
        connection = await asyncpg.connect(self._dsn)
        try:
            async with connection.transaction(isolation="repeatable_read"):
                copies: dict[str, bytes] = {}
                for row in await connection.fetch(_TABLES):
                    copy = BytesIO()
                    await connection.copy_from_table(row["name"], output=copy, format="binary")
                    copies[row["name"]] = copy.getvalue()
                return copies
        finally:
            await connection.close()

    async def put_back_tables(self, copies: dict[str, bytes]) -> None:
        """The tables are from now on what they were; whoever is connected is cut off."""
        connection = await asyncpg.connect(self._dsn)
        try:
            async with connection.transaction():
                await connection.execute(f"truncate {', '.join(copies)}")
                for table, copy in copies.items():
                    await connection.copy_to_table(table, source=BytesIO(copy), format="binary")
        finally:
            await connection.close()
        await self._admin(self._cut_off)

    async def _admin(self, *statements: str) -> None:
        dsn = urlunsplit(urlsplit(self._dsn)._replace(path="/postgres"))
        connection = await asyncpg.connect(dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def query(self, sql: str, *arguments: Any) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(self._dsn)
        try:
            return await connection.fetch(sql, *arguments)
        finally:
            await connection.close()

    async def positions(self) -> dict[tuple[str, int], int]:
        """How far the facts of other services were read."""
        rows = await self.query("select topic, partition, next_offset from consumer_offset")
        return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}

    async def told(self, ticket_id: str) -> list[Event[Any]]:
        """What the log has of a ticket from ingest, duplicates too."""
        records = [record for topic in OWN for record in await read_all(self.bootstrap, topic)]
        events = [decode(record.topic, record.headers, record.value) for record in records]
        return [event for event in events if event.subject == UUID(ticket_id)]

    async def all_told(self, ticket_id: str, version: int) -> None:
        """Waits until the log has this version and the outbox is empty."""

        async def there() -> bool:
            found = {event.sequence for event in await self.told(ticket_id)}
            rows = await self.query("select count(*) as n from outbox")
            return version in found and rows[0]["n"] == 0

        await eventually(there, within_s=60, what=f"version {version} in the log")

    async def all_seen(self, *processes: "Running") -> None:
        """Waits until these have looked how far the log goes. Each looks every second."""
        (row,) = await self.query("select max(number) as place from outbox_place")

        def looked() -> bool:
            seen = [process.own_log.seen for process in processes]
            return all(one is not None and one.number >= row["place"] for one in seen)

        await eventually(looked, within_s=60, what="a look at the database")

    async def assert_log_is_true(self, ticket_id: str, versions: int) -> None:
        """Each version is one fact, each id one fact, none is missing; the state is the last."""
        by_version: dict[int, set[UUID]] = defaultdict(set)
        by_id: dict[UUID, set[tuple[int | None, str]]] = defaultdict(set)
        for event in await self.told(ticket_id):
            by_id[event.id].add((event.sequence, event.data.model_dump_json()))
            if event.sequence is not None:
                by_version[event.sequence].add(event.id)
        assert sorted(by_version) == list(range(1, versions + 1))
        assert all(len(ids) == 1 for ids in by_version.values()), "a version was given twice"
        assert all(len(said) == 1 for said in by_id.values()), "one id tells two facts"
        (row,) = await self.query(
            "select (state->'head'->>'version')::int as version from ticket where id = $1",
            UUID(ticket_id),
        )
        assert row["version"] == versions


class Running:
    """One process, and words for what is asked of it."""

    def __init__(self, service: Service, http: httpx.AsyncClient) -> None:
        assert service.own_log is not None
        self.service = service
        self.own_log = service.own_log
        self.http = http

    async def create(self, **fields: Any) -> str:
        answer = await self.http.post("/v1/tickets", json=NEW_TICKET | fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def set_tag(self, ticket_id: str, tag: str) -> httpx.Response:
        return await self.http.patch(f"/v1/tickets/{ticket_id}", json={"tags": [tag]})

    async def changed(self, ticket_id: str, tag: str) -> int:
        """Sets a tag as soon as that is possible; returns the ticket's version."""

        async def done() -> int | None:
            answer = await self.set_tag(ticket_id, tag)
            assert answer.status_code == 200, answer.text
            return int(answer.headers["ETag"].strip('"'))

        return await eventually(done, within_s=60, what="a changed ticket")
