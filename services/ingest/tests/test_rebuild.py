"""Tickets made again from the log are those of before, and nothing is decided again."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
from ingest_desk import NEW_TICKET
from ingest_scenarios import auto_approved, drafted, escalated, failed, some_id, triaged

from deskstream_contracts import TOPICS, Event, follow_id
from deskstream_ingest.app import TABLES, build
from deskstream_ingest.settings import Settings
from deskstream_runtime.clock import utc_now
from deskstream_runtime.rebuilding.rebuild import rebuild
from deskstream_runtime.rebuilding.state_dump import dump
from deskstream_runtime.testing.app import running_app, running_service
from deskstream_runtime.testing.log import log_writer, read_all
from deskstream_runtime.testing.settings import SettingsFactory
from deskstream_runtime.testing.waiting import eventually

OWNED = [
    topic.name for topic in TOPICS if topic.owner == "ingest" and not topic.name.startswith("water")
]
TAKEN = """
select 1 from ticket
where state::jsonb -> 'newest' ?& array['ticket.triaged', 'escalated', 'notification.failed']
"""


async def test_tickets_and_drafts_are_those_of_before(
    service_settings: SettingsFactory, kafka_topics: str
) -> None:
    settings = service_settings(Settings, "deskstream_ingest")
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    async with (
        running_service(build(settings, utc_now)) as running,
        log_writer(kafka_topics) as log,
    ):
        http = running.http
        made = [await created(http) for _ in range(4)]
        for number, ticket_id in enumerate(made):
            message = follow_id(ticket_id, "message")
            for data in (
                auto_approved(f"draft-{number}"),
                triaged(message=message, priority="high"),
                drafted(f"draft-{number}", message=message),
                drafted(f"other-{number}", message=message),
                escalated(),
                failed(),
            ):
                await log.write(Event(uuid4(), ticket_id, utc_now(), data))

        async def taken() -> bool:
            rows = await connection.fetch("select state from draft")
            return len(rows) == 2 * len(made)

        await eventually(taken, within_s=60, what="drafts of all tickets")
        await lived(http, made)

        async def all_sent() -> bool:
            waiting = await connection.fetchval("select count(*) from outbox")
            handled = await connection.fetch(TAKEN)
            return waiting == 0 and len(handled) == len(made)

        await eventually(all_sent, within_s=60, what="an empty outbox")
    try:
        before = await dump(connection, TABLES)
        in_log = {topic: len(await read_all(kafka_topics, topic)) for topic in OWNED}
        await rebuild(build, settings, lambda _: None)
        assert await dump(connection, TABLES) == before
        async with running_service(build(settings, utc_now)):
            pass
        assert {topic: len(await read_all(kafka_topics, topic)) for topic in OWNED} == in_log
        await connection.execute("truncate ticket, draft, provider_message")
        await rebuild(build, settings, lambda _: None)
        assert await dump(connection, TABLES) == before
    finally:
        await connection.close()


async def test_what_was_accepted_and_not_sent_yet_is_not_lost(
    service_settings: SettingsFactory, kafka_topics: str
) -> None:
    settings = service_settings(Settings, "deskstream_ingest")
    async with running_app(build(settings, utc_now)) as app:
        ticket = await created(app.http)
        answer = await app.http.patch(f"/v1/tickets/{ticket}", json={"queue": "billing"})
        assert answer.status_code == 200
    connection = await asyncpg.connect(settings.postgres.dsn.get_secret_value())
    try:
        before = await connection.fetchval("select state from ticket where id = $1", ticket)
        await rebuild(build, settings, lambda _: None)
        assert await connection.fetchval("select count(*) from outbox") == 2
        after = await connection.fetchval("select state from ticket where id = $1", ticket)
        assert after == before
    finally:
        await connection.close()


async def created(http: httpx.AsyncClient) -> UUID:
    answer = await http.post("/v1/tickets", json=NEW_TICKET)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def lived(http: httpx.AsyncClient, tickets: list[UUID]) -> None:
    """What people do with tickets: each of these something else, and one that was brought in."""
    first, second, third, _ = (f"/v1/tickets/{one}" for one in tickets)
    steps: list[tuple[str, str, Any]] = [
        ("PATCH", first, {"priority": "low", "queue": "billing", "tags": ["late"]}),
        ("POST", f"{first}/messages", {"kind": "note", "body": "Looks late."}),
        ("POST", f"{first}/resolve", {"code": "done", "note": "All is well."}),
        ("POST", f"{second}/drafts/{some_id('other-1')}/approve", {"body": "Another text."}),
        ("POST", f"{second}/escalate", {"reason": "legal", "note": "See the lawyers."}),
        ("POST", f"{third}/drafts/{some_id('other-2')}/reject", {"reason": "wrong"}),
        ("POST", f"{third}/resolve", {}),
        ("POST", f"{third}/reopen", {"reason": "again"}),
    ]
    for method, path, body in steps:
        answer = await http.request(method, path, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
    past = NEW_TICKET | {
        "external": {"source": "old", "id": "1"},
        "occurred_at": "2025-01-01T10:00:00Z",
        "messages": [{"kind": "outbound", "body": "Soon.", "occurred_at": "2025-01-02T10:00:00Z"}],
        "status": "resolved",
    }
    answer = await http.post("/v1/tickets/history", json=past)
    assert answer.status_code == 201, answer.text
