"""Batches and ticks on real Postgres."""

import asyncio
from datetime import timedelta
from typing import Any

from aiokafka import TopicPartition
from escalation_story import BEGIN, Decider, Story
from escalation_tables import Tables

from deskstream_contracts import Event, EventData
from deskstream_contracts.documents.checkout import EXAMPLE_KINDS, this_checkout
from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.sla import SlaBreached, SlaMet, SlaStarted
from deskstream_contracts.registry import EVENT_TYPES
from deskstream_contracts.structured import from_document
from deskstream_contracts.topics import topics_read_by
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_escalation.domain.policies import Policies
from deskstream_escalation.domain.ticket_process import TicketProcess
from deskstream_escalation.domain.ticket_state import TicketState
from deskstream_runtime.dead_letters.parking_lot import FailedRecord, park
from deskstream_runtime.testing.clock import ManualClock


def eventful(story: Story) -> list[Event[Any]]:
    story.created()
    story.scored("very_negative")
    story.triaged("refund", "high")
    story.drafted()
    story.answered()
    story.message()
    story.updated(priority="high")
    story.rated(2)
    return story.events


def types(events: Any) -> list[type[EventData]]:
    return [type(event.data) for event in events]


async def test_tables_hold_what_was_decided(
    tables: Tables, policies: Policies, clock: ManualClock
) -> None:
    """Through tables event by event, or in memory: the same state and announcements."""
    story = Story()
    decider = Decider.of(policies, story)
    announced: list[Event[Any]] = []
    for event in eventful(story):
        clock.now = event.time
        announced += await tables.decide(event)
        decider.decide(event)
    assert announced == decider.announced
    assert await tables.processes(story.ticket_id) == {story.ticket_id: decider.process}


async def test_a_batch_of_many_tickets(tables: Tables) -> None:
    stories = [Story(name=f"ticket {number}") for number in range(50)]
    lives = [eventful(story) for story in stories]
    batch = [event for events in zip(*lives, strict=True) for event in events]
    announced = await tables.decide(*batch)
    escalated = [event.subject for event in announced if isinstance(event.data, Escalated)]
    assert sorted(escalated) == sorted(story.ticket_id for story in stories)
    assert await tables.decide(*batch) == []


async def test_a_batch_that_rolls_back_leaves_nothing(tables: Tables) -> None:
    story = Story()

    async def act(tx: Any) -> Any:
        await tables.handlers.decide_on_events(tx, eventful(story))
        raise ConnectionError("the database went away")

    try:
        await tables.infrastructure.unit_of_work.run(act)
    except ConnectionError:
        processes = await tables.processes(story.ticket_id)
    assert processes == {story.ticket_id: TicketProcess(TicketState(story.ticket_id), {})}


async def test_batches_side_by_side_lose_nothing(tables: Tables) -> None:
    """Two instances read two topics of the same tickets."""
    stories = [Story(name=f"ticket {number}") for number in range(20)]
    created = [story.created() for story in stories]
    scored = [story.scored("very_negative") for story in stories]
    await asyncio.gather(tables.decide(*created), tables.decide(*reversed(scored)))
    for process in (await tables.processes(*(story.ticket_id for story in stories))).values():
        assert process.state.snapshot is not None
        assert process.state.sentiment is not None
        assert process.state.level == 1


async def test_due_clocks_are_found_and_announced_once(tables: Tables, clock: ManualClock) -> None:
    clock.now = BEGIN
    stories = [Story(name=f"ticket {number}") for number in range(30)]
    await tables.decide(*(story.created() for story in stories))
    clock.now = BEGIN + timedelta(hours=8)
    first, second = await asyncio.gather(tables.check_due_clocks(), tables.check_due_clocks())
    announced = types([*first, *second])
    assert announced.count(SlaBreached) == announced.count(Escalated) == 30
    assert await tables.check_due_clocks() == []


