"""A customer, as tickets, shops and CRMs describe them."""

from datetime import timedelta
from itertools import permutations
from typing import Any

from registers import register_of, row_of
from ticket_history import START, TicketHistory

from deskstream_contracts import Event
from deskstream_contracts.events.customer import CustomerEnriched, Money
from deskstream_projection.domain.read_models.customer import (
    CUSTOMER,
    Email,
    Name,
    Phone,
    Profile,
)

TICKET = TicketHistory(1)
CUSTOMER_ID = TICKET.customer.id
CREATED = TICKET.events[0]


def enriched(after_s: int, **fields: Any) -> Event[Any]:
    data = CustomerEnriched(
        customer_id=CUSTOMER_ID,
        provider="shop",
        observed_at=START + timedelta(seconds=after_s),
        **fields,
    )
    return TICKET.add(data, CUSTOMER_ID)


def test_a_ticket_brings_the_name_and_the_addresses_that_it_has() -> None:
    assert row_of(CUSTOMER, CUSTOMER_ID, CREATED) == {
        Name: ("Maya Lindqvist",),
        Email: ("maya1@example.com",),
    }


def test_a_profile_is_what_a_shop_says() -> None:
    since, last = START - timedelta(days=900), START - timedelta(days=3)
    event = enriched(
        5, language="sv", customer_since=since, order_count=3, tags=("vip", "early"),
        total_spent=Money(amount_minor=1_999, currency="SEK"), last_order_at=last, phone="+46701",
    )  # fmt: skip
    assert row_of(CUSTOMER, CUSTOMER_ID, event) == {
        Phone: ("+46701",),
        Profile: ("shop", "sv", since, 3, 1_999, "SEK", last, "vip,early"),
    }


def test_a_profile_without_a_sum_has_no_currency() -> None:
    profile = register_of(CUSTOMER, CUSTOMER_ID, Profile, enriched(5))
    assert (profile.total_spent_minor, profile.total_spent_currency) == (None, None)


def test_what_was_observed_last_stands_and_what_it_leaves_out_stays() -> None:
    named, bare = enriched(5, name="Maya L.", language="sv"), enriched(6, language="en")
    for order in permutations((CREATED, named, bare)):
        row = row_of(CUSTOMER, CUSTOMER_ID, *order)
        assert row[Name] == ("Maya L.",)
        assert row[Email] == ("maya1@example.com",)
        assert row[Profile].language == "en"


def test_an_erased_event_says_that_there_is_no_name_and_no_address() -> None:
    known = enriched(5, name="Maya L.", email="maya@example.com", phone="+46701")
    fields = {"name": None, "email": None, "phone": None}
    erased = known._replace(revision=2, data=known.data.model_copy(update=fields))
    for order in permutations((known, erased)):
        row = row_of(CUSTOMER, CUSTOMER_ID, *order)
        assert (row[Name], row[Email], row[Phone]) == ((None,), (None,), (None,))
