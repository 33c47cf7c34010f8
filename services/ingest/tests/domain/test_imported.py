"""A ticket that was imported with its past: what counts as the same past, and how it sleeps."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from ingest_scenarios import (
    AGENT,
    FROM_ANNA,
    SHOP,
    TICKET_ID,
    after,
    case_after,
    create,
    escalated,
    happened,
    head_after,
    some_id,
    take,
    triaged,
)

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.ticket import (
    Status,
    TicketCreated,
    TicketMessageAdded,
    TicketResolved,
    TicketUpdated,
)
from deskstream_ingest.domain.aggregate import TicketAggregate
from deskstream_ingest.domain.commands import AddMessage, ImportTicket, PastMessage
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.rebuild import rebuild
from deskstream_ingest.domain.refusals import TicketExists, TicketUnknown

TICKET_EVENTS = (TicketCreated, TicketMessageAdded, TicketResolved, TicketUpdated)
ANSWER = PastMessage(some_id("answer"), "outbound", "On its way.", after(-80), author="sam")
THANKS = PastMessage(some_id("thanks"), "inbound", "It came. Thanks!", after(-60))
PAST = ImportTicket(
    create(external=SHOP, occurred_at=after(-100)),
    after(-100),
    (ANSWER, THANKS),
    "resolved",
    AGENT,
    resolved_at=after(-50),
    code="delivered",
    note="By post.",
)


def test_the_same_past_again_is_nothing() -> None:
    known = case_after(PAST)
    assert decide(known, PAST) == ()
    assert decide(known, replace(PAST, opening=replace(PAST.opening, at=after(3_600)))) == ()


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"messages": (ANSWER,)}, "messages"),
        ({"messages": (replace(ANSWER, body="Lost."), THANKS)}, "messages"),
        ({"messages": (replace(ANSWER, author="kim"), THANKS)}, "messages"),
        ({"messages": (replace(ANSWER, occurred_at=after(-81)), THANKS)}, "messages"),
        ({"resolved_at": after(-49)}, "resolved_at"),
        ({"note": None}, "resolution"),
        ({"status": "closed"}, "status"),
        ({"queue": "returns"}, "queue"),
        ({"analyse": True}, "analyse"),
    ],
)
def test_another_past_is_refused_by_the_field_that_differs(
    other: dict[str, Any], field: str
) -> None:
    with pytest.raises(TicketExists) as refused:
        decide(case_after(PAST), replace(PAST, **other))
    assert refused.value.fields == (field,)


@pytest.mark.parametrize("messages", [(), (ANSWER,), (ANSWER, THANKS)])
@pytest.mark.parametrize("status", ["open", "pending", "resolved", "closed"])
def test_a_past_ends_with_its_status_at_the_version_that_it_names(
    status: Status, messages: tuple[PastMessage, ...]
) -> None:
    past = decide(TicketAggregate(TICKET_ID), replace(PAST, messages=messages, status=status))
    snapshots = [event.ticket for event in past if isinstance(event, TICKET_EVENTS)]
    assert [snapshot.version for snapshot in snapshots] == [*range(1, len(past) + 1)]
    assert snapshots[-1].status == status
    histories = {snapshot.history and snapshot.history.version for snapshot in snapshots}
    assert histories == {len(past)}


def test_a_past_resolution_counts_from_the_tickets_creation() -> None:
    resolved = happened(PAST)[-1]
    assert isinstance(resolved, TicketResolved)
    assert (resolved.elapsed_s, resolved.ticket.resolved_at) == (50, after(-50))


def test_messages_of_the_past_are_by_whom_and_in_answer_to_what_they_were() -> None:
    messages = [event for event in happened(PAST) if isinstance(event, TicketMessageAdded)]
    answer, thanks = messages
    assert (answer.actor.id, answer.in_reply_to) == ("sam", create().message_id)
    assert (thanks.actor.kind, thanks.in_reply_to) == ("customer", None)
    assert thanks.ticket.first_response_at == answer.ticket.first_response_at == after(-80)
    assert thanks.ticket.message_count == 3


def past_triage(at_s: float = -100) -> Any:
    return take(triaged(at_s, imported=True))


def test_triage_of_the_past_sorts_the_ticket_and_leaves_its_priority() -> None:
    known = case_after(PAST)
    (event,) = decide(known, past_triage())
    assert isinstance(event, TicketUpdated)
    assert (event.imported, event.occurred_at) == (True, after(-100))
    assert (event.ticket.queue, event.ticket.tags) == ("logistics", ("delivery",))
    assert event.ticket.priority == head_after(PAST).priority == "normal"
    assert decide(case_after(PAST, past_triage()), past_triage(-60)) == ()


def test_triage_of_the_past_is_too_late_once_the_ticket_is_awake() -> None:
    wakes = AddMessage(some_id("new"), "inbound", "And now?", FROM_ANNA, after(1), after(1))
    assert decide(case_after(PAST, wakes), past_triage()) == ()


def test_a_rebuild_evolves_by_each_event_once() -> None:
    bodies = happened(create(), take(triaged()), take(escalated()))
    versions = iter(range(1, 10))
    aggregate = TicketAggregate(TICKET_ID)
    for body in bodies:
        version = next(versions) if hasattr(body, "ticket") else None
        event: Event[EventData] = Event(
            id=uuid4(),
            subject=TICKET_ID,
            time=after(0) + timedelta(seconds=1),
            data=body,
            sequence=version,
        )
        aggregate = rebuild(rebuild(aggregate, event), event)
    assert aggregate == case_after(*bodies)


def test_a_refusal_names_the_ticket() -> None:
    assert str(TicketUnknown(TICKET_ID)) == f"There is no ticket {TICKET_ID}."
