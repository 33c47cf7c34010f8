"""The broker freezes: each process keeps its traffic, says that its log stands, loses nothing."""

import os
import signal
from uuid import uuid4

import httpx
import pytest
from whole_stack import WholeStack

from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_contracts.topics import SERVICES
from deskstream_runtime.testing.waiting import eventually


def said_by_all(stack: WholeStack) -> dict[str, ServiceReadiness]:
    return {name: ServiceReadiness.read(stack.state.ports[name]) for name in SERVICES}


async def accepted(client: httpx.AsyncClient, marker: str) -> None:
    body = {"body": marker, "customer": {"email": f"{marker}@example.com"}}
    answer = await client.post("/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text


@pytest.mark.faults
async def test_with_a_frozen_broker_all_are_ready_and_say_that_none_works(
    stack: WholeStack,
) -> None:
    markers = [f"frozen-{uuid4().hex}" for _ in range(3)]
    broker = stack.pid("kafka")
    async with stack.client() as client:
        os.kill(broker, signal.SIGSTOP)
        try:
            await accepted(client, markers[0])

            def none_works() -> bool:
                said = said_by_all(stack)
                assert all(one.ready for one in said.values()), said
                return all("consumer" in one.troubles for one in said.values())

            await eventually(none_works, within_s=60, what="five services that say so")
            await accepted(client, markers[1])
            # ingest has rows to send, and names that part too.
            await eventually(lambda: "relay" in said_by_all(stack)["ingest"].troubles, within_s=60)
            assert said_by_all(stack)["ingest"].ready
            await accepted(client, markers[2])
        finally:
            os.kill(broker, signal.SIGCONT)
        await eventually(
            lambda: all(one.working for one in said_by_all(stack).values()),
            within_s=120,
            what="five services that work again",
        )
    await stack.settled()
    rows = await stack.query(
        "projection",
        "select count(*) as n from ticket where customer_email = any($1::text[])",
        [f"{marker}@example.com" for marker in markers],
    )
    assert rows[0]["n"] == len(markers)
