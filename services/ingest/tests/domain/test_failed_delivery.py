import pytest
from ingest_scenarios import (
    AGENT,
    CREATED,
    DECIDER,
    after,
    closed,
    failed,
    happened,
    head_after,
    some_id,
    take,
)

from deskstream_contracts.events.ticket import FieldChange, TicketUpdated
from deskstream_ingest.domain.commands import AddMessage, ResolveTicket, TicketChanges, UpdateTicket
from deskstream_runtime.testing.scenario import given

ANSWERED = AddMessage(some_id("own"), "outbound", "Friday.", AGENT, after(4), after(4))
PENDING = UpdateTicket(TicketChanges(status="pending"), AGENT, after(30))


def test_when_the_answer_did_not_arrive_it_is_our_turn_again() -> None:
    event = happened(CREATED, ANSWERED, take(failed()))[-1]
    assert isinstance(event, TicketUpdated)
    assert event.reason == "undelivered"
    assert event.changes == (FieldChange(field="status", old="pending", new="open"),)


@pytest.mark.parametrize("kind", ["agent", "system"])
def test_a_failed_alert_does_not_concern_the_ticket(kind: str) -> None:
    history = happened(CREATED, ANSWERED)
    given(DECIDER, *history).when(take(failed(recipient_kind=kind))).then_nothing()


def test_an_open_ticket_is_open() -> None:
    given(DECIDER, CREATED).when(take(failed())).then_nothing()


@pytest.mark.parametrize("over", [ResolveTicket(AGENT, after(6)), closed()])
def test_what_is_over_stays_over(over: object) -> None:
    history = happened(CREATED, ANSWERED, over)  # type: ignore[arg-type]
    given(DECIDER, *history).when(take(failed())).then_nothing()


def test_the_same_failure_again_is_nothing() -> None:
    history = happened(CREATED, ANSWERED, take(failed()), PENDING)
    given(DECIDER, *history).when(take(failed())).then_nothing()


def test_another_failure_counts() -> None:
    assert (
        head_after(CREATED, ANSWERED, take(failed(20)), PENDING, take(failed(40))).status == "open"
    )
