"""Records that somebody passes over: a reason for each on the log, and the service goes on."""

import pytest
from aiokafka import TopicPartition
from conftest import Bench, MakeBench, Running, running
from runtime_toy import TOPIC, request_event

from deskstream_contracts import encode
from deskstream_runtime.clock import utc_now
from deskstream_runtime.consuming.skipping import CannotSkip, skip_records
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


async def skip(run: Running, partition: int, last: int, *, records_max: int = 10) -> int:
    """Passes records over, as `desk positions skip` does."""
    async with run.infrastructure.database.transaction() as tx:
        return await skip_records(
            tx,
            "escalation",
            TopicPartition(TOPIC, partition),
            last,
            "cannot be read",
            utc_now(),
            records_max=records_max,
        )


async def test_a_standing_service_goes_on_behind_the_record(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(parked_run_max=1, parked_cause_max=1)
    async with running(bench) as run:
        run.toy.broken_reasons.add("broken")
        first, second = request_event(reason="broken"), request_event(reason="broken")
        await log.write(first)

        async def one() -> bool:
            return len(await bench.parked()) == 1

        await eventually(one, within_s=40)
        await log.write(second)
        partition = encode(second).partition
        after = request_event(second.subject)
        await log.write(after)
        await eventually(lambda: run.service.problems().get("consumer"), within_s=40)

        at = (await bench.positions())[partition]
        assert await skip(run, partition, at) == 1
        await bench.handles(after)
        await eventually(lambda: not run.service.problems(), within_s=40, what="a ready service")

        async def told() -> bool:
            return [
                (one.reason, one.detail, one.by_person)
                for one in await bench.dead_letters({(partition, at)})
            ] == [("rejected", "cannot be read", True)]

        await eventually(told)
        assert second.id not in await bench.handled()


async def test_what_lies_behind_or_is_too_much_or_not_read_is_refused(
    bench: Bench, log: LogWriter
) -> None:
    async with running(bench) as run:
        event = request_event()
        await log.write(event)
        await bench.handles(event)
        before = await bench.positions()
        partition = encode(event).partition
        at = before[partition]
        for last, why in ((at - 1, "lies behind it"), (at + 10, "11 records, more than 10")):
            with pytest.raises(CannotSkip, match=why):
                await skip(run, partition, last)
        with pytest.raises(CannotSkip, match="does not read"):
            await skip(run, 99, 0)
        assert await bench.positions() == before
