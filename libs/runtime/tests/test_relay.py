"""The outbox's way into the log: in order for each ticket, by one relay, whatever is killed."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from conftest import Bench, MakeBench
from runtime_toy import TOPIC, request_event

from deskstream_localstack.testing import LocalStack
from deskstream_runtime.effects import Effects
from deskstream_runtime.outbox.acks import SendReport
from deskstream_runtime.outbox.record_sender import RecordSender
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.settings import ServiceSettings
from deskstream_runtime.testing.log import read_all
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.unit_of_work import UnitOfWork

_NEXT_VERSION = "update ticket set version = version + 1 where id = $1 returning version"
_HOLDERS = "select count(*) from pg_locks where locktype = 'advisory' and granted"


class Writer:
    """Decides on tickets as a service does: locks the ticket's row, then leaves events."""

    def __init__(self, unit_of_work: UnitOfWork) -> None:
        self.unit_of_work = unit_of_work
        self.accepted = 0

    async def decide(self, ticket: UUID) -> None:
        """One command: the next version of a ticket, as an event."""

        async def act(tx: Transaction) -> Effects:
            version = await tx.fetchval(_NEXT_VERSION, ticket)
            return Effects(events=[request_event(ticket)._replace(sequence=version)])

        await self.unit_of_work.run(act)
        self.accepted += 1


@asynccontextmanager
async def relaying(settings: ServiceSettings) -> AsyncIterator[tuple[Relay, Writer]]:
    """A relay that runs, and a writer whose events it sends."""
    database = Database(settings.postgres, "toy")
    await database.open()
    unit_of_work = UnitOfWork(database)
    relay = Relay("escalation", settings.kafka, database, unit_of_work.events_stored)
    task = asyncio.create_task(relay.run())
    try:
        yield relay, Writer(unit_of_work)
    finally:
        relay.drain()
        await asyncio.wait([task], timeout=10)
        task.cancel()
        await database.close()


@pytest.fixture
async def bench(make_bench: MakeBench) -> Bench:
    """Hundreds of writers share the connections, on a machine that may be busy."""
    return await make_bench(postgres={"acquire_timeout_s": 40.0})


@pytest.fixture
async def tickets(bench: Bench) -> list[UUID]:
    await bench.query("create table ticket (id uuid primary key, version int not null default 0)")
    ids = [uuid4() for _ in range(20)]
    await bench.query("insert into ticket (id) select unnest($1::uuid[])", ids)
    return ids


async def arrivals(bench: Bench, tickets: list[UUID]) -> dict[UUID, list[tuple[int, bytes]]]:
    """For each ticket what came, in the log's order: (version, key), duplicates too."""
    found = defaultdict(list)
    for record in await read_all(bench.bootstrap, TOPIC):
        headers = dict(record.headers)
        subject = UUID(headers["ce_subject"].decode()) if "ce_subject" in headers else None
        if subject in tickets:
            found[subject].append((int(headers["ce_sequence"]), record.key))
    return found


async def all_sent(bench: Bench) -> None:
    async def empty() -> bool:
        return await bench.count("select count(*) from outbox") == 0

    await eventually(empty, within_s=40)


def first_arrivals(versions: list[tuple[int, bytes]]) -> list[int]:
    """Versions in the order they came first."""
    return list(dict.fromkeys(version for version, _ in versions))


def assert_one_key_each(versions: list[tuple[int, bytes]]) -> None:
    assert len({key for _, key in versions}) == len({version for version, _ in versions})


async def test_each_ticket_is_in_order_under_concurrency(bench: Bench, tickets: list[UUID]) -> None:
    async with relaying(bench.settings) as (relay, writer):
        await asyncio.gather(*(writer.decide(random.choice(tickets)) for _ in range(400)))
        await all_sent(bench)
        assert relay.problem is None
    found = await arrivals(bench, tickets)
    assert sum(map(len, found.values())) == 400
    for versions in found.values():
        assert [version for version, _ in versions] == list(range(1, len(versions) + 1))


async def test_a_crash_between_send_and_delete_repeats_under_the_same_key(
    bench: Bench, tickets: list[UUID]
) -> None:
    await bench.query(
        "create function refuse() returns trigger language plpgsql as"
        " 'begin raise exception ''not now''; end'"
    )
    await bench.query(
        "create trigger refuse before delete on outbox for each row execute function refuse()"
    )
    async with relaying(bench.settings) as (relay, writer):
        for _ in range(3):
            await writer.decide(tickets[0])

        async def sent_twice() -> bool:
            return len((await arrivals(bench, tickets))[tickets[0]]) >= 6

        await eventually(sent_twice, within_s=40)
        # Each try begins without a problem, so it is seen now and then.
        wait = "events wait in the outbox (RaiseError)"
        await eventually(lambda: relay.problem == wait, within_s=40)
        await bench.query("drop trigger refuse on outbox")
        await all_sent(bench)
    versions = (await arrivals(bench, tickets))[tickets[0]]
    assert first_arrivals(versions) == [1, 2, 3]
    assert_one_key_each(versions)


