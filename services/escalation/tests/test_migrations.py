"""Rows from before a migration, after it and after the way back."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from escalation_story import BEGIN, Story
from escalation_tables import Tables

from deskstream_contracts.events.sla import SlaStarted, SlaWarned
from deskstream_escalation.domain.course import Course
from deskstream_escalation.domain.sla_clock import Promise
from deskstream_runtime.testing.clock import ManualClock
from deskstream_runtime.testing.migrations import forth_and_back

_OLD_CLOCK = """
insert into sla_clock (
    id, ticket_id, kind, policy, policy_version, priority, started_at, target, warn_after,
    warned, breached, next_due_at)
values ($1, $2, 'first_response', 'standard', 'old', 'high', $3, $4, $5, false, false, $6)
"""
_TARGET, _WARN_AFTER = timedelta(hours=2), timedelta(minutes=96)


async def add_old_clock(tables: Tables, ticket_id: UUID) -> UUID:
    clock_id = uuid4()
    async with tables.infrastructure.database.transaction() as tx:
        await tx.execute(
            _OLD_CLOCK, clock_id, ticket_id, BEGIN, _TARGET, _WARN_AFTER, BEGIN + _WARN_AFTER
        )
    return clock_id


async def run(tables: Tables, sql: str) -> None:
    async with tables.infrastructure.database.transaction() as tx:
        await tx.execute(sql)


async def test_clocks_from_before_count_as_announced(tables: Tables, clock: ManualClock) -> None:
    """Version 1 of `sla.started` announced them. Their ticket's snapshot has its priority."""
    up, down = forth_and_back("deskstream_escalation", since="20261129002000")
    clock.now = BEGIN
    known, unknown = Story(name="known"), Story(name="unknown", priority="normal")
    known.created()
    await tables.decide(known.updated(priority="high"))
    unknown.created()
    await tables.decide(unknown.triaged("refund", "low"))
    await run(tables, down + "; delete from sla_clock")
    clock_id = await add_old_clock(tables, known.ticket_id)
    await run(tables, up)
    processes = await tables.processes(known.ticket_id, unknown.ticket_id)
    assert processes[known.ticket_id].state.course.priority_is_given
    promise = Promise(BEGIN + _TARGET, "high", "standard", "old", BEGIN, None)
    assert processes[known.ticket_id].clocks[clock_id].promise == promise
    assert not processes[unknown.ticket_id].state.course.priority_is_given
    assert processes[unknown.ticket_id].state.proposed_priority == "low"
    clock.now = BEGIN + _WARN_AFTER
    (warned,) = await tables.check_due_clocks()
    assert isinstance(warned.data, SlaWarned)
    assert warned.causation_id is None


async def test_targets_from_before_hold_from_the_start_as_they_were_promised(
    tables: Tables, clock: ManualClock
) -> None:
    up, down = forth_and_back("deskstream_escalation", since="20261129002200")
    clock.now = BEGIN
    announced, unannounced = Story(name="announced"), Story(name="unannounced")
    await tables.decide(announced.created(), announced.triaged(), unannounced.created())
    before = await tables.processes(announced.ticket_id, unannounced.ticket_id)
    await run(tables, down)
    await run(tables, up)
    assert await tables.processes(announced.ticket_id, unannounced.ticket_id) == before


async def test_on_the_way_back_an_unannounced_clock_waits_for_its_warning(
    tables: Tables, clock: ManualClock
) -> None:
    up, down = forth_and_back("deskstream_escalation", since="20261129002000")
    clock.now = BEGIN
    story = Story()
    assert await tables.decide(story.created()) == []
    await run(tables, down)
    async with tables.infrastructure.database.transaction() as tx:
        due = await tx.fetchval("select min(next_due_at) from sla_clock")
    assert due == BEGIN + timedelta(hours=8) * 0.8
    await run(tables, up)
    clock.now = BEGIN + timedelta(minutes=1)
    assert await tables.check_due_clocks() == []
    started = await tables.decide(story.updated(priority="high"))
    assert [type(event.data) for event in started] == [SlaStarted]


async def test_what_was_read_of_tickets_from_before_counts_as_taken(
    tables: Tables, clock: ManualClock
) -> None:
    """On the way back, what waited ahead of a missing version counts at once, as it did before."""
    up, down = forth_and_back("deskstream_escalation", since="20261129002100")
    clock.now = BEGIN
    lived, gap, woken = Story(name="lived"), Story(name="gap"), Story(name="woken")
    lived.created()
    lived.answered()
    lived.updated(priority="high")
    lived.resolved()
    lived.reopened()
    lived.message()
    gap.created()
    gap.wait(hours=1)
    later = [gap.answered(), gap.updated(priority="low"), gap.resolved()]
    woken.brought_in("outbound")
    woken.customer_writes()
    await tables.decide(*lived.events, *later, *woken.events)
    tickets = (lived.ticket_id, gap.ticket_id, woken.ticket_id)
    before = await tables.processes(*tickets)
    assert len(before[gap.ticket_id].state.course.ahead) == 3
    await run(tables, down)
    await run(tables, up)
    after = await tables.processes(*tickets)
    for ticket_id in tickets:
        course = before[ticket_id].state.course
        for step in course.ahead:
            course = course.after(step)
        found = after[ticket_id].state.course
        assert replace(found, history=None) == replace(course, history=None)
        assert resumption(found) == resumption(course)
    assert after[gap.ticket_id].state.course.first_response_at == later[0].time


def resumption(course: Course) -> object:
    """What is asked of an imported ticket's history."""
    return course.history and (course.history.version, course.history.resumed_at)
