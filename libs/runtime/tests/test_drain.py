"""A drain has one deadline, however many parts wait for something that does not answer."""

import asyncio
import time
from uuid import uuid4

from conftest import MakeBench, running
from runtime_toy import Note, build, request_event

from deskstream_localstack.testing import LocalStack
from deskstream_runtime.clock import utc_now
from deskstream_runtime.effects import Effects, Work
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.testing.waiting import eventually

DRAIN_S = 8.0
# What a busy machine may add. With a deadline for each part it took them one after the other.
BUSY_S = 4.0


async def test_with_a_frozen_broker_and_work_in_hand_it_keeps_to_its_deadline(
    make_bench: MakeBench, parts: LocalStack
) -> None:
    bench = await make_bench(drain_timeout_s=DRAIN_S)
    service, toy = build(bench.settings, utc_now)
    toy.work_gate.clear()
    item = Work(uuid4(), "note", uuid4(), Note(text="x"), utc_now())

    async def store_work(tx: Transaction) -> Effects:
        return Effects(work=[item])

    async def store_event(tx: Transaction) -> Effects:
        return Effects(events=[request_event()])

    server = parts.control("kafka")
    try:
        async with service.running():
            await eventually(lambda: not service.problems(), within_s=40)
            await service.infrastructure.unit_of_work.run(store_work)
            await eventually(toy.performing.is_set)
            await asyncio.to_thread(server.pause)
            await service.infrastructure.unit_of_work.run(store_event)
            asked_at = time.monotonic()
        took_s = time.monotonic() - asked_at
    finally:
        await asyncio.to_thread(server.resume)
    assert took_s < DRAIN_S + BUSY_S
    (row,) = await bench.query("select lease, leased_until, attempts from work")
    assert (row["lease"], row["leased_until"], row["attempts"]) == (None, None, 0)
    assert await bench.value("select count(*) from outbox") == 1
    async with running(bench):

        async def all_done() -> bool:
            rows = "select (select count(*) from work) + (select count(*) from outbox)"
            return await bench.count(rows) == 0

        await eventually(all_done, within_s=40, what="what was left, taken up at once")
