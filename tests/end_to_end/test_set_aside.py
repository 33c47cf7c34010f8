"""Dead letters and parked tickets are listed and handled again with a command."""

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
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap)
    await producer.start()
    try:
        another, sent = [
            await producer.send_and_wait(
                "escalated", b"not an event", uuid.uuid4().bytes, partition=0
            )
            for _ in range(2)
        ]
    finally:
        await producer.stop()
    place = f"escalated/0/{sent.offset}"

    async def listed() -> bool:
        shown = desk(stack, "dead-letters", "list", "notify")
        return place in shown and f"escalated/0/{another.offset}" in shown

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
    assert len(letters) > len(before), "it failed again, and was set aside again"
    assert set(letters) == before, "under the same id"


async def test_a_parked_ticket_goes_on_when_asked(stack: WholeStack) -> None:
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
    assert ticket in desk(stack, "parked", "list", "projection")
    unknown = str(uuid.uuid4())
    assert f"not parked {unknown}" in refused(
        stack, "parked", "replay", "projection", ticket, unknown
    )
    assert "1 tickets" in desk(stack, "parked", "replay", "projection", ticket)

    async def gone() -> bool:
        return await still_waiting(stack, "projection") == 0

    await eventually(gone, what="the replay")


def _subject(record: object) -> bytes:
    """The record's ticket: its `ce_subject`."""
    headers = dict(getattr(record, "headers", ()))
    return bytes(headers.get("ce_subject", b""))
