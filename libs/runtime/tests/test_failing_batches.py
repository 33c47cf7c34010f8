"""A batch that fails while the server answers: one record or a slow handler stops nothing else."""

from typing import Any
from uuid import uuid4

from conftest import Bench, MakeBench, running
from runtime_toy import Note, request_event

from deskstream_contracts import Event, encode
from deskstream_runtime.clock import utc_now
from deskstream_runtime.effects import Effects, Work
from deskstream_runtime.ids import new_id
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually

IMPATIENT = {"command_timeout_s": 1.0, "idle_in_transaction_timeout_s": 1.0}


async def parks_only(bench: Bench, event: Event[Any]) -> None:
    """Waits until this event, and nothing else, is parked because it took too long."""

    async def one() -> bool:
        return bool(await bench.parked())

    await eventually(one, within_s=40, what="a parked ticket")
    (row,) = await bench.parked()
    assert row["subject"] == event.subject
    assert row["error"].startswith("timeout")


async def test_a_record_whose_statement_takes_too_long_parks_its_ticket_alone(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(postgres=IMPATIENT)
    async with running(bench) as run:
        run.toy.works_s["slow"] = 30.0
        slow, others = request_event(reason="slow"), [request_event() for _ in range(100)]
        await log.write(slow, *others)
        await bench.handles(*others)
        await parks_only(bench, slow)
        assert run.service.problems() == {}


async def test_a_batch_that_is_too_slow_is_handled_in_parts(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(postgres=IMPATIENT)
    async with running(bench) as run:
        run.toy.works_s["heavy"] = 0.01
        events = [request_event(reason="heavy") for _ in range(300)]
        await log.write(*events)
        await bench.handles(*events)
        assert await bench.parked() == []
        assert run.service.problems() == {}


async def test_a_record_over_which_the_handler_thinks_too_long_parks_its_ticket(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(postgres=IMPATIENT)
    async with running(bench) as run:
        run.toy.thinks_s["riddle"] = 4.0
        riddle, others = request_event(reason="riddle"), [request_event() for _ in range(20)]
        await log.write(riddle, *others)
        await bench.handles(*others)
        await parks_only(bench, riddle)


async def test_a_ticket_parked_by_a_timeout_goes_on_when_its_cause_is_gone(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(postgres=IMPATIENT)
    async with running(bench) as run:
        run.toy.works_s["slow"] = 30.0
        slow = request_event(reason="slow")
        await log.write(slow)
        await parks_only(bench, slow)
        ask = "update parked_record set replay_requested_at = now()"

        await bench.query(ask)

        async def tried_again() -> bool:
            return [row["attempts"] for row in await bench.parked()] == [1]

        await eventually(tried_again, within_s=40, what="a replay that failed")
        run.toy.works_s.clear()
        await bench.query(ask)
        await bench.handles(slow)
        assert await bench.parked() == []


async def test_an_outcome_that_takes_too_long_to_store_stops_no_other(
    make_bench: MakeBench,
) -> None:
    bench = await make_bench(postgres=IMPATIENT)
    async with running(bench) as run:
        run.toy.works_s["SLOW"] = 30.0
        texts = ["slow", *(f"note {n}" for n in range(20))]
        notes = [Work(new_id(), "note", uuid4(), Note(text=text), utc_now()) for text in texts]

        async def store(_tx: object) -> Effects:
            return Effects(work=notes)

        await run.infrastructure.unit_of_work.run(store)

        async def others_are_done() -> bool:
            return await bench.count("select count(*) from outcome") == 20

        await eventually(others_are_done, within_s=40, what="the other outcomes")

        async def counted_as_an_attempt() -> bool:
            return bool(await bench.value("select last_error from work"))

        await eventually(counted_as_an_attempt, within_s=40, what="the slow one's failed attempt")
        assert await bench.value("select count(*) from work") == 1


async def test_schema_and_code_that_disagree_halt_at_once_and_go_on_by_themselves(
    bench: Bench, log: LogWriter
) -> None:
    """A column renamed under a running service: nothing is parked, and all is handled after."""
    async with running(bench) as run:
        await bench.query("alter table handled rename column reason to why")
        events = [request_event() for _ in range(60)]
        await log.write(*events)
        await eventually(
            lambda: "UndefinedColumnError" in run.service.problems().get("consumer", ""),
            within_s=40,
            what="a consumer that says why it stands",
        )
        before = await bench.positions()
        assert await bench.parked() == []

        await bench.query("alter table handled rename column why to reason")
        await bench.handles(*events)
        await eventually(lambda: run.service.problems() == {}, within_s=40)
        assert await bench.parked() == []
        assert all(offset >= before[place] for place, offset in (await bench.positions()).items())
        assert {encode(event).partition for event in events} <= before.keys()
