"""One record that fails for an unknown reason stops its ticket, in order, and no other."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import pytest
from aiokafka import TopicPartition
from conftest import Bench, Running, running
from runtime_toy import DEAD, TOPIC, request_event

from deskstream_contracts import Event, encode
from deskstream_contracts.events.escalation import EscalationRequested
from deskstream_runtime.clock import utc_now
from deskstream_runtime.dead_letters.parking_lot import (
    DiscardRequested,
    FailedRecord,
    ReplayRequested,
    handle_again,
    park,
    parked_records,
    request_discard,
    request_replay,
)
from deskstream_runtime.testing.log import LogWriter
from deskstream_runtime.testing.waiting import eventually


async def ask(run: Running, *subjects: UUID, tickets_max: int = 10) -> ReplayRequested:
    """Asks for a replay, as `desk parked replay` does."""
    async with run.infrastructure.database.transaction() as tx:
        return await request_replay(tx, subjects, utc_now(), tickets_max=tickets_max)


@pytest.fixture
async def run(bench: Bench) -> AsyncIterator[Running]:
    async with running(bench) as run:
        run.toy.broken_reasons.add("broken")
        yield run


Parked: TypeAlias = tuple[UUID, list[Event[EscalationRequested]]]
"""A ticket, and its four events."""


@pytest.fixture
async def parked(bench: Bench, log: LogWriter, run: Running) -> Parked:
    """A ticket with a broken second event and two more behind it; others around."""
    subject = uuid4()
    reasons = ("first", "broken", "third", "fourth")
    mine = [request_event(subject, reason) for reason in reasons]
    others = [request_event() for _ in range(40)]
    await log.write(*others[:10], mine[0], *others[10:20], mine[1], *others[20:30], mine[2])
    await log.write(*others[30:], mine[3])
    await bench.handles(mine[0], *others)

    async def three() -> bool:
        return len(await bench.parked()) == 3

    await eventually(three)
    return subject, mine


async def test_its_ticket_waits_in_order_and_all_others_go_on(
    bench: Bench, run: Running, parked: Parked
) -> None:
    subject, mine = parked
    rows = await bench.parked()
    assert {row["subject"] for row in rows} == {subject}
    assert {row["partition"] for row in rows} == {encode(mine[0]).partition}
    assert [row["record_offset"] for row in rows] == sorted(row["record_offset"] for row in rows)
    assert [row["error"] for row in rows] == ["ValueError"] + [
        "behind a parked record of the same ticket"
    ] * 2
    assert await bench.handled(subject) == [mine[0].id]
    assert run.service.problems() == {}


async def test_what_waits_can_be_looked_at(run: Running, parked: Parked) -> None:
    subject, _ = parked
    async with run.infrastructure.database.connection() as connection:
        records = await parked_records(connection, 2)
    assert [record.subject for record in records] == [subject] * 2
    assert records[0].error == "ValueError"
    assert records[0].replay_requested_at is None


async def test_no_ticket_is_replayed_that_does_not_wait(run: Running, parked: Parked) -> None:
    assert await ask(run, uuid4()) == (0, 0)


async def test_all_can_be_asked_for_at_once(bench: Bench, run: Running, parked: Parked) -> None:
    _, mine = parked
    run.toy.broken_reasons.clear()
    assert await ask(run) == (1, 0)
    await bench.handles(*mine)


async def test_what_was_too_much_at_once_is_told_and_asked_for_next(
    bench: Bench, run: Running
) -> None:
    first, second = uuid4(), uuid4()
    place = TopicPartition(TOPIC, 0)
    async with run.infrastructure.database.transaction() as tx:
        waiting = [
            FailedRecord(place, 10_000_000 + n, s, "x") for n, s in enumerate((first, second))
        ]
        await park(tx, waiting, utc_now())

    assert await ask(run, tickets_max=1) == (1, 1)
    assert await ask(run, tickets_max=1) == (1, 0)
    assert await ask(run, tickets_max=1) == (0, 0)


async def test_the_one_record_is_tried_three_times(
    bench: Bench, log: LogWriter, run: Running
) -> None:
    await log.write(request_event(reason="broken"))

    async def one() -> bool:
        return len(await bench.parked()) == 1

    await eventually(one)
    assert run.toy.tries == 3


async def test_a_replay_handles_them_in_order(bench: Bench, run: Running, parked: Parked) -> None:
    subject, mine = parked
    run.toy.broken_reasons.clear()
    assert await ask(run, subject) == (1, 0)
    await bench.handles(*mine)
    assert await bench.handled(subject) == [event.id for event in mine]
    assert await bench.parked() == []


async def test_a_replay_nobody_asked_for_does_not_happen(
    bench: Bench, log: LogWriter, run: Running, parked: Parked
) -> None:
    subject, mine = parked
    run.toy.broken_reasons.clear()
    other = request_event()
    await log.write(other)
    await bench.handles(other)
    assert await bench.handled(subject) == [mine[0].id]
    assert len(await bench.parked()) == 3


async def test_a_replay_that_fails_stays_parked(bench: Bench, run: Running, parked: Parked) -> None:
    subject, mine = parked
    assert await ask(run, subject) == (1, 0)

    async def tried() -> bool:
        return [row["attempts"] for row in await bench.parked()] == [1, 1, 1]

    await eventually(tried)
    rows = await bench.parked()
    assert [row["replay_requested_at"] for row in rows] == [None] * 3
    assert rows[0]["error"] == "ValueError"
    assert await bench.handled(subject) == [mine[0].id]


async def test_events_that_come_during_a_replay_stay_in_order(
    bench: Bench, log: LogWriter, run: Running, parked: Parked
) -> None:
    subject, mine = parked
    run.toy.broken_reasons.clear()
    run.toy.gate.clear()
    assert await ask(run, subject) == (1, 0)
    later = [request_event(subject, "later") for _ in range(20)]
    await log.write(*later[:10])

    async def behind() -> bool:
        return len(await bench.parked()) >= 10

    await eventually(behind)
    run.toy.gate.set()
    await log.write(*later[10:])
    await bench.handles(*mine, *later)
    assert await bench.handled(subject) == [event.id for event in (*mine, *later)]
    assert await bench.parked() == []


async def test_a_record_rejected_in_replay_is_dead_and_its_ticket_goes_on(
    bench: Bench, log: LogWriter, run: Running
) -> None:
    subject = uuid4()
    broken, refused, last = (
        request_event(subject, reason) for reason in ("broken", "rejected", "last")
    )
    await log.write(broken, refused, last)

    async def three() -> bool:
        return len(await bench.parked()) == 3

    await eventually(three)
    run.toy.broken_reasons.clear()
    assert await ask(run, subject) == (1, 0)
    await bench.handles(broken, last)
    assert await bench.parked() == []

    async def dead() -> bool:
        letters = [event.data for event in await bench.events(DEAD)]
        return [one.reason for one in letters if one.event_id == str(refused.id)] == ["rejected"]

    await eventually(dead)


async def test_a_dead_letter_can_be_asked_for_again(
    bench: Bench, log: LogWriter, run: Running
) -> None:
    """Its place is put among the parked records; if it is still refused, it is dead again."""
    offset = await log.write_raw(TOPIC, b"{", encode(request_event()).headers, partition=1)
    places = {(1, offset)}

    async def letters() -> int:
        return len(await bench.dead_letters(places))

    await eventually(letters)
    (first,) = await bench.dead_letters(places)
    async with run.infrastructure.database.transaction() as tx:
        again_please = FailedRecord(TopicPartition(TOPIC, 1), offset, uuid4(), "dead letter")
        await handle_again(tx, [again_please], utc_now())

    async def again() -> bool:
        return await letters() == 2 and not await bench.parked()

    await eventually(again)
    assert [one.reason for one in await bench.dead_letters(places)] == [first.reason] * 2


async def test_a_record_that_left_the_log_does_not_hold_its_ticket(
    bench: Bench, log: LogWriter, run: Running, parked: Parked
) -> None:
    """Compaction removes an original whose revision came later: here, a place past the end."""
    subject, mine = parked
    run.toy.broken_reasons.clear()
    await bench.query(
        "update parked_record set record_offset = 10000000 where error = 'ValueError'"
    )
    assert await ask(run, subject) == (1, 0)
    await bench.handles(mine[0], mine[2], mine[3])
    assert await bench.parked() == []


async def discard(run: Running, subject: UUID, *, every: bool = False) -> DiscardRequested:
    """Gives a ticket's records up, as `desk parked discard` does."""
    async with run.infrastructure.database.transaction() as tx:
        return await request_discard(tx, subject, "of no use", utc_now(), every=every)


