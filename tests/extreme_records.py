"""The extremes of every event as records for a running stack, on tickets that are there."""

import asyncio
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, partial
from itertools import cycle
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import httpx
from aiokafka import AIOKafkaProducer
from whole_stack import WholeStack

from deskstream_contracts import (
    Event,
    EventData,
    Record,
    UndecodableRecord,
    decode,
    encode,
    refuse_contradiction,
    topic_named,
)
from deskstream_contracts.documents.checkout import this_checkout
from deskstream_contracts.registry import EVENT_TYPES
from deskstream_contracts.structured import from_document
from deskstream_contracts.testing.extreme_values import INSTANTS, NUMBERS
from deskstream_contracts.testing.extremes import Changes, changed, extremes_of
from deskstream_contracts.topics import SERVICES
from deskstream_runtime.clock import utc_now
from deskstream_runtime.testing.waiting import eventually

Place = tuple[str, int, int]
"""Topic, partition and offset."""

_SPACE = UUID("5d1f0f5e-2f1b-5c0e-9a35-0c9a7a1f6b10")
_AN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_OF_NO_TICKET = frozenset({"customer.enriched", "article.published", "article.withdrawn"})
_AT_ONCE = 8
_CASES_A_TICKET = 16


class Case(NamedTuple):
    """One extreme of one event: what is changed in the body, or in a header."""

    body: type[EventData]
    changes: Changes
    header: tuple[str, bytes] | None = None

    def __str__(self) -> str:
        """What a failed test says of it."""
        said = {".".join(map(str, path)): value[:40] for path, value in self.changes.items()}
        return f"{self.body.event_type} {self.header or said}"

    def record(self, subject: str | None) -> Record:
        """The record, with ids that no other case has; about this ticket, where it is of one."""
        own = uuid5(_SPACE, str(self) + repr(sorted(self.changes.items())))
        text = _AN_ID.sub(lambda found: str(uuid5(own, found[0])), _example(self.body))
        document = json.loads(text)
        if subject is not None and self.body.event_type not in _OF_NO_TICKET:
            document |= {"subject": subject, "partitionkey": subject}
        record = encode(from_document(document))
        headers = record.headers
        if self.header is not None:
            name, raw = self.header
            headers = [(one, raw if one == name else old) for one, old in headers]
        return record._replace(value=changed(document["data"], self.changes), headers=headers)

    def reason(self) -> str | None:
        """Why nobody takes it that is written to the log now; None when it can be taken."""
        record = self.record(None)
        now_ms = int(utc_now().timestamp() * 1_000)
        try:
            event = decode(record.topic, record.headers, record.value)
            refuse_contradiction(event, key=record.key, logged_at_ms=now_ms)
        except UndecodableRecord as refusal:
            return refusal.reason
        return None


@cache
def _example(body: type[EventData]) -> str:
    return json.dumps(this_checkout().example(body, "full"))


def all_cases() -> list[Case]:
    """Every extreme of every field of every event, and of its headers that are numbers or times."""
    cases = [Case(body, changes) for body in EVENT_TYPES.values() for changes in extremes_of(body)]
    for body in EVENT_TYPES.values():
        cases += [Case(body, {}, ("ce_time", text.encode())) for text in INSTANTS]
        cases += [
            Case(body, {}, (name, text.encode()))
            for name in ("ce_revision", "ce_sequence")
            for text in (*NUMBERS, "65535", "65536", "9999999999", "10000000000")
        ]
    return cases


