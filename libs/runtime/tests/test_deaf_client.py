"""A client that stays deaf though its broker answers others ends the process: a new one hears."""

import pytest
from aiokafka.errors import KafkaError
from conftest import running

from deskstream_runtime.consumer import DeafClient
from deskstream_runtime.log_reader import LogReader
from deskstream_runtime.testing.waiting import eventually


async def deaf(*_: object) -> None:
    raise TimeoutError


async def test_a_deaf_client_ends_the_process(bench, monkeypatch):
    monkeypatch.setattr("deskstream_runtime.consumer._CHECK_EVERY_S", 0.1)
    async with running(bench) as run:
        await eventually(lambda: run.service.troubles() == {})
        monkeypatch.setattr(LogReader, "end_offsets", deaf)
        (consuming,) = run.service._named("consumer")
        await eventually(consuming.done, what="the end of the consumer")
        with pytest.raises(DeafClient, match="started again"):
            consuming.result()


async def test_while_the_broker_answers_nobody_it_waits(bench, monkeypatch):
    monkeypatch.setattr("deskstream_runtime.consumer._CHECK_EVERY_S", 0.1)
    asked = []

    async def silent(_: object) -> bool:
        asked.append(1)
        return False

    async with running(bench) as run:
        await eventually(lambda: run.service.troubles() == {})
        monkeypatch.setattr(LogReader, "broker_answers", silent)
        monkeypatch.setattr(LogReader, "end_offsets", deaf)
        await eventually(lambda: len(asked) >= 3, what="three questions to the broker")
        (consuming,) = run.service._named("consumer")
        assert not consuming.done()


async def test_a_client_whose_own_tasks_have_ended_ends_the_process(bench):
    async with running(bench) as run:
        await eventually(lambda: run.service.troubles() == {})
        run.service._consumer._reading_failed(KafkaError("Unexpected error in the coordinator"))
        (consuming,) = run.service._named("consumer")
        await eventually(consuming.done, what="the end of the consumer")
        with pytest.raises(DeafClient, match="start this process again"):
            consuming.result()