async def given_up(bench: Bench, event: Event[Any]) -> bool:
    """Whether a dead letter tells that somebody gave this event up."""
    letters = [letter.data for letter in await bench.events(DEAD)]
    return [
        (one.reason, one.detail, one.by_person) for one in letters if one.event_id == str(event.id)
    ] == [("rejected", "of no use", True)]


async def test_a_record_given_up_is_a_dead_letter_and_those_behind_it_go_on(
    bench: Bench, run: Running, parked: Parked
) -> None:
    subject, mine = parked
    assert await discard(run, subject) == (1, 2)
    await bench.handles(mine[0], mine[2], mine[3])
    await eventually(lambda: given_up(bench, mine[1]))
    assert await bench.handled(subject) == [mine[0].id, mine[2].id, mine[3].id]
    assert await bench.parked() == []


async def test_all_records_of_a_ticket_can_be_given_up(
    bench: Bench, run: Running, parked: Parked
) -> None:
    subject, mine = parked
    assert await discard(run, subject, every=True) == (3, 0)
    for event in mine[1:]:
        await eventually(partial(given_up, bench, event))
    assert await bench.handled(subject) == [mine[0].id]
    assert await bench.parked() == []


async def test_nothing_is_given_up_of_a_ticket_that_does_not_wait(
    bench: Bench, run: Running, parked: Parked
) -> None:
    assert await discard(run, uuid4()) == (0, 0)
    assert len(await bench.parked()) == 3


