"""Poison on every topic: each consumer sets it aside once, and the good records around pass."""

import json
import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from api_document import whole_document
from extreme_records import a_part, all_cases, nothing_is_parked
from extreme_requests import all_are_answered, all_requests
from whole_stack import WholeStack, whole_stack

from deskstream_contracts import TOPICS, Event, EventData, Record, Topic, decode, encode
from deskstream_contracts.record import Headers
from deskstream_runtime.testing.waiting import eventually

EXAMPLES = Path(__file__).parents[2] / "libs" / "contracts" / "examples"
EVENT_TOPICS = [topic for topic in TOPICS if not topic.name.endswith(".dead-letter")]
Place = tuple[str, int, int]

REASONS = {
    "invalid_json": "invalid_json",
    "wrong_schema": "schema_invalid",
    "header_not_utf8": "invalid_header",
    "null_header": "invalid_header",
    "null_value": "null_value",
    "unknown_type": "unknown_type",
    "megabyte": "oversized",
    "foreign_key": "wrong_key",
    "of_another_day": "ahead_of_log",
    "year_one": "invalid_header",
}
KINDS = tuple(REASONS)


@pytest.fixture(scope="module")
def own_stack(servers: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeStack]:
    """A stack of its own: its dead letters are counted, and its examples have fixed ids."""
    folder = tmp_path_factory.mktemp("poison")
    unlimited = {"DESK_DEAD_LETTER_RUN_MAX": "1000000", "DESK_DEAD_LETTER_RATIO_MAX": "1"}
    with whole_stack(folder / "desk", unlimited) as stack:
        yield stack


def poisoned(good: Record, kind: str) -> tuple[bytes | None, list[tuple[str, bytes | None]]]:
    """A record spoilt in one way; its key is chosen by who sends it."""
    headers: list[tuple[str, bytes | None]] = list(good.headers)
    value: bytes | None = good.value
    match kind:
        case "invalid_json":
            value = b'{"ticket": '
        case "wrong_schema":
            value = b'{"nothing": "of ours"}'
        case "header_not_utf8":
            headers.append(("note", b"\xff\xfe"))
        case "null_header":
            headers.append(("note", None))
        case "null_value":
            value = None
        case "unknown_type":
            headers = replaced(good.headers, "ce_type", b"ticket.teleported")
        case "megabyte":
            value = json.dumps({"filler": "x" * 1_000_000}).encode()
        case "of_another_day":
            later = datetime.now(UTC) + timedelta(days=2)
            headers = replaced(good.headers, "ce_time", later.isoformat().encode())
        case "year_one":
            headers = replaced(good.headers, "ce_time", b"0001-01-01T00:00:00+14:00")
    return value, headers


def replaced(headers: Headers, name: str, value: bytes) -> list[tuple[str, bytes | None]]:
    return [(key, value if key == name else old) for key, old in headers]


def example(topic: Topic, which: str) -> Record:
    text = (EXAMPLES / topic.name / "v1" / f"{which}.json").read_text()
    return encode(decode_structured(text))


def decode_structured(text: str) -> Event[EventData]:
    document = json.loads(text)
    headers = [
        (f"ce_{name}", str(value).encode())
        for name, value in document.items()
        if name not in {"data", "datacontenttype"}
    ]
    return decode(document["type"], headers, json.dumps(document["data"]).encode())


async def test_every_example_passes_and_every_poison_is_set_aside_once(
    own_stack: WholeStack,
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=own_stack.bootstrap, max_request_size=2_000_000)
    await producer.start()
    bad: dict[Place, str] = {}
    try:
        for number, topic in enumerate(EVENT_TOPICS):
            good = example(topic, "full")
            await producer.send_and_wait(
                topic.name, good.value, good.key, good.partition, headers=good.headers
            )
            kinds = KINDS if topic.name == "ticket.created" else rotated(number)
            for kind in kinds:
                value, headers = poisoned(good, kind)
                key = good.key if kind == "of_another_day" else uuid.uuid4().bytes
                sent = await producer.send_and_wait(
                    topic.name, value, key, good.partition, headers=headers
                )
                bad[topic.name, sent.partition, sent.offset] = REASONS[kind]
            after = example(topic, "minimal")
            await producer.send_and_wait(
                topic.name, after.value, after.key, after.partition, headers=after.headers
            )
    finally:
        await producer.stop()
    await own_stack.settled()
    for service in ("ingest", "ai", "escalation", "notify", "projection"):
        read = {topic.name for topic in EVENT_TOPICS if service in topic.consumers}
        expected = [(place, reason) for place, reason in bad.items() if place[0] in read]
        complete = partial(all_set_aside, own_stack, service, dict(expected))
        await eventually(complete, what=f"{service}'s dead letters")
        assert sorted(await letters_of(own_stack, service)) == sorted(expected), service
        parked = await own_stack.query(service, "select topic, error from parked_record")
        assert not parked, (service, [dict(row) for row in parked])


async def all_set_aside(stack: WholeStack, service: str, expected: Iterable[Place]) -> bool:
    return {place for place, _ in await letters_of(stack, service)} >= set(expected)


async def letters_of(stack: WholeStack, service: str) -> list[tuple[Place, str]]:
    """The records that the dead letters name, each with its reason."""
    letters: list[Any] = [
        decode(record.topic, record.headers, record.value).data
        for record in await stack.records(f"{service}.dead-letter")
    ]
    assert all(letter.detail and letter.first_seen_at for letter in letters)
    return [((one.topic, one.partition, one.offset), one.reason) for one in letters]


def rotated(number: int) -> tuple[str, ...]:
    """Two kinds a topic: every kind meets many topics."""
    return KINDS[number % len(KINDS)], KINDS[(number + 3) % len(KINDS)]


async def test_a_part_of_the_extremes_is_handled_or_dead(own_stack: WholeStack) -> None:
    await nothing_is_parked(own_stack, a_part(all_cases(), every=80))


@pytest.mark.exhaustive
async def test_every_extreme_is_handled_or_dead(own_stack: WholeStack) -> None:
    await nothing_is_parked(own_stack, all_cases())


async def test_a_part_of_the_extreme_requests_is_answered(own_stack: WholeStack) -> None:
    await all_are_answered(own_stack, all_requests(whole_document(own_stack.gateway))[::35])


@pytest.mark.exhaustive
async def test_every_extreme_request_is_answered(own_stack: WholeStack) -> None:
    await all_are_answered(own_stack, all_requests(whole_document(own_stack.gateway)))
