"""No clock runs out for want of an answer that is on its way.

It waits in ingest's outbox while the broker is frozen, or in a partition of another replica.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from log_and_views import assert_log_and_views_agree, assert_nothing_parked
from whole_stack import WholeStack, whole_stack

from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_contracts import topic_named
from deskstream_contracts.events.sla import SlaBreached, SlaMet
from deskstream_contracts.events.ticket import TicketMessageAdded
from deskstream_contracts.partition import partition_of
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_localstack.ports import free_ports
from deskstream_runtime.testing.waiting import eventually

DUE_AFTER_S = 24
FROZEN_S = 20
CANDIDATES = 10
SLA_FILE = "sla.toml"
ANSWERS = TicketMessageAdded.event_type
TARGETS = "first_response_min = 0.4\nnext_response_min = 60\nresolution_min = 60\n"


@pytest.fixture(scope="module")
def hasty_stack(servers: object) -> Iterator[WholeStack]:
    """A stack whose tickets must be answered within `DUE_AFTER_S`."""
    with tempfile.TemporaryDirectory(prefix="deskstream-hasty-") as folder:
        file = Path(folder) / SLA_FILE
        tables = "\n".join(
            f"[targets.{name}]\n{TARGETS}" for name in ("urgent", "high", "normal", "low")
        )
        file.write_text(f'name = "hasty"\nwarn_at = 0.8\n{tables}')
        environment = {
            "DESK_SLA_FILE": str(file),
            # A replica is held for longer than a statement usually may take.
            "DESK_POSTGRES_COMMAND_TIMEOUT_S": "90",
            "DESK_WATERMARK_LATE_AFTER_S": "2",
        }
        with whole_stack(Path(folder) / "desk", environment) as stack:
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
            await answer(client, answered)
            assert time.monotonic() - created_at < DUE_AFTER_S, "too slow a machine for this test"
            await eventually(
                lambda: time.monotonic() > max(frozen_at + FROZEN_S, created_at + DUE_AFTER_S + 5),
                within_s=DUE_AFTER_S + FROZEN_S,
                what="the end of the frost",
            )
        finally:
            os.kill(broker, signal.SIGCONT)

    # The one that nobody answered runs out: time moves.
    await eventually(lambda: breached(stack, {unanswered}), within_s=90, what="the true breach")
    await assert_answered_in_time(stack, answered)
    await stack.settled()
    await assert_log_and_views_agree(stack, [answered, unanswered], sla_file(stack))


# `make test` has it in escalation alone: services/escalation/tests/test_time_and_the_log.py.
@pytest.mark.exhaustive
@pytest.mark.faults
async def test_an_answer_in_a_partition_of_a_replica_that_is_behind(
    hasty_stack: WholeStack,
) -> None:
    """The replica that reads watermarks has nothing to do but to look at clocks."""
    stack = hasty_stack
    async with second_escalation(stack) as ports, stack.client() as client:
        elsewhere = await eventually(
            lambda: places_away_from_watermarks(stack), within_s=60, what="two members"
        )
        tickets = [await create(client, f"replica-{number}") for number in range(CANDIDATES)]
        answered = next(one for one in tickets if place_of(one) in elsewhere)
        unanswered = next(one for one in tickets if one != answered)
        await eventually(lambda: clocks_of(stack, answered), within_s=60, what="its clocks")
        async with stack.connection("escalation") as holder, holder.transaction():
            await holder.execute(
                "select from consumer_offset where topic = $1 and partition = $2 for update",
                ANSWERS,
                place_of(answered),
            )
            await answer(client, answered)
            (due_at,) = await clocks_of(stack, answered)
            until = due_at + timedelta(seconds=3)
            await eventually(
                lambda: stack.query(
                    "escalation", "select 1 from watermark where until > $1", until
                ),
                within_s=90,
                what="a watermark behind the end of the clock",
            )
            await eventually(
                lambda: all(time_stands(port) for port in ports), within_s=30, what="standing time"
            )
            assert not await breached(stack, {answered, unanswered})
        await eventually(lambda: breached(stack, {unanswered}), within_s=90, what="a true breach")
        await assert_answered_in_time(stack, answered)
        await stack.settled()
        await assert_log_and_views_agree(stack, tickets, sla_file(stack))
        await assert_nothing_parked(stack, tickets)


async def answer(client: httpx.AsyncClient, ticket_id: UUID) -> None:
    body = {"kind": "outbound", "body": "It is on its way."}
    response = await client.post(f"/v1/tickets/{ticket_id}/messages", json=body)
    assert response.status_code == 201, response.text


async def breached(stack: WholeStack, tickets: set[UUID]) -> set[UUID]:
    events = await stack.events(SlaBreached.event_type)
    return {event.subject for event in events} & tickets


async def assert_answered_in_time(stack: WholeStack, ticket_id: UUID) -> None:
    async def met() -> list[SlaMet]:
        events = await stack.events(SlaMet.event_type)
        return [
            event.data
            for event in events
            if isinstance(event.data, SlaMet) and event.subject == ticket_id
        ]

    ended = await eventually(met, within_s=60, what="the clock that was met")
    assert [(one.clock, one.in_time) for one in ended] == [("first_response", True)]
    assert not await breached(stack, {ticket_id})


def sla_file(stack: WholeStack) -> Path:
    return stack.folder.root.parent / SLA_FILE


@asynccontextmanager
async def second_escalation(stack: WholeStack) -> AsyncIterator[tuple[int, int]]:
    """A second replica beside the one that runs, as a second pod would be; gives both ports."""
    (port,) = free_ports(1)
    process = start_escalation(stack, port)
    try:
        await eventually(lambda: ServiceReadiness.read(port).working, within_s=90, what="a replica")
        yield stack.state.ports["escalation"], port
    finally:
        process.terminate()
        process.wait(timeout=30)


def start_escalation(stack: WholeStack, port: int) -> "subprocess.Popen[bytes]":
    """With the environment of the one that runs, but for what each must have of its own."""
    environment = psutil.Process(stack.pid("escalation")).environ() | {
        "DESK_HTTP_PORT": str(port),
        "DESK_INSTANCE_ID": "escalation-2",
    }
    with stack.folder.log_of("escalation-2").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "deskstream_escalation", "serve"],
            env=environment,
            stdout=log,
            stderr=log,
        )


async def places_away_from_watermarks(stack: WholeStack) -> set[int]:
    """The partitions of answers that another member of the group reads than watermarks."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await admin.start()
    try:
        (response,) = await admin.describe_consumer_groups(["escalation"])
    finally:
        await admin.close()
    members = response.groups[0][5]
    held = [_partitions(assignment) for *_, assignment in members]
    assert len(held) == 2, held
    (other,) = (one for one in held if WatermarkAdvanced.event_type not in one)
    return other.get(ANSWERS, set())


def _partitions(assignment: bytes) -> dict[str, set[int]]:
    decoded = ConsumerProtocolMemberAssignment.decode(assignment)
    return {topic: set(partitions) for topic, partitions in decoded.assignment}


def place_of(ticket_id: UUID) -> int:
    return partition_of(str(ticket_id), topic_named(ANSWERS).partitions)


async def clocks_of(stack: WholeStack, ticket_id: UUID) -> list[datetime]:
    """When the first answer is due."""
    rows = await stack.query(
        "escalation",
        "select started_at + target as due_at from sla_clock"
        " where ticket_id = $1 and kind = 'first_response'",
        ticket_id,
    )
    return [row["due_at"] for row in rows]


async def watermark_behind(stack: WholeStack, until: datetime) -> bool:
    return bool(await stack.query("escalation", "select 1 from watermark where until > $1", until))


def time_stands(port: int) -> bool:
    """Whether clocks wait for a partition: for the answer's, or another of who is behind."""
    return "is handled up to" in ServiceReadiness.read(port).warnings.get("log_time", "")
