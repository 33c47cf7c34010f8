"""Dead letters and parked tickets are listed and handled again with a command."""

import json
import os
import signal
import subprocess
import uuid

from aiokafka import AIOKafkaProducer
from whole_stack import WholeStack, desk_argv

from deskstream_runtime.testing.waiting import eventually


def desk(stack: WholeStack, *arguments: str) -> str:
    done = _run(stack, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def refused(stack: WholeStack, *arguments: str) -> str:
    done = _run(stack, *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stderr


def _run(stack: WholeStack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        desk_argv(*arguments, "--data-dir", str(stack.folder.root)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"COLUMNS": "250", "PATH": "/usr/bin:/bin"},
    )


async def still_waiting(stack: WholeStack, service: str) -> int:
    rows = await stack.query(service, "select count(*) as n from parked_record")
    return int(rows[0]["n"])


async def test_a_dead_letter_is_listed_and_handled_again(stack: WholeStack) -> None:
    another, sent = [await write_poison(stack) for _ in range(2)]
    place = f"escalated/0/{sent}"

    async def listed() -> bool:
        shown = desk(stack, "dead-letters", "list", "notify")
        return place in shown and f"escalated/0/{another}" in shown

    await eventually(listed, what="the dead letters")
    replay = ("dead-letters", "replay", "notify")
    assert "more than 1:" in refused(stack, *replay, "--all", "--limit", "1")
    assert "escalated/0/9999999" in refused(stack, *replay, place, "escalated/0/9999999")
    before = {record.key for record in await stack.records("notify.dead-letter")}
    assert "1 records" in desk(stack, *replay, place)

    async def settled_again() -> bool:
        return await still_waiting(stack, "notify") == 0

    await eventually(settled_again, what="the replay")
    await stack.settled()
    letters = [record.key for record in await stack.records("notify.dead-letter")]
    assert len(letters) > len(before), "it failed again, and was parked again"
    assert set(letters) == before, "under the same id"


async def parked_ticket(stack: WholeStack) -> tuple[str, str]:
    """A ticket whose first record waits in the projection: its id, and where the record is."""
    async with stack.client() as client:
        created = await client.post("/v1/tickets", json={"body": "Where is my parcel?"})
    ticket = created.json()["id"]
    await stack.settled()
    record = next(
        r for r in await stack.records("ticket.created") if ticket.encode() in _subject(r)
    )
    await stack.query(
        "projection",
        "insert into parked_record (topic, partition, record_offset, subject, error, parked_at)"
        " values ('ticket.created', $1, $2, $3, 'ValueError', now())",
        record.partition,
        record.offset,
        uuid.UUID(ticket),
    )
    return ticket, f"ticket.created/{record.partition}/{record.offset}"


async def test_a_parked_ticket_goes_on_when_asked(stack: WholeStack) -> None:
    ticket, _ = await parked_ticket(stack)
    assert ticket in desk(stack, "parked", "list", "projection")
    unknown = str(uuid.uuid4())
    assert f"not parked {unknown}" in refused(
        stack, "parked", "replay", "projection", ticket, unknown
    )
    assert "1 tickets" in desk(stack, "parked", "replay", "projection", ticket)

    async def gone() -> bool:
        return await still_waiting(stack, "projection") == 0

    await eventually(gone, what="the replay")


async def test_a_parked_record_is_given_up_with_a_reason(stack: WholeStack) -> None:
    ticket, place = await parked_ticket(stack)

    async def status_says_so() -> bool:
        return "tickets that wait for a person: 1" in _run(stack, "status").stdout

    await eventually(status_says_so, what="a warning in desk status")
    discard = ("parked", "discard", "projection")
    assert "Missing option '--reason'" in _run(stack, *discard, ticket).stderr
    unknown = str(uuid.uuid4())
    assert f"not parked {unknown}" in refused(stack, *discard, unknown, "--reason", "no use")
    assert "1 records" in desk(stack, *discard, ticket, "--reason", "seen by hand")

    async def announced() -> bool:
        shown = desk(stack, "dead-letters", "list", "projection")
        return place in shown and "seen by hand" in shown

    await eventually(announced, what="the dead letter")
    assert await still_waiting(stack, "projection") == 0


async def test_a_record_is_passed_over_with_a_reason(stack: WholeStack) -> None:
    await stack.settled()
    pid = stack.pid("notify")
    os.kill(pid, signal.SIGSTOP)
    try:
        sent = await write_poison(stack)
        skip = ("positions", "skip", "notify", "escalated", "0")
        why = ("--reason", "a trial")
        held = json.loads(desk(stack, "positions", "show", "notify", "escalated", "--json"))
        assert {row["partition"]: row["behind"] for row in held}[0] == 1
        assert f"ends at {sent + 1}" in refused(stack, *skip, str(sent + 1), *why)
        unknown = ("positions", "skip", "notify", "escalated", "99", "0")
        assert "does not read" in refused(stack, *unknown, *why)
        assert "passes over 1 records" in desk(stack, *skip, str(sent), *why)
        assert "lies behind it" in refused(stack, *skip, str(sent), *why)
    finally:
        os.kill(pid, signal.SIGCONT)

    async def announced() -> bool:
        shown = desk(stack, "dead-letters", "list", "notify")
        return f"escalated/0/{sent}" in shown and "a trial" in shown

    await eventually(announced, what="the dead letter")
    await stack.settled()


async def write_poison(stack: WholeStack) -> int:
    """Writes what is no event to a topic of notify's; returns its offset in partition 0."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)
    await producer.start()
    try:
        sent = await producer.send_and_wait(
            "escalated", b"not an event", uuid.uuid4().bytes, partition=0
        )
    finally:
        await producer.stop()
    return int(sent.offset)


def _subject(record: object) -> bytes:
    """The record's ticket: its `ce_subject`."""
    headers = dict(getattr(record, "headers", ()))
    return bytes(headers.get("ce_subject", b""))