async def test_a_broker_killed_and_back_costs_only_time(
    make_bench: MakeBench, parts: LocalStack
) -> None:
    bench = await make_bench(kafka={"request_timeout_ms": 2_000})
    await bench.query("create table ticket (id uuid primary key, version int not null default 0)")
    tickets = [uuid4() for _ in range(10)]
    await bench.query("insert into ticket (id) select unnest($1::uuid[])", tickets)
    broker = parts.control("kafka")
    async with relaying(bench.settings) as (relay, writer):
        going = True

        async def keep_deciding() -> None:
            while going:
                await asyncio.gather(*(writer.decide(ticket) for ticket in tickets))

        deciding = asyncio.create_task(keep_deciding())
        await eventually(lambda: writer.accepted > 100, within_s=40)
        await asyncio.to_thread(broker.kill)
        try:
            accepted = writer.accepted
            await eventually(lambda: writer.accepted > accepted + 100, within_s=40)
            await eventually(lambda: relay.problem is not None, within_s=40)
        finally:
            going = False
            await deciding
            await asyncio.to_thread(broker.restart)
        await all_sent(bench)
        await eventually(lambda: relay.problem is None)
    found = await arrivals(bench, tickets)
    assert sum(len(set(versions)) for versions in found.values()) == writer.accepted
    for versions in found.values():
        assert first_arrivals(versions) == list(range(1, len(set(versions)) + 1))
        assert_one_key_each(versions)


async def test_of_two_relays_one_is_active_and_hears_of_the_others_events(
    make_bench: MakeBench,
) -> None:
    """The slow poll is far away here: events of the one in waiting arrive by notification."""
    bench = await make_bench(kafka={"relay_poll_s": 60.0})
    await bench.query("create table ticket (id uuid primary key, version int not null default 0)")
    ticket = uuid4()
    await bench.query("insert into ticket (id) values ($1)", ticket)
    async with relaying(bench.settings) as (active, mine):
        await mine.decide(ticket)
        await all_sent(bench)
        async with relaying(bench.settings) as (_, other):
            for _ in range(3):
                await other.decide(ticket)
                await all_sent(bench)
                await mine.decide(ticket)
                await all_sent(bench)
            assert await bench.value(_HOLDERS) == 1
            assert active.problem is None
    assert first_arrivals((await arrivals(bench, [ticket]))[ticket]) == list(range(1, 8))


async def test_one_in_waiting_takes_over(make_bench: MakeBench) -> None:
    bench = await make_bench(kafka={"relay_poll_s": 0.05})
    await bench.query("create table ticket (id uuid primary key, version int not null default 0)")
    ticket = uuid4()
    await bench.query("insert into ticket (id) values ($1)", ticket)
    async with relaying(bench.settings) as (_, first):
        await first.decide(ticket)
        await all_sent(bench)
        async with relaying(bench.settings) as (_, second):
            await bench.query(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
            )
            await asyncio.gather(*(one.decide(ticket) for one in (first, second) * 5))
            await all_sent(bench)
    versions = (await arrivals(bench, [ticket]))[ticket]
    assert first_arrivals(versions) == list(range(1, 12))
    assert_one_key_each(versions)


async def test_one_that_cannot_send_leaves_it_to_another(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can start, and is not heard: it tries ever more rarely, so that others get the lock."""
    bench = await make_bench(kafka={"relay_poll_s": 0.2})
    await bench.query("create table ticket (id uuid primary key, version int not null default 0)")
    ticket = uuid4()
    await bench.query("insert into ticket (id) values ($1)", ticket)
    unheard = SendReport((), (), {}, TimeoutError())
    async with relaying(bench.settings) as (relay, writer):
        await eventually(lambda: relay.problem is None, within_s=40)
        monkeypatch.setattr(relay, "_new_sender", lambda: Unheard(bench.settings, unheard))
        await bench.query(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
        )
        await writer.decide(ticket)
        await eventually(lambda: relay.problem is not None, within_s=40)
        async with relaying(bench.settings):
            await all_sent(bench)
    assert first_arrivals((await arrivals(bench, [ticket]))[ticket]) == [1]


class Unheard(RecordSender):
    """A sender that reaches the broker, and whose records do not."""

    def __init__(self, settings: ServiceSettings, sent: SendReport) -> None:
        super().__init__("escalation", settings.kafka)
        self._sent = sent

    async def send(self, rows: Sequence[Any]) -> SendReport:
        return self._sent


async def test_a_frozen_relay_loses_its_session_and_so_its_lock(bench: Bench) -> None:
    """Postgres ends a session that is silent for longer than a send may take."""
    database = Database(bench.settings.postgres, "toy")
    relay = Relay("escalation", bench.settings.kafka, database, asyncio.Event())
    connection = await database.connect()
    try:
        await relay._expire_when_frozen(connection)
        assert await connection.fetchval("show idle_session_timeout") == "15s"
    finally:
        await connection.close()
