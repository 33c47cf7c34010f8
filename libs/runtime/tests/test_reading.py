"""How records become batches."""

from conftest import running
from runtime_toy import request_event


async def test_all_that_came_during_a_batch_is_the_next_one(bench, log):
    async with running(bench) as run:
        run.toy.gate.clear()
        first, *later = [request_event() for _ in range(6)]
        await log.write(first)
        await run.toy.entered.wait()
        for event in later:
            await log.write(event)
        run.toy.gate.set()
        await bench.handles(first, *later)
    transactions = await bench.value("select count(distinct xmin::text) from handled")
    assert transactions == 2
