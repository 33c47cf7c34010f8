"""A client that stays deaf though its broker answers others ends the process: a new one hears."""

from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError
from conftest import Bench, running
from runtime_toy import request_event

from deskstream_runtime.backoff import Backoff
from deskstream_runtime.consuming.log_reader import LogReader
from deskstream_runtime.consuming.log_watch import DeafClient
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


async def deaf(*_: object) -> None:
    raise TimeoutError


async def test_a_deaf_client_ends_the_process(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskstream_runtime.consuming.consumer._CHECK_EVERY_S", 0.1)
    async with running(bench) as run:
        await eventually(lambda: run.service.problems() == {})
        monkeypatch.setattr(LogReader, "end_offsets", deaf)
        await eventually(run.failed.done, what="the end of the consumer")
        with pytest.raises(DeafClient, match="started again"):
            run.failed.result()


async def test_while_the_broker_answers_nobody_it_waits(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskstream_runtime.consuming.consumer._CHECK_EVERY_S", 0.1)
    asked = []

    async def silent(_: object) -> bool:
        asked.append(1)
        return False

    async with running(bench) as run:
        await eventually(lambda: run.service.problems() == {})
        monkeypatch.setattr(LogReader, "broker_answers", silent)
        monkeypatch.setattr(LogReader, "end_offsets", deaf)
        await eventually(lambda: len(asked) >= 3, what="three questions to the broker")
        assert not run.failed.done()


async def test_a_client_whose_own_tasks_have_ended_ends_the_process(bench: Bench) -> None:
    async with running(bench) as run:
        await eventually(lambda: run.service.problems() == {})
        run.service._consumer.reading_failed(KafkaError("Unexpected error in the coordinator"))
        await eventually(run.failed.done, what="the end of the consumer")
        with pytest.raises(DeafClient, match="start this process again"):
            run.failed.result()


@pytest.mark.parametrize("task", ["_client._sync_task", "_fetcher._fetch_task"])
async def test_a_client_of_which_a_task_has_ended_in_silence_ends_the_process(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    monkeypatch.setattr("deskstream_runtime.consuming.consumer._CHECK_EVERY_S", 0.1)
    async with running(bench) as run:
        part, name = task.split(".")
        client = run.service._consumer._reader.consumer
        getattr(getattr(client, part), name).cancel()
        await eventually(run.failed.done, what="the end of the consumer")
        with pytest.raises(DeafClient, match="start this process again"):
            run.failed.result()


class Waits(Backoff):
    """Counts how often something failed, and waits no time."""

    failures = 0

    def next_s(self) -> float:
        Waits.failures += 1
        return 0.0


async def test_a_read_that_fails_at_once_waits_before_the_next_one(
    bench: Bench, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deskstream_runtime.consuming.log_client.Backoff", Waits)
    read, failed = AIOKafkaConsumer.getmany, []

    async def fails(*arguments: Any, **options: Any) -> Any:
        failed.append(Waits.failures)
        if len(failed) > 3:
            return await read(*arguments, **options)
        raise GroupAuthorizationFailedError("toy")

    async with running(bench):
        monkeypatch.setattr(AIOKafkaConsumer, "getmany", fails)
        await eventually(lambda: len(failed) > 3, what="reads that fail, and one that does not")
        event = request_event()
        await log.write(event)
        await bench.handles(event)
    before = failed[0]
    assert failed[:4] == [before, before + 1, before + 2, before + 3]
