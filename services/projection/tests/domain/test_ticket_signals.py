"""The registers of a ticket that other services fill."""

from datetime import timedelta
from itertools import combinations, permutations
from typing import Any
from uuid import UUID

import pytest
from histories import STEPS
from hypothesis import given
from hypothesis import strategies as st
from registers import register_of
from ticket_history import START, TicketHistory

from deskstream_contracts import Event
from deskstream_contracts.events.escalation import RuleHit
from deskstream_contracts.events.sla import SlaWarned
from deskstream_projection.domain.read_models.ticket import TICKET
from deskstream_projection.domain.read_models.ticket_signals import (
    CLOCKS,
    Escalation,
    FirstResponseClock,
    Sentiment,
    Triage,
    WorstSentiment,
)

DUE_AT = START + timedelta(hours=1)


def with_data(event: Event[Any], **fields: Any) -> Event[Any]:
    return event._replace(data=event.data.model_copy(update=fields))


@given(st.lists(st.integers(-100, 100), min_size=1, max_size=8, unique=True))
def test_the_newest_and_the_lowest_score_stand(hundredths: list[int]) -> None:
    ticket = TicketHistory(1)
    scores = [ticket.score("neutral", each / 100) for each in hundredths]
    newest = register_of(TICKET, ticket.ticket_id, Sentiment, *scores[::-1])
    assert newest == ("neutral", hundredths[-1] / 100, scores[-1].data.occurred_at)
    worst = register_of(TICKET, ticket.ticket_id, WorstSentiment, *scores)
    assert worst == ("neutral", min(hundredths) / 100)


def test_the_triage_of_the_newest_message_stands() -> None:
    ticket = TicketHistory(1)
    pair = ticket.triage("refund"), ticket.triage("card_arrival")
    for order in permutations(pair):
        found = register_of(TICKET, ticket.ticket_id, Triage, *order)
        assert found == ("card_arrival", 0.8, "high", 0.7, pair[1].data.occurred_at)


def test_an_escalation_has_its_level_and_rules_until_it_ends() -> None:
    ticket = TicketHistory(1)
    hits = tuple(RuleHit(rule=rule, explanation="") for rule in ("very_negative", "vip"))
    raised = with_data(ticket.escalate(2), hits=hits)
    STEPS["deescalate"](ticket)
    ended = ticket.events[-1]
    found = register_of(TICKET, ticket.ticket_id, Escalation, raised)
    assert found == (2, "very_negative,vip", raised.data.occurred_at)
    for order in permutations((raised, ended)):
        found = register_of(TICKET, ticket.ticket_id, Escalation, *order)
        assert found == (0, "resolved", ended.data.occurred_at)


def clock_events(ticket: TicketHistory) -> list[tuple[str, Event[Any]]]:
    """What may happen to a clock, all at one instant, in the order of its states."""
    started, met = ticket.clock("start"), ticket.clock("met")
    fields = {
        name: value
        for name, value in ticket.clock("breach").data.model_dump().items()
        if name in SlaWarned.model_fields
    }
    warned = ticket.add(SlaWarned(**fields, warned_at=START, remaining_s=60.0))
    states = [
        ("running", started),
        ("warned", warned),
        ("breached", ticket.clock("breach")),
        ("met", met),
    ]
    return [(state, event._replace(time=START)) for state, event in states]


def state_of(ticket: TicketHistory, *events: Event[Any]) -> str:
    clock = register_of(TICKET, ticket.ticket_id, FirstResponseClock, *events)
    assert clock.sla_first_response_due_at == DUE_AT
    return clock.sla_first_response_state


def test_an_event_says_the_state_of_a_clock() -> None:
    ticket = TicketHistory(1)
    for state, event in clock_events(ticket):
        assert state_of(ticket, event) == state
    late = with_data(ticket.clock("met"), in_time=False)
    assert state_of(ticket, late) == "met_late"


def test_of_two_states_of_one_instant_the_later_in_its_course_stands() -> None:
    ticket = TicketHistory(1)
    for (_, earlier), (state, later) in combinations(clock_events(ticket), 2):
        for lowest, highest in permutations((UUID(int=1), UUID(int=2))):
            pair = earlier._replace(id=highest), later._replace(id=lowest)
            assert state_of(ticket, *pair) == state


def test_a_later_instant_outranks_any_state() -> None:
    ticket = TicketHistory(1)
    (_, started), *others = clock_events(ticket)
    again = started._replace(time=START + timedelta(microseconds=1), id=UUID(int=1))
    late = with_data(others[-1][1], in_time=False)
    for ended in (late, *(event for _, event in others)):
        for order in permutations((ended, again)):
            assert state_of(ticket, *order) == "running"


@pytest.mark.parametrize("kind", CLOCKS)
def test_each_kind_of_clock_has_columns_of_its_own(kind: Any) -> None:
    ticket = TicketHistory(1)
    event = with_data(ticket.clock("breach"), clock=kind)
    assert register_of(TICKET, ticket.ticket_id, CLOCKS[kind], event) == (DUE_AT, "breached")
