import pytest
from ingest_scenarios import (
    AGENT,
    CREATED,
    DECIDER,
    after,
    closed,
    created,
    escalated,
    happened,
    head_after,
    take,
)

from deskstream_contracts import EventData
from deskstream_contracts.events.ticket import Actor, FieldChange, TicketUpdated
from deskstream_ingest.domain.commands import ResolveTicket, TicketChanges, UpdateTicket
from deskstream_runtime.testing.scenario import given


def test_an_escalation_raises_level_and_priority_and_routes() -> None:
    fact = escalated(level=2, priority="urgent", queue="leads", assignee_id="ida")
    snapshot = CREATED.ticket.model_copy(
        update={
            "version": 2, "updated_at": after(5), "escalation_level": 2, "priority": "urgent",
            "queue": "leads", "assignee_id": "ida",
        }
    )  # fmt: skip
    given(DECIDER, CREATED).when(take(fact)).then(
        TicketUpdated(
            ticket=snapshot,
            actor=Actor(kind="system", id="escalation"),
            changes=(
                FieldChange(field="escalation_level", old="0", new="2"),
                FieldChange(field="priority", old="normal", new="urgent"),
                FieldChange(field="queue", new="leads"),
                FieldChange(field="assignee_id", new="ida"),
            ),
            reason="escalation",
            occurred_at=after(5),
        )
    )


def test_it_never_lowers() -> None:
    history = happened(created(priority="urgent"), take(escalated(2, level=3)))
    given(DECIDER, *history).when(take(escalated(3, level=1, priority="high"))).then_nothing()


def test_it_raises_even_what_somebody_set() -> None:
    lowered = UpdateTicket(TicketChanges(priority="low"), AGENT, after(1))
    assert head_after(CREATED, lowered, take(escalated(priority="high"))).priority == "high"


def test_the_same_escalation_again_is_nothing() -> None:
    moved = UpdateTicket(TicketChanges(queue="billing"), AGENT, after(6))
    history = happened(CREATED, take(escalated(queue="leads")), moved)
    given(DECIDER, *history).when(take(escalated(queue="leads"))).then_nothing()


def test_what_was_settled_meanwhile_is_not_escalated() -> None:
    history = happened(CREATED, ResolveTicket(AGENT, after(4)))
    given(DECIDER, *history).when(take(escalated())).then_nothing()


@pytest.mark.parametrize("history", [[], [CREATED, closed()]])
def test_a_ticket_that_is_unknown_or_closed_is_left_alone(history: list[EventData]) -> None:
    given(DECIDER, *history).when(take(escalated())).then_nothing()
