"""Each service's state made again from the log of a running stack is the state of before.

Nothing is sent a second time, no event appears, and the system continues as before.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from webhook_receiver import WebhookReceiver, webhook_receiver
from whole_stack import WholeStack, csv_of, output_of, running, whole_stack

from deskstream_ai.app import TABLES as AI
from deskstream_cli.stack.parts import stack_superuser_dsn
from deskstream_contracts import TOPICS
from deskstream_escalation.app import TABLES as ESCALATION
from deskstream_ingest.app import TABLES as INGEST
from deskstream_notify.app import TABLES as NOTIFY
from deskstream_projection.app import TABLES as PROJECTION
from deskstream_runtime.clock import utc_now
from deskstream_runtime.rebuilding.state_dump import dump
from deskstream_runtime.testing.waiting import eventually

Tables = dict[str, tuple[str, ...]]

KEPT: Tables = {
    "work": ("lease", "leased_until"),
    "parked_record": (),
    "idempotency_key": (),
}
STATES: dict[str, Tables] = {
    "projection": {**PROJECTION, **KEPT},
    "escalation": {**ESCALATION, **KEPT},
    "ai": {**AI, **KEPT},
    "notify": {**NOTIFY, **KEPT, "webhook_subscription": ()},
    "ingest": {**INGEST, **KEPT},
}
FACTS = [topic.name for topic in TOPICS if not topic.name.startswith("watermark.")]

ARTICLE = {
    "title": "When your espresso machine drips",
    "body": "A dripping espresso machine needs a new gasket. Order the gasket for free in the app "
    "under Spare parts, it arrives within three working days. Until then, tighten the handle.",
}

# Clocks that run out while the test looks.
SLA = """
name = "fast"
warn_at = 0.5
""" + "".join(
    f"[targets.{priority}]\n"
    f"first_response_min = {minutes}\nnext_response_min = 120\nresolution_min = 480\n"
    for priority, minutes in {"urgent": 60, "high": 60, "normal": 0.05, "low": 60}.items()
)


@pytest.fixture
def own_stack(servers: object, tmp_path: Path) -> Iterator[WholeStack]:
    sla = tmp_path / "sla.toml"
    sla.write_text(SLA)
    with whole_stack(tmp_path / "desk", {"DESK_SLA_FILE": str(sla)}) as stack:
        yield stack


@pytest.mark.faults
async def test_each_service_is_what_it_was(own_stack: WholeStack, tmp_path: Path) -> None:
    stack = own_stack
    async with webhook_receiver() as receiver, stack.client() as client:
        await fill(stack, client, receiver, tmp_path)
        states = {service: await state(stack, service) for service in STATES}
        assert_filled(states)
        facts, mails, calls = await seen(stack, client, receiver)
        assert {"escalated", "sla.breached", "notification.sent"} <= set(facts)
        for service in STATES:
            async with running(stack.desk("rebuild", service)) as rebuilding:
                output = await output_of(rebuilding, timeout_s=240)
            await stack.settled()
            assert " differ" not in output, output
            assert await state(stack, service) == states[service], service
        assert await seen(stack, client, receiver) == (facts, mails, calls)
        await goes_on(stack, client)


async def fill(
    stack: WholeStack, client: httpx.AsyncClient, receiver: WebhookReceiver, folder: Path
) -> None:
    """Imports, a ticket of each fate, articles, webhooks, dead letters, parked tickets."""
    types = ["ticket.created", "escalated", "sla.breached"]
    await post(client, "/v1/webhooks", {"url": receiver.url, "event_types": types})
    await post(client, "/v1/articles", ARTICLE)
    rows = [
        {"id": str(number), "email": f"kim.{number % 7}@example.com", "text": text}
        for number, text in enumerate(
            [
                "Where is my card? I ordered it two weeks ago.",
                "This is horrible, I am furious, you stole my money and nobody answers!",
                "Thank you, the new app is wonderful and so easy to use.",
                "URGENT: my phone was stolen and someone is spending my money right now.",
            ]
            * 6
        )
    ]
    file = csv_of(folder / "rows.csv", rows)
    async with running(stack.desk("import", str(file), "--source", "rebuild")) as importing:
        await output_of(importing, timeout_s=120)
    past = {
        "body": "It never came.",
        "customer": {"email": "old@example.com"},
        "external": {"source": "elsewhere", "id": "1"},
        # Not so old that its minutes are forgotten.
        "occurred_at": (utc_now() - timedelta(hours=9)).isoformat(),
        "messages": [
            {
                "kind": "outbound",
                "body": "Soon.",
                "occurred_at": (utc_now() - timedelta(hours=8)).isoformat(),
            }
        ],
        "status": "resolved",
    }
    await post(client, "/v1/tickets/history", past)
    tickets = [await post(client, "/v1/tickets", new(number)) for number in range(6)]
    await stack.settled()
    await lived(client, [ticket["id"] for ticket in tickets])
    for service in ("projection", "escalation", "ai"):
        await stack.query(
            service,
            "insert into parked_record (topic, partition, record_offset, subject, error, parked_at)"
            " values ('ticket.created', 0, 999999999, $1, 'ValueError', now())",
            UUID(tickets[5]["id"]),
        )
    path = f"/v1/tickets/{tickets[5]['id']}/messages"
    await post(client, path, {"kind": "inbound", "body": "Hello? I am furious!"})
    await stack.poison("ticket.created", b"not an event")
    await stack.settled()
    await eventually(lambda: breached(stack), within_s=60, what="clocks that ran out")
    await stack.settled()


async def lived(client: httpx.AsyncClient, tickets: list[str]) -> None:
    """What people do: approve, reject, resolve, reopen, ask, and write again."""
    for number, ticket in enumerate(tickets):
        view = (await client.get(f"/v1/tickets/{ticket}")).json()
        drafts = [one for one in view["drafts"] if one["status"] == "drafted"]
        if drafts and number < 3:
            verdict, body = ("approve", {}) if number else ("reject", {"reason": "wrong"})
            await post(client, f"/v1/tickets/{ticket}/drafts/{drafts[0]['id']}/{verdict}", body)
    await post(client, f"/v1/tickets/{tickets[1]}/resolve", {"code": "done"})
    await post(client, f"/v1/tickets/{tickets[1]}/reopen", {"reason": "again"})
    await post(client, f"/v1/tickets/{tickets[2]}/escalate", {"reason": "legal"})
    await post(client, f"/v1/tickets/{tickets[3]}/replies", {"instructions": "Be brief."})
    await post(client, f"/v1/tickets/{tickets[3]}/messages", {"kind": "inbound", "body": "And?"})
    await post(client, f"/v1/tickets/{tickets[4]}/messages", {"kind": "note", "body": "Late."})
    await post(client, f"/v1/tickets/{tickets[4]}/resolve", {})


def new(number: int) -> dict[str, Any]:
    """A ticket as a customer writes it; one customer has no address."""
    customer = {"email": f"lee.{number}@example.com"} if number else {"phone": "+4930123456"}
    body = "Hello, my espresso machine is dripping, which gasket do I need?"
    return {"subject": f"My espresso machine drips {number}", "body": body, "customer": customer}


async def post(client: httpx.AsyncClient, path: str, body: Any) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code < 300, f"{path}: {answer.text}"
    return answer.json()


async def breached(stack: WholeStack) -> bool:
    rows = await stack.query("escalation", "select 1 from sla_clock where next_due_at < now()")
    breached = await stack.events("sla.breached")
    return not rows and bool(breached)


async def state(stack: WholeStack, service: str) -> dict[str, list[str]]:
    dsn = stack_superuser_dsn(stack.folder, stack.state.ports)
    connection = await asyncpg.connect(urlunsplit(urlsplit(dsn)._replace(path=f"/{service}")))
    try:
        return await dump(connection, STATES[service])
    finally:
        await connection.close()


def assert_filled(states: dict[str, dict[str, list[str]]]) -> None:
    """An empty table would prove nothing."""
    empty = {
        f"{service}.{table}"
        for service, tables in states.items()
        for table, rows in tables.items()
        if not rows
    }
    nothing_there = {f"{service}.work" for service in STATES}
    nothing_there |= {f"{service}.idempotency_key" for service in STATES}
    nothing_there |= {"ingest.parked_record", "notify.parked_record", "notify.delivery_report"}
    nothing_there |= {"ai.customer"}
    assert empty <= nothing_there, empty - nothing_there


async def seen(
    stack: WholeStack, client: httpx.AsyncClient, receiver: WebhookReceiver
) -> tuple[Counter[str], int, int]:
    """How many records each topic has, and what people and systems were sent."""
    records = Counter(record.topic for record in await stack.records(*FACTS))
    mails = (await client.get(f"{stack.catcher}/mails")).json()["mails"]
    return records, len(mails), len(receiver.events)


async def goes_on(stack: WholeStack, client: httpx.AsyncClient) -> None:
    """A new ticket finds its way through all of them."""
    ticket = (await post(client, "/v1/tickets", new(9)))["id"]
    await stack.settled()
    view = (await client.get(f"/v1/tickets/{ticket}")).json()
    assert view["sentiment"] is not None