async def test_nothing_due_is_nothing_done(tables: Tables, clock: ManualClock) -> None:
    clock.now = BEGIN
    story = Story()
    await tables.decide(story.created(), story.triaged())
    clock.advance(60)
    assert await tables.check_due_clocks() == []


async def test_clocks_whose_triage_does_not_come_are_announced_once(
    tables: Tables, clock: ManualClock
) -> None:
    clock.now = BEGIN
    stories = [Story(name=f"ticket {number}") for number in range(30)]
    await tables.decide(*(story.created() for story in stories))
    clock.advance(29)
    assert await tables.check_due_clocks() == []
    clock.advance(1)
    first, second = await asyncio.gather(tables.check_due_clocks(), tables.check_due_clocks())
    assert types([*first, *second]) == [SlaStarted] * 30
    assert await tables.check_due_clocks() == []
    assert await tables.decide(*(story.triaged() for story in stories)) == []


async def test_a_tick_takes_no_more_than_its_share(tables: Tables, clock: ManualClock) -> None:
    clock.now = BEGIN
    for story in (Story(name=f"ticket {number}") for number in range(30)):
        await tables.decide(story.created(), story.triaged())
    clock.now = BEGIN + timedelta(hours=8)
    tables.schedule._clocks_max = 20
    shares = [types(await tables.check_due_clocks()).count(SlaBreached) for _ in range(3)]
    assert shares == [20, 10, 0]


async def test_a_parked_ticket_waits_and_others_do_not(tables: Tables, clock: ManualClock) -> None:
    """Its answer may be among the parked records."""
    parked, other = Story("parked"), Story("other")
    clock.now = BEGIN
    await tables.decide(parked.created(), other.created())
    async with tables.infrastructure.database.transaction() as tx:
        partition = TopicPartition("ticket.message_added", 0)
        await park(tx, [FailedRecord(partition, 7, parked.ticket_id, "ValueError")], clock())
    clock.advance(365 * 86_400)
    breached = [event for event in await tables.check_due_clocks() if event.type == "sla.breached"]
    assert {event.subject for event in breached} == {other.ticket_id}
    assert await tables.check_due_clocks() == []


async def test_a_gap_that_is_not_filled_is_passed_once_all_before_it_is_known(
    tables: Tables, clock: ManualClock
) -> None:
    """Though the ticket has no clock yet that could be due."""
    story = Story()
    clock.now = BEGIN
    story.created()
    answered = story.answered()
    assert await tables.decide(answered) == []
    clock.now = answered.time - timedelta(microseconds=1)
    assert await tables.check_due_clocks() == []
    clock.now = answered.time
    assert types(await tables.check_due_clocks()) == [SlaStarted, SlaMet]
    assert await tables.check_due_clocks() == []


async def test_a_gap_of_a_parked_ticket_stays(tables: Tables, clock: ManualClock) -> None:
    """The missing version may be among the parked records."""
    story = Story()
    clock.now = BEGIN
    created, answered = story.created(), story.answered()
    await tables.decide(answered)
    async with tables.infrastructure.database.transaction() as tx:
        partition = TopicPartition("ticket.created", 0)
        await park(tx, [FailedRecord(partition, 7, story.ticket_id, "ValueError")], clock())
    clock.advance(86_400)
    assert await tables.check_due_clocks() == []
    assert types(await tables.decide(created)) == [SlaStarted, SlaMet]


async def test_every_example_twice_in_any_order(tables: Tables) -> None:
    checkout = this_checkout()
    examples = [
        from_document(checkout.example(EVENT_TYPES[topic.name], kind))
        for topic in topics_read_by("escalation")
        for kind in EXAMPLE_KINDS
        if topic.name != WatermarkAdvanced.event_type  # of the runtime: it is about no ticket
    ]
    announced = await tables.decide(*examples)
    assert SlaStarted in types(announced)
    assert await tables.decide(*reversed(examples)) == []
    assert len({event.id for event in announced}) == len(announced)
