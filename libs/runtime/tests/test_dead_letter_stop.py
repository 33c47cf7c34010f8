"""Past the limit the consumer stops and says so; nothing after it is lost; a restart continues."""

from conftest import MakeBench, running
from runtime_toy import TOPIC, build, request_event

from deskstream_contracts import encode
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually

_PARTITION = 4


async def test_a_run_of_poison_stops_the_consumer_and_loses_nothing(
    make_bench: MakeBench, log: LogWriter
) -> None:
    bench = await make_bench(dead_letter_run_max=5)
    headers = encode(request_event()).headers
    offsets = [await log.write_raw(TOPIC, b"{", headers, partition=_PARTITION) for _ in range(8)]
    places = {(_PARTITION, offset) for offset in offsets}
    behind = request_event()
    record = encode(behind)
    await log.write_raw(TOPIC, record.value, record.headers, key=record.key, partition=_PARTITION)

    service, _ = build(bench.settings)
    async with service.running():
        await eventually(lambda: "in a row" in service.problems().get("consumer", ""))
        assert "limit 5" in service.problems()["consumer"]
        elsewhere = request_event()
        await log.write(elsewhere)
        assert (await bench.positions())[_PARTITION] == offsets[5]
        assert behind.id not in await bench.handled()

        async def five() -> bool:
            return len(await bench.dead_letters(places)) == 5

        await eventually(five)
        assert elsewhere.id not in await bench.handled()

    async with running(bench):
        await bench.handles(behind, elsewhere)

        async def all_dead() -> bool:
            return len(await bench.dead_letters(places)) == 8

        await eventually(all_dead)
