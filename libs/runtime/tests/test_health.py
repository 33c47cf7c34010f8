"""It lives, it can answer HTTP, its log moves: only the second takes traffic away."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from conftest import MakeBench, running
from runtime_toy import build, request_event

from deskstream_localstack.testing import LocalStack
from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.postgres.backlog import Backlog, Waiting
from deskstream_runtime.process.health import Health
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually
from deskstream_runtime.work.pool import WorkPool

NOTHING = Waiting(0, 0.0, None)


class Parts:
    """Stand-ins to which a test gives problems."""

    def __init__(self) -> None:
        self.database = SimpleNamespace(problem=None)
        self.lag = SimpleNamespace(stands_still=lambda for_s: None)
        self.state = SimpleNamespace(halted=None, problem=None)
        self.consumer = SimpleNamespace(
            state=self.state,
            rejoining=None,
            missing_topics=frozenset(),
            held_topics={},
            lag=self.lag,
        )
        self.relay = SimpleNamespace(problem=None)
        self.pool = SimpleNamespace(problem=None)
        self.stopping = False
        settings = SimpleNamespace(standstill_s=30.0)
        infrastructure = SimpleNamespace(database=self.database, settings=settings)
        self.health = Health(
            cast(Infrastructure, infrastructure),
            cast(Consumer, self.consumer),
            cast(Relay, self.relay),
            [cast(WorkPool, self.pool)],
            None,
            is_stopping=lambda: self.stopping,
            warnings=lambda: {"model": "gives no answers"},
        )

    def outbox(self, first: int | None, now: float, waits_s: float = 0.0) -> None:
        outbox = NOTHING if first is None else Waiting(7, waits_s, first)
        self.health.seen(Backlog(outbox, NOTHING, NOTHING, {}), now)


@pytest.fixture
def parts_of() -> Parts:
    return Parts()


def test_all_is_well(parts_of: Parts) -> None:
    health = parts_of.health
    assert (health.readiness_problems(), health.problems()) == ({}, {})
    assert health.warnings() == {"model": "gives no answers"}


@pytest.mark.parametrize(
    ("part", "name", "value", "said"),
    [
        ("state", "halted", "5 in a row", "consumer"),
        ("state", "problem", "reading is paused", "consumer"),
        ("consumer", "rejoining", "joined its group again", "group"),
        ("consumer", "missing_topics", frozenset({"csat.received"}), "topics"),
        ("consumer", "held_topics", {"csat.received": "made anew"}, "topics"),
        ("lag", "stands_still", lambda for_s: "stands still", "consumer"),
        ("relay", "problem", "events wait", "relay"),
        ("pool", "problem", "note waits", "work"),
    ],
)
def test_a_log_that_does_not_move_takes_no_traffic_away(
    parts_of: Parts, part: str, name: str, value: object, said: str
) -> None:
    setattr(getattr(parts_of, part), name, value)
    assert set(parts_of.health.problems()) == {said}
    assert parts_of.health.readiness_problems() == {}


def test_what_keeps_it_from_answering_keeps_it_from_working_too(parts_of: Parts) -> None:
    parts_of.stopping = True
    parts_of.database.problem = "not reachable yet"
    said = {"service": "is stopping", "database": "not reachable yet"}
    assert parts_of.health.readiness_problems() == parts_of.health.problems() == said


def test_a_database_that_stops_to_answer_and_answers_again(parts_of: Parts) -> None:
    health = parts_of.health
    health.unreachable("ConnectionRefusedError")
    assert health.readiness_problems() == {"database": "does not answer (ConnectionRefusedError)"}
    parts_of.outbox(None, 0.0)
    assert health.readiness_problems() == {}


def test_an_outbox_whose_first_row_stays_stands_still(parts_of: Parts) -> None:
    parts_of.outbox(1, 0.0)
    parts_of.outbox(1, 30.0, waits_s=31.0)
    assert parts_of.health.problems() == {
        "relay": "the outbox stands still: 7 events wait, the first for 31 s"
    }


def test_an_outbox_that_moves_does_not_however_long_rows_wait(parts_of: Parts) -> None:
    parts_of.outbox(1, 0.0)
    parts_of.outbox(8, 30.0, waits_s=600.0)
    parts_of.outbox(None, 31.0)
    assert parts_of.health.problems() == {}


async def test_with_kafka_frozen_it_is_ready_and_takes_commands(
    make_bench: MakeBench, parts: LocalStack
) -> None:
    bench = await make_bench(kafka={"request_timeout_ms": 1_000})
    server = parts.control("kafka")
    async with running(bench) as run:
        client = run.http
        await asyncio.to_thread(server.pause)
        try:
            answer = await client.post("/v1/notes", json={"text": "meanwhile"})
            assert answer.status_code == 201

            async def does_not_work() -> bool:
                answer = await client.get("/health/working")
                return answer.status_code == 503 and {"consumer", "relay"} <= set(
                    answer.json()["troubles"]
                )

            await eventually(does_not_work, within_s=40)
            ready = await client.get("/health/ready")
            assert (ready.status_code, ready.json()["ready"]) == (200, True)
            assert (await client.get("/health/live")).status_code == 200
            assert (await client.post("/v1/notes", json={"text": "more"})).status_code == 201
        finally:
            await asyncio.to_thread(server.resume)

        async def works() -> bool:
            return (await client.get("/health/working")).status_code == 200

        await eventually(works, within_s=60)


async def test_two_processes_with_one_instance_id_say_so(make_bench: MakeBench) -> None:
    """Each takes the membership from the other, for ever; both went on saying that all is well."""
    bench = await make_bench(instance_id="toy-1", kafka={"rejoins_per_minute_max": 3})
    one, _ = build(bench.settings)
    two, _ = build(bench.settings)
    async with one.running(), two.running():

        def said() -> str:
            return one.problems().get("group", "") + two.problems().get("group", "")

        await eventually(lambda: "DESK_INSTANCE_ID=toy-1" in said(), within_s=60)


async def test_one_process_with_an_instance_id_says_nothing(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(instance_id="toy-2", kafka={"rejoins_per_minute_max": 3})
    async with running(bench) as run:
        event = request_event()
        await log.write(event)
        await bench.handles(event)
        assert run.service.problems() == {}
