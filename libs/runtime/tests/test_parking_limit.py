"""When parking stops: a run, a share or one cause, over restarts too, until it is mended."""

import pytest
from conftest import MakeBench, running
from runtime_toy import build, request_event

from deskstream_runtime.clock import utc_now
from deskstream_runtime.dead_letters.parking_limit import (
    ParkingCount,
    ParkingLimit,
    ParkingLimitReached,
)
from deskstream_runtime.dead_letters.parking_lot import request_replay
from deskstream_runtime.service import Service
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


def parked(limit: ParkingLimit, passed: list[int], *, waiting: int = 0) -> int:
    """How many are admitted, when so many good records come before each."""
    count = ParkingCount()
    for admitted, good in enumerate(passed):
        count = count.with_one_more(good)
        try:
            limit.check(count, waiting, "ValueError in a topic")
        except ParkingLimitReached:
            return admitted
    return len(passed)


def test_a_run_is_admitted_up_to_the_limit_and_no_further() -> None:
    assert parked(ParkingLimit(3, 1.0, 1_000), [0] * 10) == 3
    assert parked(ParkingLimit(3, 1.0, 1_000), [1] + [0] * 10) == 3


def test_a_good_record_ends_a_run() -> None:
    assert parked(ParkingLimit(3, 1.0, 1_000), [0, 0, 1] * 20) == 60


def test_a_share_counts_once_there_are_enough() -> None:
    assert parked(ParkingLimit(10, 0.25, 1_000), [1] * 50) == 10


def test_a_small_share_never_stops() -> None:
    assert parked(ParkingLimit(5, 0.05, 1_000), [49] * 500) == 500


def test_one_cause_is_admitted_up_to_its_limit() -> None:
    assert parked(ParkingLimit(100, 1.0, 7), [5], waiting=6) == 1
    assert parked(ParkingLimit(100, 1.0, 7), [5], waiting=7) == 0


def test_what_is_said_names_limit_cause_and_remedy() -> None:
    with pytest.raises(ParkingLimitReached) as raised:
        ParkingLimit(2, 1.0, 9).check(ParkingCount(3, 3, 3), 0, "ValueError in ticket.created")
    said = str(raised.value)
    assert "more than 2 records in a row" in said
    assert "ValueError in ticket.created" in said
    assert "desk parked replay" in said


async def stands(service: Service, words: str) -> None:
    """Waits until the consumer stands and says so in these words."""
    await eventually(
        lambda: words in service.problems().get("consumer", ""),
        within_s=40,
        what="a standstill",
    )


async def test_a_failure_of_ours_parks_a_few_halts_and_goes_on_once_mended(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(parked_run_max=5)
    events = [request_event(reason="broken") for _ in range(30)]
    async with running(bench) as run:
        run.toy.broken_reasons.add("broken")
        await log.write(*events)
        await stands(run.service, "more than 5 records in a row")
        assert len(await bench.parked()) == 5

    service, toy = build(bench.settings)
    toy.broken_reasons.add("broken")
    async with service.running():
        await stands(service, "more than 5 records in a row")
        assert len(await bench.parked()) == 5, "a restart parks no more"
        toy.broken_reasons.clear()
        waiting = {row["subject"] for row in await bench.parked()}
        await bench.handles(*(event for event in events if event.subject not in waiting))
        await eventually(lambda: not service.problems(), within_s=40, what="a ready service")
    assert len(await bench.parked()) == 5


async def test_one_cause_stops_at_its_limit_and_a_replay_makes_room(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(parked_cause_max=3)
    async with running(bench) as run:
        run.toy.broken_reasons.add("broken")
        good = []
        for _ in range(4):
            good.append(request_event())
            await log.write(request_event(reason="broken"), good[-1])
        await stands(run.service, "3 tickets wait for the same cause (limit 3)")
        assert len(await bench.parked()) == 3

        run.toy.broken_reasons.clear()
        async with run.infrastructure.database.transaction() as tx:
            await request_replay(tx, [], utc_now(), tickets_max=10)
        await bench.handles(*good)
        await eventually(lambda: not run.service.problems(), within_s=40, what="a ready service")

        async def none() -> bool:
            return await bench.parked() == []

        await eventually(none, what="all replayed")


async def test_a_persons_decision_begins_the_count_anew(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(parked_run_max=2)
    async with running(bench) as run:
        run.toy.broken_reasons.add("broken")
        await log.write(*(request_event(reason="broken") for _ in range(8)))
        await stands(run.service, "more than 2 records in a row")
        async with run.infrastructure.database.transaction() as tx:
            await request_replay(tx, [], utc_now(), tickets_max=10)

        async def two_more() -> bool:
            return len(await bench.parked()) == 4

        await eventually(two_more, within_s=40, what="two more parked tickets")
        await stands(run.service, "more than 2 records in a row")
