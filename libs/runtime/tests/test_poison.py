"""Records that no service can take land in the dead letters once, and all around them pass."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from types import EllipsisType
from typing import Any
from uuid import uuid4

import pytest
from conftest import Bench, Running, running
from runtime_toy import DEAD, TOPIC, request_event

from deskstream_contracts import encode
from deskstream_runtime.clock import utc_now
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually

MEGABYTE = b"x" * 1_000_000


def headers(**changes: bytes | EllipsisType | None) -> list[tuple[str, bytes | None]]:
    """The headers of a right record, some of them changed (`_` for `-`), or left out by `...`."""
    right: dict[str, bytes | EllipsisType | None] = {**dict(encode(request_event()).headers)}
    right |= changes
    return [(name, v) for name, v in right.items() if not isinstance(v, EllipsisType)]


def body(**changes: str) -> bytes:
    """The body of a right record."""
    return encode(request_event()).value


TRACEPARENT = b"00-" + b"1" * 32 + b"-" + b"2" * 16 + b"-01"

POISON = [
    ("invalid_json", headers(), b'{"reason":'),
    ("invalid_json", headers(), b'{"reason": "\xff\xfe"}'),
    ("invalid_json", headers(), b""),
    ("schema_invalid", headers(), b'{"reason": 7}'),
    ("schema_invalid", headers(), b"[]"),
    ("invalid_header", headers(ce_time=b"\xff\xfe"), body()),
    ("invalid_header", headers(foreign=b"\xff\xfe"), body()),
    ("invalid_header", headers(ce_source=None), body()),
    ("invalid_header", headers(ce_id=b"a\x00b"), body()),
    ("null_value", headers(), None),
    ("missing_attribute", [], body()),
    ("missing_attribute", headers(ce_subject=...), body()),
    ("unknown_type", headers(ce_type=b"no.such.type"), body()),
    ("wrong_topic", headers(ce_type=b"ticket.created"), body()),
    (
        "unsupported_version",
        headers(ce_dataschema=b"urn:deskstream:escalation.requested:99"),
        body(),
    ),
    ("oversized", headers(), MEGABYTE),
    ("oversized", headers(ce_traceparent=TRACEPARENT), MEGABYTE),
]


@pytest.fixture
async def run(bench: Bench) -> AsyncIterator[Running]:
    async with running(bench) as run:
        yield run


@pytest.mark.usefixtures("run")
async def test_every_kind_of_poison_is_dead_once_and_good_records_pass(
    bench: Bench, log: LogWriter
) -> None:
    good, places = [], []
    for reason, poison_headers, value in POISON:
        event = request_event()
        good.append(event)
        await log.write(event)
        partition = encode(event).partition
        offset = await log.write_raw(TOPIC, value, poison_headers, partition=partition)
        places.append((partition, offset, reason, value))
    good.append(request_event())
    await log.write(good[-1])

    await bench.handles(*good)
    wanted = {(partition, offset) for partition, offset, _, _ in places}

    async def all_dead() -> bool:
        return len(await bench.dead_letters(wanted)) >= len(places)

    await eventually(all_dead)
    letters = await bench.dead_letters(wanted)
    found = {(letter.partition, letter.offset): letter for letter in letters}
    assert len(letters) == len(found) == len(places)
    for partition, offset, reason, value in places:
        letter = found[partition, offset]
        assert (letter.topic, letter.reason) == (TOPIC, reason)
        assert letter.service == "escalation"
        assert letter.detail
        assert letter.size_bytes == len(value or b"")
        assert letter.sha256 == (None if value is None else hashlib.sha256(value).hexdigest())
        assert abs(letter.first_seen_at - utc_now()) < timedelta(minutes=5)
    assert await bench.parked() == []


@pytest.mark.usefixtures("run")
async def test_a_record_that_contradicts_its_event_is_dead_and_takes_nothing_with_it(
    bench: Bench, log: LogWriter
) -> None:
    """Forged by who may write to the topic: under another event's key, and as one of tomorrow."""
    kept = request_event()
    forged = request_event()._replace(time=utc_now() + timedelta(hours=25))
    soon = request_event()._replace(time=utc_now() + timedelta(hours=23))
    await log.write(kept, forged, soon)
    other = encode(request_event())
    offset = await log.write_raw(
        TOPIC, other.value, other.headers, key=str(kept.id).encode(), partition=other.partition
    )
    await bench.handles(kept, soon)

    async def letters() -> dict[str, Any]:
        about = {event.data.event_id: event.data for event in await bench.events(DEAD)}
        wanted = {str(forged.id), dict(other.headers)["ce_id"].decode()}
        return about if wanted <= about.keys() else {}

    found = await eventually(letters)
    assert found[str(forged.id)].reason == "ahead_of_log"
    wrong_key = found[dict(other.headers)["ce_id"].decode()]
    assert (wrong_key.reason, wrong_key.offset) == ("wrong_key", offset)
    assert await bench.parked() == []


@pytest.mark.usefixtures("run")
async def test_a_dead_letter_holds_nothing_of_the_body(bench: Bench, log: LogWriter) -> None:
    canary = uuid4().hex.encode()
    offset = await log.write_raw(TOPIC, b'{"note": "' + canary + b'"}', headers(), partition=2)

    async def dead() -> bool:
        return bool(await bench.dead_letters({(2, offset)}))

    await eventually(dead)
    (letter,) = await bench.dead_letters({(2, offset)})
    assert canary.decode() not in letter.model_dump_json()


@pytest.mark.usefixtures("run")
async def test_a_rejected_record_is_dead_and_its_batch_is_not(bench: Bench, log: LogWriter) -> None:
    subject = uuid4()
    before, refused, after = (
        request_event(subject, reason) for reason in ("angry", "rejected", "angry")
    )
    await log.write(before, refused, after)
    await bench.handles(before, after)

    async def dead() -> list[Any]:
        letters = [event.data for event in await bench.events("escalation.dead-letter")]
        return [letter for letter in letters if letter.event_id == str(refused.id)]

    (letter,) = await eventually(dead)
    assert letter.reason == "rejected"
    assert letter.detail == "the toy takes no such request"
    assert letter.event_type_name == TOPIC
    assert await bench.handled(subject) == [before.id, after.id]
    assert await bench.parked() == []


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_records_compressed_by_a_foreign_producer_are_read(
    bench: Bench, kafka_topics: str, codec: str, run: Running
) -> None:
    from aiokafka import AIOKafkaProducer

    producer = AIOKafkaProducer(bootstrap_servers=kafka_topics, compression_type=codec)
    await producer.start()
    event = request_event()
    record = encode(event)
    try:
        await producer.send_and_wait(
            TOPIC, record.value, record.key, record.partition, headers=record.headers
        )
    finally:
        await producer.stop()
    await bench.handles(event)
    assert run.service.problems() == {}