def a_part(cases: Sequence[Case], every: int) -> list[Case]:
    """One in so many, and of each event its instants all at once, as a reader adds them up."""
    together = [
        case
        for case in cases
        if len(case.changes) > 1 and next(iter(case.changes.values())).strip('"') in INSTANTS
    ]
    return [*cases[::every], *together[:: max(1, every // 20)]]


async def nothing_is_parked(stack: WholeStack, cases: Sequence[Case]) -> None:
    """Sends the cases and fails unless each is handled, or dead with the reason it is refused for.

    Then each ticket gets one more message, which waits for ever behind one that is parked.
    """
    tickets = await new_tickets(stack, 1 + len(cases) // _CASES_A_TICKET)
    # In turn: many requests for drafts of messages that never come would wait for one another.
    sent = await _send(stack, zip(cases, cycle(tickets), strict=False))
    await _read(stack, sent)
    await all_go_on(stack, tickets, sent)
    for service in SERVICES:
        await _the_right_ones_are_dead(stack, service, sent)


async def all_go_on(
    stack: WholeStack, tickets: Sequence[str], sent: Mapping[Place, Case] | None = None
) -> None:
    """Nothing is parked, also once each ticket has another message; and the views can be shown."""
    async with stack.client() as http:
        await gather_at_once([partial(_write_again, http, ticket) for ticket in tickets])
        await stack.settled()
        for service in SERVICES:
            await _none_parked(stack, service, sent or {})
        await _views_answer(http, tickets)


async def new_tickets(stack: WholeStack, number: int) -> list[str]:
    """Tickets as customers make them; their ids."""
    async with stack.client() as http:

        async def make() -> str:
            answer = await http.post("/v1/tickets", json={"body": "Where is my order?"})
            assert answer.status_code == 201, answer.text
            return str(answer.json()["id"])

        return await gather_at_once([make] * number)


async def gather_at_once(acts: Iterable[Any]) -> list[Any]:
    """Runs them a few at a time; their results in order."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def act_in_turn(act: Any) -> Any:
        async with places:
            return await act()

    return await asyncio.gather(*(act_in_turn(act) for act in acts))


async def _send(stack: WholeStack, cases: Iterable[tuple[Case, str]]) -> dict[Place, Case]:
    producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap, max_request_size=2_000_000)
    await producer.start()
    try:
        acks = []
        for case, subject in cases:
            one = case.record(subject)
            ack = await producer.send(
                one.topic, one.value, one.key, one.partition, headers=one.headers
            )
            acks.append((case, ack))
        places = [(case, await ack) for case, ack in acks]
    finally:
        await producer.stop()
    return {(place.topic, place.partition, place.offset): case for case, place in places}


async def _read(stack: WholeStack, sent: Mapping[Place, Case]) -> None:
    """Waits until every service has put each of the records behind it."""
    ends: dict[tuple[str, int], int] = {}
    for topic, partition, offset in sent:
        ends[topic, partition] = max(offset, ends.get((topic, partition), -1))

    async def all_read(service: str) -> bool:
        rows = await stack.query(service, "select * from consumer_offset")
        at = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        return all(
            at.get(place, 0) > end
            for place, end in ends.items()
            if service in topic_named(place[0]).consumers
        )

    for service in SERVICES:
        await eventually(
            partial(all_read, service), within_s=60 + len(sent) / 10, what=f"{service} reads all"
        )


async def _write_again(http: httpx.AsyncClient, ticket: str) -> None:
    body = {"kind": "inbound", "body": "Is anybody there?"}
    answer = await http.post(f"/v1/tickets/{ticket}/messages", json=body)
    assert answer.status_code == 201, answer.text


async def _none_parked(stack: WholeStack, service: str, sent: Mapping[Place, Case]) -> None:
    rows = await stack.query(
        service, "select topic, partition, record_offset, error from parked_record order by seq"
    )
    parked = [
        f"{sent.get((row['topic'], row['partition'], row['record_offset']))}: {row['error']}"
        for row in rows
    ]
    assert not parked, (service, parked)


async def _the_right_ones_are_dead(
    stack: WholeStack, service: str, sent: Mapping[Place, Case]
) -> None:
    """A letter may be in the log twice, after a crash or a slow answer of the broker."""
    letters: set[tuple[Place, str]] = set()
    for record in await stack.records(f"{service}.dead-letter"):
        event: Event[Any] = decode(record.topic, record.headers, record.value)
        place = (event.data.topic, event.data.partition, event.data.offset)
        if place in sent:
            letters.add((place, event.data.reason))
    wanted = {
        (place, reason)
        for place, case in sent.items()
        if service in topic_named(place[0]).consumers and (reason := case.reason())
    }
    unlike = [f"{sent[place]}: {reason}" for place, reason in letters ^ wanted]
    assert not unlike, (service, unlike)


async def _views_answer(http: httpx.AsyncClient, tickets: Sequence[str]) -> None:
    """What the views hold now can be shown: lists in each order, totals, and each ticket."""

    async def is_shown(address: str) -> None:
        answer = await http.get(address)
        assert answer.status_code == 200, (address, answer.text)

    orders = ("created_at", "-updated_at", "priority", "-sentiment")
    addresses = [f"/v1/tickets?sort={order}&limit=100" for order in orders]
    addresses.append("/v1/analytics/summary")
    for ticket in tickets:
        about = f"/v1/tickets/{ticket}"
        addresses += [about, f"{about}/messages", f"{about}/timeline"]
        addresses.append(f"/v1/sla/clocks?ticket_id={ticket}")
        addresses.append(f"/v1/notifications?ticket_id={ticket}")
    await gather_at_once([partial(is_shown, address) for address in addresses])
