"""The trouble of one record, or of one topic, is its own: everything else continues."""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from log_and_views import assert_log_and_views_agree, assert_nothing_parked
from whole_stack import WholeStack, output_of, running, whole_stack

from deskstream_cli.stack.login import kafka_access
from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_contracts import topic_named
from deskstream_runtime.kafka.topics import create_topics
from deskstream_runtime.testing.waiting import eventually

TICKETS = 12
RARE = "escalation.requested"
"""A topic that nothing was written to before; escalation and projection read it."""

# A record that waits for a lock costs some ten time-outs.
ENVIRONMENT = {"DESK_POSTGRES_COMMAND_TIMEOUT_S": "2", "DESK_KAFKA_RELAY_RETRY_MOST_S": "2"}


@pytest.fixture(scope="module")
def short_stack(servers: object) -> Iterator[WholeStack]:
    """A stack whose time-outs and waits are short."""
    with (
        tempfile.TemporaryDirectory(prefix="deskstream-short-") as folder,
        whole_stack(Path(folder) / "desk", ENVIRONMENT) as stack,
    ):
        yield stack


@pytest.mark.faults
async def test_a_record_that_cannot_pass_in_time_parks_its_ticket_alone(
    short_stack: WholeStack,
) -> None:
    stack = short_stack
    async with stack.client() as client:
        held = await created(client, "held")
        await stack.settled()
        async with stack.connection("projection") as holder, holder.transaction():
            await holder.execute("select from ticket where id = $1 for update", held)
            answer = await client.patch(f"/v1/tickets/{held}", json={"tags": ["held"]})
            assert answer.status_code == 200, answer.text
            others = [await created(client, f"passing-{number}") for number in range(TICKETS)]

            async def parked() -> list[tuple[UUID, str]]:
                rows = await stack.query("projection", "select subject, error from parked_record")
                return [(row["subject"], row["error"]) for row in rows]

            ((subject, error),) = await eventually(parked, within_s=120, what="a parked ticket")
            assert subject == held
            assert error.startswith("timeout"), error
            await in_view(stack, others)

            def works_and_tells() -> bool:
                said = ServiceReadiness.read(stack.state.ports["projection"])
                return said.working and "parked" in said.warnings

            await eventually(works_and_tells, within_s=60, what="a warning of a working service")
        async with running(stack.desk("parked", "replay", "projection", str(held))) as replaying:
            await output_of(replaying, timeout_s=60)

        async def nobody() -> bool:
            return not await parked()

        await eventually(nobody, within_s=60, what="the end of parking")
    await stack.settled()
    await assert_log_and_views_agree(stack, [held, *others])


@pytest.mark.faults
async def test_a_row_for_a_topic_that_is_not_there_holds_up_no_other(
    short_stack: WholeStack,
) -> None:
    stack = short_stack
    name = f"not.there.{uuid4().hex}"

    def is_named() -> bool:
        return name in ServiceReadiness.read(stack.state.ports["ingest"]).troubles.get("relay", "")

    await stack.query(
        "ingest",
        "insert into outbox (topic, partition, key, headers, value)"
        " values ($1, 0, 'key', '[]', 'value')",
        name,
    )
    async with stack.client() as client:
        tickets = [await created(client, f"beside-{number}") for number in range(TICKETS)]
    await in_view(stack, tickets)
    await eventually(is_named, within_s=60, what="a topic named")
    async with admin(stack) as kafka:
        await kafka.create_topics([NewTopic(name, 1, 1)])
    # At rest means, too, that nothing is parked any more.
    await stack.settled()
    assert not is_named()
    await assert_log_and_views_agree(stack, tickets)
    await assert_nothing_parked(stack, tickets)


