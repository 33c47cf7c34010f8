"""Any part is killed in mid-import: every accepted ticket is in the log and the views, once."""

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from whole_stack import WholeStack, output_of, running

from deskstream_contracts import Event
from deskstream_contracts.events.ticket import TicketCreated, TicketHead
from deskstream_contracts.events.understanding import SentimentScored, TicketTriaged
from deskstream_runtime.testing.waiting import eventually

ROWS = 400
KILL_AFTER_TICKETS = 60

MOODS = (
    "Where is my card? I ordered it two weeks ago.",
    "This is horrible, I am furious, you stole my money and nobody answers!",
    "Thank you, the new app is wonderful and so easy to use.",
    "URGENT: my phone was stolen and someone is spending my money right now.",
    "How long does a transfer take?",
)


def write_import(path: Path, name: str) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "email", "text"])
        for number in range(ROWS):
            text = f"{MOODS[number % len(MOODS)]} ({name} {number})"
            writer.writerow([f"{name}-{number}", f"{name}.{number % 90}@example.com", text])
    return path


@pytest.mark.faults
@pytest.mark.parametrize(
    "part",
    ["ingest", "ai", "escalation", "notify", "projection", "kafka", "postgres", "valkey", "envoy"],
)
async def test_killed_in_mid_import(stack: WholeStack, tmp_path: Path, part: str) -> None:
    source = f"kill_{part}"
    file = write_import(tmp_path / f"{source}.csv", source)
    async with running(stack.desk("import", str(file), "--source", source)) as importing:
        await tickets_accepted(stack, source, KILL_AFTER_TICKETS)
        killed = stack.kill(part)
        await stack.back(part, killed)
        output = await output_of(importing, timeout_s=120)
    assert f"{ROWS} rows" in output
    await stack.settled()
    await assert_log_and_views_agree(stack, source)


async def tickets_accepted(stack: WholeStack, source: str, count: int) -> None:
    """Waits until the import is well under way."""

    async def enough() -> bool:
        return len(await tickets_of(stack, source)) >= count

    await eventually(enough, within_s=60, what=f"{count} tickets")


async def tickets_of(stack: WholeStack, source: str) -> dict[object, Event[Any]]:
    return {
        event.subject: event
        for event in await stack.events("ticket.created")
        if isinstance(event.data, TicketCreated)
        and event.data.external is not None
        and event.data.external.source == source
    }


async def assert_log_and_views_agree(stack: WholeStack, source: str) -> None:
    created = await tickets_of(stack, source)
    assert len(created) == ROWS, "every row is a ticket in the log, once"
    events = [event for event in await stack.events() if event.subject in created]
    assert_versions_without_gap(events)
    assert_every_message_understood(events, created)
    await assert_views_equal_the_log(stack, events, created)


def assert_versions_without_gap(events: list[Event[Any]]) -> None:
    versions: dict[object, list[int]] = defaultdict(list)
    for event in events:
        if event.sequence is not None:
            versions[event.subject].append(event.sequence)
    for found in versions.values():
        assert sorted(found) == list(range(1, len(found) + 1))


def assert_every_message_understood(
    events: list[Event[Any]], created: dict[object, Event[Any]]
) -> None:
    messages = {event.data.message_id for event in created.values()}
    for event_type in (SentimentScored, TicketTriaged):
        facts = [event.data.message_id for event in events if isinstance(event.data, event_type)]
        assert sorted(map(str, facts)) == sorted(map(str, messages)), event_type.event_type


async def assert_views_equal_the_log(
    stack: WholeStack, events: list[Event[Any]], created: dict[object, Event[Any]]
) -> None:
    """A ticket's view is what its highest version says; its timeline holds each fact."""
    heads: dict[object, TicketHead] = {}
    for event in events:
        head = getattr(event.data, "ticket", None)
        if head is not None and (
            event.subject not in heads or head.version > heads[event.subject].version
        ):
            heads[event.subject] = head
    rows = await stack.query(
        "projection",
        "select id, version, status, priority, escalation_level, sentiment_label, intent"
        " from ticket where id = any($1::uuid[])",
        list(created),
    )
    assert {row["id"] for row in rows} == set(created)
    for row in rows:
        head = heads[row["id"]]
        assert (row["version"], row["status"], row["priority"]) == (
            head.version,
            head.status,
            head.priority,
        )
        assert row["sentiment_label"] is not None
        assert row["intent"] is not None
    timeline = await stack.query(
        "projection",
        "select event_id from timeline where subject = any($1::uuid[])",
        list(created),
    )
    in_view = sorted(str(row["event_id"]) for row in timeline)
    assert in_view == sorted(str(event.id) for event in events)
