"""The registers of a ticket that its own service fills, and its newest activity."""

import json
from datetime import timedelta
from itertools import permutations
from typing import Any

from histories import STEPS
from registers import register_of, row_of
from ticket_history import START, TicketHistory, as_imported

from deskstream_contracts import Event
from deskstream_contracts.events.csat import CsatReceived
from deskstream_projection.domain.read_models.ticket import TICKET, Activity
from deskstream_projection.domain.read_models.ticket_lifecycle import (
    Csat,
    Opening,
    Snapshot,
    Subject,
)
from deskstream_projection.domain.read_models.ticket_text import TICKET_TEXT, OpeningText


def with_data(event: Event[Any], **fields: Any) -> Event[Any]:
    return event._replace(data=event.data.model_copy(update=fields))


def opening_of(ticket: TicketHistory, event: Event[Any]) -> Opening:
    return register_of(TICKET, ticket.ticket_id, Opening, event)


def test_the_opening_is_how_the_ticket_was_created() -> None:
    ticket = TicketHistory(1, body="a" * 300)
    (created,) = ticket.events
    customer = ticket.customer.model_copy(update={"unusable_addresses": ("maya..x@shop",)})
    opening = opening_of(ticket, with_data(created, customer=customer, attributes={"order": "7"}))
    assert (opening.first_message_id, opening.snippet) == (ticket.message_id, "a" * 200)
    assert (opening.customer_name, opening.customer_email) == (customer.name, customer.email)
    assert (opening.external_source, opening.external_id) == ("zendesk", "1")
    assert (opening.language, opening.external_url) == ("en", None)
    assert json.loads(opening.attributes) == {"order": "7"}
    assert json.loads(opening.unusable_addresses) == ["maya..x@shop"]


def test_a_ticket_from_no_other_system_has_no_reference_to_one() -> None:
    ticket = TicketHistory(1)
    opening = opening_of(ticket, with_data(ticket.events[0], external=None))
    assert (opening.external_source, opening.external_id, opening.external_url) == (None,) * 3


def test_the_snapshot_says_when_a_ticket_was_imported() -> None:
    ticket = TicketHistory(1, tags=("vip", "early"))
    (created,) = ticket.events
    own = register_of(TICKET, ticket.ticket_id, Snapshot, created)
    assert (own.imported_at, own.resumed_at, own.tags) == (None, None, "vip,early")
    imported_at = START + timedelta(days=900)
    (past,) = as_imported([created], imported_at)
    assert register_of(TICKET, ticket.ticket_id, Snapshot, past).imported_at == imported_at


def subject_of(ticket: TicketHistory, *events: Event[Any]) -> str:
    line = register_of(TICKET, ticket.ticket_id, Subject, *events).subject
    assert register_of(TICKET_TEXT, ticket.ticket_id, Subject, *events).subject == line
    return line


def test_the_subject_is_that_of_the_highest_version_that_set_one() -> None:
    ticket = TicketHistory(1, subject="First")
    ticket.update(subject="Second")
    ticket.update(priority="high")
    for order in permutations(ticket.events):
        assert subject_of(ticket, *order) == "Second"


def test_an_update_of_something_else_says_nothing_of_the_subject() -> None:
    ticket = TicketHistory(1)
    assert Subject not in row_of(TICKET, ticket.ticket_id, ticket.update(priority="high"))


def test_an_erased_update_empties_the_subject_that_it_set() -> None:
    ticket = TicketHistory(1, subject="First")
    updated = ticket.update(subject="Second")
    erased = with_data(updated, subject=None)._replace(revision=2)
    assert subject_of(ticket, ticket.events[0], updated, erased) == ""


def test_search_reads_the_whole_first_message() -> None:
    ticket = TicketHistory(1, body="a" * 300)
    found = register_of(TICKET_TEXT, ticket.ticket_id, OpeningText, *ticket.events)
    assert found.body == "a" * 300


def test_the_newest_rating_stands() -> None:
    ticket = TicketHistory(1)
    STEPS["rate"](ticket)
    first = ticket.events[-1]
    assert isinstance(first.data, CsatReceived)
    last = with_data(first, score=1, occurred_at=ticket.now)._replace(id=ticket.id("last"))
    for order in permutations((first, last)):
        found = register_of(TICKET, ticket.ticket_id, Csat, *order)
        assert found == (1, ticket.now)


def test_the_newest_event_is_the_last_activity() -> None:
    ticket = TicketHistory(1)
    for name in STEPS:
        if name not in {"erase", "enrich", "publish", "withdraw"}:
            STEPS[name](ticket)
            newest = ticket.events[-1]
            found = register_of(TICKET, ticket.ticket_id, Activity, *ticket.events[::-1])
            assert found == (newest.time, newest.type)


def test_an_imported_event_is_activity_at_its_own_time() -> None:
    ticket = TicketHistory(1)
    (past,) = as_imported(ticket.events, START + timedelta(days=900))
    found = register_of(TICKET, ticket.ticket_id, Activity, past)
    assert found == (START, "ticket.created")
    recorded = ticket.events[0]._replace(time=START + timedelta(days=1))
    found = register_of(TICKET, ticket.ticket_id, Activity, recorded)
    assert found.last_activity_at == START + timedelta(days=1)
