"""How records become batches."""

import gc
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from conftest import Bench, running
from runtime_toy import request_event

from deskstream_contracts import Event, encode
from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.consuming.log_client import Records
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


async def test_all_that_came_during_a_batch_is_the_next_one(bench: Bench, log: LogWriter) -> None:
    async with running(bench) as run:
        run.toy.gate.clear()
        first, *later = [request_event() for _ in range(6)]
        await log.write(first)
        await eventually(run.toy.entered.is_set, what="the first batch")
        for event in later:
            await log.write(event)
        run.toy.gate.set()
        await bench.handles(first, *later)
    transactions = await bench.value("select count(distinct xmin::text) from handled")
    assert transactions == 2


def in_memory(events: Sequence[Event[Any]]) -> int:
    """How many records of these events are alive; other tests may have left some of theirs."""
    keys = {encode(event).key for event in events}
    gc.collect()
    return sum(isinstance(one, ConsumerRecord) and one.key in keys for one in gc.get_objects())


async def test_a_batch_that_was_handled_is_not_kept_in_memory(bench: Bench, log: LogWriter) -> None:
    async with running(bench):
        events = [request_event() for _ in range(5)]
        for event in events:
            await log.write(event)
            await bench.handles(event)
        await eventually(lambda: in_memory(events) == 0, what="no record in memory")


async def test_a_batch_that_was_read_and_not_taken_is_read_again(
    bench: Bench, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Consumer.take
    broken: list[Records] = []

    async def breaks_once(consumer: Consumer, records: Records) -> None:
        if not broken:
            broken.append(records)
            raise RuntimeError("on the way to the handler")
        await take(consumer, records)

    monkeypatch.setattr(Consumer, "take", breaks_once)
    async with running(bench):
        events = [request_event() for _ in range(3)]
        for event in events:
            await log.write(event)
        await bench.handles(*events)
    assert len(broken) == 1
