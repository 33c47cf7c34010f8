"""The broker freezes while an answer waits in ingest's outbox: no clock runs out for want of it."""

import os
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from whole_stack import WholeStack, whole_stack

from deskstream_contracts.events.escalation import SlaBreached, SlaMet
from deskstream_runtime.testing.waiting import eventually

DUE_AFTER_S = 24
FROZEN_S = 20
TARGETS = "first_response_min = 0.4\nnext_response_min = 60\nresolution_min = 60\n"


@pytest.fixture(scope="module")
def hasty_stack() -> Iterator[WholeStack]:
    """A stack whose tickets must be answered within `DUE_AFTER_S`."""
    with tempfile.TemporaryDirectory(prefix="deskstream-hasty-") as folder:
        file = Path(folder) / "sla.toml"
        tables = "\n".join(
            f"[targets.{name}]\n{TARGETS}" for name in ("urgent", "high", "normal", "low")
        )
        file.write_text(f'name = "hasty"\nwarn_at = 0.8\n{tables}')
        with whole_stack(Path(folder) / "desk", {"DESK_SLA_FILE": str(file)}) as stack:
            yield stack


async def create(client: httpx.AsyncClient, name: str) -> UUID:
    customer = {"email": f"{name}@example.com"}
    body = {"subject": name, "body": "Where is my card?", "customer": customer, "channel": "api"}
    answer = await client.post("/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


@pytest.mark.faults
async def test_an_answer_in_the_outbox_of_a_writer_that_cannot_publish(
    hasty_stack: WholeStack,
) -> None:
    stack = hasty_stack
    async with stack.client() as client:
        created_at = time.monotonic()
        answered, unanswered = await create(client, "answered"), await create(client, "unanswered")
        await stack.settled()
        assert time.monotonic() - created_at < DUE_AFTER_S - 4, "too slow a machine for this test"
        broker = stack.pid("kafka")
        os.kill(broker, signal.SIGSTOP)
        try:
            frozen_at = time.monotonic()
            body = {"kind": "outbound", "body": "It is on its way."}
            answer = await client.post(f"/v1/tickets/{answered}/messages", json=body)
            assert answer.status_code == 201, answer.text
            assert time.monotonic() - created_at < DUE_AFTER_S, "too slow a machine for this test"
            await eventually(
                lambda: time.monotonic() > max(frozen_at + FROZEN_S, created_at + DUE_AFTER_S + 5),
                within_s=DUE_AFTER_S + FROZEN_S,
                what="the end of the frost",
            )
        finally:
            os.kill(broker, signal.SIGCONT)

    async def breached() -> set[UUID]:
        return {event.subject for event in await stack.events(SlaBreached.event_type)}

    # The one that nobody answered runs out: time goes on.
    await eventually(lambda: told_of(stack, unanswered), within_s=90, what="the true breach")
    assert await breached() == {unanswered}
    met = [
        event.data
        for event in await stack.events(SlaMet.event_type)
        if isinstance(event.data, SlaMet) and event.subject == answered
    ]
    assert [(one.clock, one.in_time) for one in met] == [("first_response", True)]


async def told_of(stack: WholeStack, ticket_id: UUID) -> bool:
    events = await stack.events(SlaBreached.event_type)
    return ticket_id in {event.subject for event in events}
