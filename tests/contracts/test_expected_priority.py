"""escalation promises by the priority that ingest will give: both follow one rule, each by itself.

Unless an event says otherwise, ingest says nothing when it leaves a priority as it is. So a
difference between the two would stay, and no test of one service alone can find it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.escalation import Escalated, RuleHit
from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.ticket import (
    Actor,
    Customer,
    ExternalReference,
    Priority,
    TicketTriaged,
)
from deskstream_contracts.testing import reading_orders
from deskstream_escalation.domain.evolve import evolve
from deskstream_escalation.domain.ticket_state import TicketState
from deskstream_ingest.domain.aggregate import TicketAggregate, fold
from deskstream_ingest.domain.commands import (
    AddMessage,
    ApplyEvent,
    Command,
    CreateTicket,
    ImportTicket,
    PastMessage,
    ReopenTicket,
    ResolveTicket,
    UpdateTicket,
)
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.refusals import Refused

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
TICKET_ID = UUID(int=1)
AGENT = Actor(kind="integration", id="console")


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def create(priority: Priority | None) -> CreateTicket:
    external = ExternalReference(source="shop", id="77")
    customer = Customer(id=UUID(int=2))
    return CreateTicket(
        uuid4(), "Late", "Where is it?", "rest", customer, START, START, priority, external=external
    )


def triaged(at_s: float, message_id: UUID, priority: Priority, queue: str | None) -> TicketTriaged:
    return TicketTriaged(
        message_id=message_id,
        intent="delivery",
        intent_confidence=0.8,
        priority=priority,
        priority_confidence=0.7,
        model=ModelRun(provider="local", name="rules", version="1"),
        occurred_at=after(at_s),
        queue=queue,
    )


def escalated(escalation_id: UUID, at_s: float, level: int, priority: Priority | None) -> Escalated:
    return Escalated(
        escalation_id=escalation_id,
        level=level,
        hits=(RuleHit(rule="angry", explanation="Very negative."),),
        rules_version="1",
        occurred_at=after(at_s),
        priority=priority,
    )


PRIORITIES: st.SearchStrategy[Priority] = st.sampled_from(["low", "normal", "high", "urgent"])
QUEUES = st.sampled_from([None, "billing"])
MESSAGES = st.sampled_from([UUID(int=3), UUID(int=4)])
# Few moments, so that some facts have the same time and some are read late.
SECONDS = st.integers(0, 6)
FACTS = st.one_of(
    st.builds(triaged, SECONDS, MESSAGES, PRIORITIES, QUEUES),
    st.builds(escalated, st.uuids(), SECONDS, st.integers(1, 3), st.none() | PRIORITIES),
)
COMMANDS = st.one_of(
    st.builds(
        UpdateTicket,
        st.fixed_dictionaries({}, optional={"priority": PRIORITIES, "queue": QUEUES}),
        st.just(AGENT),
        SECONDS.map(after),
    ),
    st.builds(
        AddMessage, st.uuids(), st.sampled_from(["inbound", "outbound"]), st.just("Hello"),
        st.just(AGENT), SECONDS.map(after), SECONDS.map(after),
    ),
    st.builds(ResolveTicket, st.just(AGENT), SECONDS.map(after)),
    st.builds(ReopenTicket, st.just(AGENT), SECONDS.map(after)),
)  # fmt: skip


@st.composite
def openings(draw: st.DrawFn) -> list[Command]:
    """A ticket, or one with a past whose customer wrote again."""
    opening = create(draw(st.none() | PRIORITIES))
    if draw(st.booleans()):
        return [opening]
    answer = PastMessage(uuid4(), "outbound", "Hello", after(-90))
    past = ImportTicket(opening, after(-100), (answer,), "resolved", AGENT)
    return [past, AddMessage(uuid4(), "inbound", "Hello", AGENT, after(0), after(0))]


def wrapped(data: EventData) -> Event[Any]:
    return Event(uuid4(), TICKET_ID, after(0), data)


def known_after(known: TicketState, event: Event[Any]) -> TicketState:
    """What escalation knows then, with the steps of the ticket's course that it can take."""
    known = evolve(known, event)
    while step := known.course.next_step(until=None):
        known = replace(known, course=known.course.after(step))
    return known


@st.composite
def lives(draw: st.DrawFn) -> tuple[TicketAggregate, list[Event[Any]]]:
    """A ticket as ingest has it in the end, and what escalation reads of it, in ingest's order."""
    case, read = TicketAggregate(TICKET_ID), list[Event[Any]]()
    steps = draw(openings())
    steps += draw(st.lists(COMMANDS | FACTS.map(taken), max_size=8))
    for step in steps:
        try:
            happened = decide(case, step)
        except Refused:
            continue
        if isinstance(step, ApplyEvent):
            case = fold(case, (step.event,))
            if isinstance(step.event, TicketTriaged):
                read.append(wrapped(step.event))
        case = fold(case, happened)
        read += [wrapped(data) for data in happened if data.event_type.startswith("ticket.")]
    return case, read


def taken(fact: Any) -> ApplyEvent:
    return ApplyEvent(fact, uuid4(), after(0))


@settings(max_examples=400, deadline=None)
@given(lives(), st.data())
def test_in_the_end_both_know_the_same_priority(
    life: tuple[TicketAggregate, list[Event[Any]]], data: st.DataObject
) -> None:
    case, events = life
    known = TicketState(TICKET_ID)
    for event in data.draw(reading_orders(events)):
        known = known_after(known, event)
    assert case.ticket is not None
    assert known.expected_priority == case.ticket.snapshot.priority


@settings(max_examples=200, deadline=None)
@given(openings(), st.lists(PRIORITIES, min_size=1), st.none() | PRIORITIES)
def test_triage_is_promised_as_ingest_will_take_it(
    opening: list[Command], proposed: list[Any], chosen: Any
) -> None:
    """By people's choices and triage alone: escalation is right before ingest has spoken."""
    case, known = TicketAggregate(TICKET_ID), TicketState(TICKET_ID)
    steps = opening if chosen is None else [*opening, _choice(chosen)]
    for step in steps:
        happened = decide(case, step)
        case = fold(case, happened)
        for data in happened:
            known = known_after(known, wrapped(data))
    for number, priority in enumerate(proposed):
        fact = triaged(number, uuid4(), priority, None)
        known = known_after(known, wrapped(fact))
        happened = decide(case, taken(fact))
        case = fold(case, (fact, *happened))
        assert case.ticket is not None
        if not known.course.priority_is_given or chosen is not None:
            assert known.expected_priority == case.ticket.snapshot.priority


def _choice(priority: Any) -> UpdateTicket:
    return UpdateTicket({"priority": priority}, AGENT, after(1))