@pytest.mark.faults
async def test_a_topic_made_anew_of_which_nothing_was_read(short_stack: WholeStack) -> None:
    """Its readers read the others, the writer's event for it waits, and all of them name it."""
    stack = short_stack
    assert await stack.records(RARE) == []
    async with admin(stack) as kafka:
        await kafka.delete_topics([RARE])
    async with stack.client() as client:
        tickets = [await created(client, f"without-{number}") for number in range(TICKETS)]
        await escalate(client, tickets[0])
    await in_view(stack, tickets)

    def is_named() -> bool:
        part_of = {"ingest": "relay", "escalation": "topics", "projection": "topics"}
        return all(RARE in trouble(stack, name).get(part, "") for name, part in part_of.items())

    await eventually(is_named, within_s=60, what="a topic named")
    await create_topics(kafka_access(stack.state), [topic_named(RARE)])
    await taken_by_all(stack, 1)
    await stack.settled()
    assert not any(trouble(stack, name) for name in ("ingest", "escalation", "projection"))
    assert len(await stack.events(RARE)) == 1
    await assert_log_and_views_agree(stack, tickets)
    await assert_nothing_parked(stack, tickets)


@pytest.mark.faults
async def test_a_topic_made_anew_that_was_read_waits_for_a_person(short_stack: WholeStack) -> None:
    """The new one is as long as the old one was: by offsets alone it would be passed over."""
    stack = short_stack
    async with stack.client() as client:
        await escalate(client, await created(client, "of-the-old-one"))
        await stack.settled()
        had = len(await stack.records(RARE))
        async with admin(stack) as kafka:
            await kafka.delete_topics([RARE])
        await create_topics(kafka_access(stack.state), [topic_named(RARE)])
        tickets = [await created(client, f"of-the-new-one-{number}") for number in range(had)]
        for ticket in tickets:
            await escalate(client, ticket)
    await in_view(stack, tickets)
    for service in topic_named(RARE).consumers:
        command = f"desk positions restart {service} {RARE}"
        await eventually(says(stack, service, command), within_s=60, what=command)
        async with running(stack.desk("positions", "restart", service, RARE)) as restarting:
            await output_of(restarting, timeout_s=60)
    await taken_by_all(stack, had)
    await stack.settled()
    assert not any(trouble(stack, name) for name in topic_named(RARE).consumers)
    await assert_log_and_views_agree(stack, tickets)
    await assert_nothing_parked(stack, tickets)


async def escalate(client: httpx.AsyncClient, ticket: UUID) -> None:
    answer = await client.post(f"/v1/tickets/{ticket}/escalate", json={"reason": "legal"})
    assert answer.status_code < 300, answer.text


def trouble(stack: WholeStack, service: str) -> dict[str, str]:
    return dict(ServiceReadiness.read(stack.state.ports[service]).troubles)


def says(stack: WholeStack, service: str, what: str) -> Callable[[], bool]:
    return lambda: what in trouble(stack, service).get("topics", "")


async def taken_by_all(stack: WholeStack, records: int) -> None:
    """Kafka forgets the lag of a topic's readers with it: rest says nothing of it at first."""

    async def are_taken() -> bool:
        sql = "select sum(next_offset)::int as taken from consumer_offset where topic = $1"
        rows = [await stack.query(service, sql, RARE) for service in topic_named(RARE).consumers]
        return all(taken["taken"] == records for (taken,) in rows)

    await eventually(are_taken, within_s=60, what=f"{records} records of {RARE} taken")


async def created(client: httpx.AsyncClient, name: str) -> UUID:
    customer = {"email": f"{name}@example.com"}
    body = {"subject": name, "body": "Where is my card?", "customer": customer}

    async def accepted() -> httpx.Response:
        answer = await client.post("/v1/tickets", json=body)
        assert answer.status_code == 201, answer.text
        return answer

    return UUID((await eventually(accepted, within_s=30, what=name)).json()["id"])


async def in_view(stack: WholeStack, tickets: list[UUID]) -> None:
    async def all_there() -> bool:
        rows = await stack.query(
            "projection",
            "select 1 from ticket where id = any($1::uuid[]) and intent is not null",
            tickets,
        )
        return len(rows) == len(tickets)

    await eventually(all_there, within_s=120, what="understood tickets in the view")


@asynccontextmanager
async def admin(stack: WholeStack) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=stack.bootstrap)
    await client.start()
    try:
        yield client
    finally:
        await client.close()