async def test_records_of_a_topic_that_is_gone_keep_nobody_waiting(
    bench: Bench, log: LogWriter, run: Running
) -> None:
    """They stay parked with the reason, until they are given up."""
    lost, broken = uuid4(), request_event(reason="broken")
    gone = TopicPartition(f"gone.{uuid4().hex}", 0)
    async with run.infrastructure.database.transaction() as tx:
        await park(tx, [FailedRecord(gone, 0, lost, "x")], utc_now())
    await log.write(broken)

    async def both() -> bool:
        return len(await bench.parked()) == 2

    await eventually(both)
    run.toy.broken_reasons.clear()
    assert await ask(run) == (2, 0)
    await bench.handles(broken)

    async def is_told() -> bool:
        rows = await bench.parked()
        return [(row["subject"], row["replay_requested_at"]) for row in rows] == [(lost, None)]

    await eventually(is_told, within_s=40)
    (error,) = [row["error"] for row in await bench.parked()]
    assert f"{gone.topic} is not there any more" in error
    assert "desk parked discard" in error
    async with run.infrastructure.database.transaction() as tx:
        await request_discard(tx, lost, "The topic was deleted.", utc_now(), every=True)

    async def is_given_up() -> bool:
        return not await bench.parked()

    await eventually(is_given_up, within_s=40)


async def test_another_record_at_its_place_is_not_taken_for_it(
    bench: Bench, run: Running, parked: Parked
) -> None:
    """As in a topic made anew: what is there is somebody else's, and was handled before."""
    subject, _ = parked
    lost = uuid4()
    await bench.query(
        "update parked_record set subject = $1 where error = 'ValueError' and subject = $2",
        lost,
        subject,
    )
    run.toy.broken_reasons.clear()
    await ask(run, lost)

    async def is_told() -> bool:
        rows = await bench.parked()
        return any(row["subject"] == lost and "made anew" in row["error"] for row in rows)

    await eventually(is_told, within_s=40)
