from itertools import permutations

import pytest
from ingest_scenarios import (
    AGENT,
    CREATED,
    DECIDER,
    after,
    case_after,
    closed,
    created,
    escalated,
    happened,
    head_after,
    some_id,
    take,
    triaged,
)

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import Actor, FieldChange, TicketUpdated
from deskstream_ingest.domain.commands import (
    AddMessage,
    ResolveTicket,
    TicketChanges,
    UpdateTicket,
)
from deskstream_runtime.testing.scenario import given


def edit(**changes: object) -> UpdateTicket:
    return UpdateTicket(TicketChanges(**changes), AGENT, after(3))  # type: ignore[typeddict-item]


def test_triage_sets_priority_queue_and_tags() -> None:
    snapshot = CREATED.ticket.model_copy(
        update={
            "version": 2, "updated_at": after(5), "priority": "high", "queue": "logistics",
            "tags": ("delivery",),
        }
    )  # fmt: skip
    given(DECIDER, CREATED).when(take(triaged())).then(
        TicketUpdated(
            ticket=snapshot,
            actor=Actor(kind="system", id="ai"),
            changes=(
                FieldChange(field="priority", old="normal", new="high"),
                FieldChange(field="queue", new="logistics"),
                FieldChange(field="tags", old="", new="delivery"),
            ),
            reason="triage",
            occurred_at=after(5),
        )
    )


def test_what_somebody_set_stays() -> None:
    edited = happened(CREATED, edit(priority="low", queue="billing", tags=("vip",)))
    given(DECIDER, *edited).when(take(triaged())).then_nothing()


def test_a_queue_that_somebody_cleared_stays_clear() -> None:
    edited = happened(CREATED, edit(queue="billing"), edit(queue=None))
    assert head_after(*edited, take(triaged())).queue is None


def test_a_priority_given_at_creation_stays() -> None:
    assert head_after(created(priority="low"), take(triaged())).priority == "low"


def test_tags_given_at_creation_are_joined() -> None:
    assert head_after(created(tags=("vip",)), take(triaged())).tags == ("vip", "delivery")


def test_no_more_tags_than_a_ticket_can_have() -> None:
    many = tuple(f"tag-{number}" for number in range(50))
    assert head_after(created(tags=many), take(triaged())).tags == many


def test_nothing_new_is_nothing() -> None:
    plain = triaged(priority="normal", queue=None, tags=())
    given(DECIDER, CREATED).when(take(plain)).then_nothing()


def test_the_same_triage_again_is_nothing() -> None:
    history = happened(CREATED, take(triaged()), ResolveTicket(AGENT, after(9)))
    given(DECIDER, *history).when(take(triaged())).then_nothing()


def test_a_thank_you_does_not_make_it_less_pressing_or_move_it() -> None:
    thanks = triaged(10, some_id("thanks"), priority="low", queue="praise", tags=("praise",))
    snapshot = head_after(CREATED, take(triaged()), take(thanks))
    assert (snapshot.priority, snapshot.queue) == ("high", "logistics")
    assert snapshot.tags == ("delivery", "praise")


def test_the_first_triage_may_lower_the_priority() -> None:
    assert head_after(CREATED, take(triaged(priority="low"))).priority == "low"


def test_after_a_reopening_urgency_is_judged_anew() -> None:
    again = AddMessage(some_id("again"), "inbound", "Hm.", AGENT, after(9), after(9))
    steps = (CREATED, take(triaged(priority="urgent")), ResolveTicket(AGENT, after(8)), again)
    snapshot = head_after(*steps, take(triaged(10, some_id("again"), priority="low")))
    assert snapshot.priority == "low"


@pytest.mark.parametrize("proposed", ["low", "urgent"])
def test_triage_and_escalation_agree_in_any_order(proposed: str) -> None:
    facts = (
        take(triaged(1, priority=proposed)),
        take(escalated(2, level=1, priority="high", queue="leads")),
        take(escalated(3, level=2)),
    )
    heads = {
        (snapshot.priority, snapshot.queue, snapshot.tags)
        for order in permutations((facts[0], facts[1]))
        for snapshot in [head_after(CREATED, *order, facts[2])]
    }
    assert heads == {("high" if proposed == "low" else "urgent", "leads", ("delivery",))}


@pytest.mark.parametrize("history", [[], [CREATED, closed()]])
def test_a_ticket_that_is_unknown_or_closed_is_left_alone(history: list[EventData]) -> None:
    given(DECIDER, *history).when(take(triaged())).then_nothing()


def test_the_language_is_learned_once() -> None:
    history = (CREATED, take(triaged(language="de")), take(triaged(9, language="fr")))
    ticket = case_after(*history).ticket
    assert ticket is not None
    assert ticket.language == "de"
