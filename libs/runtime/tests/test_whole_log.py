"""Topics read from their beginning: when there is nothing, and in full batches."""

import asyncio

from conftest import Bench
from runtime_toy import TOPIC, request_event

from deskstream_runtime.rebuilding.whole_log import whole_log
from deskstream_runtime.testing.log import log_writer

RECORDS = 3_000
FULL = 500


async def test_a_log_without_a_record_has_no_batch(bench: Bench) -> None:
    async with whole_log(bench.settings.kafka) as log:
        partitions = await log.partitions([TOPIC])
        await log.ends(partitions)
        batches = [batch async for batch in log.batches(dict.fromkeys(partitions, 0))]
    assert batches == []


async def test_a_batch_goes_on_behind_a_partition_that_had_to_be_read_on(bench: Bench) -> None:
    """A fetch brings a part of one partition; batches that end with each would be small."""
    async with log_writer(bench.bootstrap) as writer:
        events = [request_event(reason="a" * 100) for _ in range(RECORDS)]
        await asyncio.gather(*(writer.write(event) for event in events))
    async with whole_log(bench.settings.kafka) as log:
        ends = await log.ends(await log.partitions([TOPIC]))
        batches = [batch async for batch in log.batches(ends)]
    read = [one.event.id for batch in batches for one in batch if one.event is not None]
    # Other tests write to this log too, and not everything once.
    mine = {event.id for event in events}
    assert sorted(one for one in read if one in mine) == sorted(mine)
    assert sum(len(batch) == FULL for batch in batches) >= RECORDS // FULL - 1
