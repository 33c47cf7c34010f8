"""What is too much for one transaction is handled in smaller parts, and the parts grow again."""

from conftest import Bench, running
from runtime_toy import request_event

from deskstream_runtime.testing.log import LogWriter


async def test_a_batch_that_takes_too_long_is_handled_in_parts(
    bench: Bench, log: LogWriter
) -> None:
    async with running(bench) as run:
        run.toy.events_max = 7
        events = [request_event() for _ in range(100)]
        await log.write(*events)
        await bench.handles(*events)

        run.toy.events_max = 1_000_000
        more = [request_event() for _ in range(100)]
        await log.write(*more)
        await bench.handles(*more)
    handled = [row["event_id"] for row in await bench.query("select event_id from handled")]
    assert sorted(handled) == sorted(event.id for event in (*events, *more)), "each of them once"
