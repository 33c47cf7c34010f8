"""A ticket of another system that comes again: the same content is nothing, other is refused."""

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st
from ingest_scenarios import AGENT, ANNA, DECIDER, SHOP, START, TICKET_ID, after, create, happened

from deskstream_contracts import EventData, decode, encode
from deskstream_contracts.events.ticket import TicketCreated
from deskstream_ingest.adapters.envelopes import born_events
from deskstream_ingest.domain.aggregate import TicketAggregate, fold
from deskstream_ingest.domain.commands import CreateTicket, ResolveTicket, UpdateTicket
from deskstream_ingest.domain.content import fingerprint
from deskstream_ingest.domain.decide import decide
from deskstream_ingest.domain.refusals import TicketExists
from deskstream_ingest.domain.ticket import Ticket
from deskstream_runtime.testing.scenario import given

WRITTEN = after(-86_400)


def first(**fields: Any) -> CreateTicket:
    return create(**{"external": SHOP, "occurred_at": WRITTEN} | fields)


def again(**fields: Any) -> CreateTicket:
    """An hour later."""
    return first(**{"at": after(3_600)} | fields)


@pytest.mark.parametrize(
    ("before", "repeat"),
    [
        ({}, {}),
        ({"occurred_at": None}, {"occurred_at": None}),
        ({"occurred_at": after(600)}, {"occurred_at": after(600)}),
        ({"occurred_at": None}, {"occurred_at": after(600)}),
        ({"occurred_at": None}, {"occurred_at": None, "at": after(-1)}),
        ({}, {"occurred_at": WRITTEN.astimezone(timezone(timedelta(hours=5)))}),
        ({}, {"priority": "normal"}),
        ({"tags": ("a", "b")}, {"tags": ("b", "a")}),
        ({"attributes": {"a": "1", "b": "2"}}, {"attributes": {"b": "2", "a": "1"}}),
        ({"attributes": {}}, {"attributes": {}}),
    ],
)
def test_the_same_content_is_nothing(before: dict[str, Any], repeat: dict[str, Any]) -> None:
    given(DECIDER, *happened(first(**before))).when(again(**repeat)).then_nothing()


@pytest.mark.parametrize(
    ("repeat", "fields"),
    [
        ({"body": "Another text."}, ("body",)),
        ({"subject": "Another"}, ("subject",)),
        ({"channel": "email"}, ("channel",)),
        ({"priority": "high"}, ("priority",)),
        ({"tags": ("vip",)}, ("tags",)),
        ({"language": "en"}, ("language",)),
        ({"attributes": {"order": "7"}}, ("attributes",)),
        ({"occurred_at": WRITTEN + timedelta(seconds=1)}, ("occurred_at",)),
        ({"occurred_at": None}, ("occurred_at",)),
        ({"external": SHOP.model_copy(update={"url": None})}, ("external.url",)),
        ({"customer": ANNA.model_copy(update={"email": "a@b.example"})}, ("customer.email",)),
        ({"customer": ANNA.model_copy(update={"name": "Bo"})}, ("customer.name",)),
        ({"customer": ANNA.model_copy(update={"phone": "+15550100200"})}, ("customer.phone",)),
        ({"body": "x", "customer": ANNA.model_copy(update={"name": None})},
         ("body", "customer.name")),
    ],
)  # fmt: skip
def test_other_content_is_refused_and_says_where(
    repeat: dict[str, Any], fields: tuple[str, ...]
) -> None:
    error = given(DECIDER, *happened(first())).when(again(**repeat)).then_refused(TicketExists)
    assert isinstance(error, TicketExists)
    assert error.fields == fields
    message = str(error)
    assert all(name in message for name in (str(TICKET_ID), "'shop'", "'77'", *fields))
    assert START.isoformat() in message
    assert "anna@example.com" not in message
    assert "Another" not in message


def test_what_became_of_the_ticket_since_does_not_make_its_first_content_differ() -> None:
    history = happened(
        first(),
        UpdateTicket({"subject": "Changed", "tags": ("late",)}, AGENT, after(5)),
        ResolveTicket(AGENT, after(9)),
    )
    given(DECIDER, *history).when(again()).then_nothing()
    given(DECIDER, *history).when(again(subject="Changed")).then_refused(TicketExists)


def test_a_customer_without_an_address_is_told_by_the_id() -> None:
    nameless = ANNA.model_copy(update={"email": None, "name": None})
    other = nameless.model_copy(update={"id": TICKET_ID})
    history = happened(first(customer=nameless))
    given(DECIDER, *history).when(again(customer=nameless)).then_nothing()
    error = given(DECIDER, *history).when(again(customer=other)).then_refused(TicketExists)
    assert error.fields == ("customer.id",)  # type: ignore[attr-defined]


def stored_before_digests_were_kept() -> TicketAggregate:
    ticket = fold(TicketAggregate(TICKET_ID), happened(first(language="en"))).ticket
    assert ticket is not None
    old = ticket.model_dump_json(exclude={"content", "settled", "escalated", "asked_escalation"})
    return TicketAggregate(TICKET_ID, Ticket.model_validate_json(old))


def test_a_ticket_stored_before_is_judged_by_what_is_known_of_it() -> None:
    assert decide(stored_before_digests_were_kept(), again(body="Not known any more")) == ()


@pytest.mark.parametrize(
    "repeat", [{"channel": "sms"}, {"customer": ANNA.model_copy(update={"name": "Bo"})}]
)
def test_a_ticket_stored_before_refuses_what_cannot_be_the_same(repeat: dict[str, Any]) -> None:
    with pytest.raises(TicketExists):
        decide(stored_before_digests_were_kept(), again(**repeat))


def test_a_ticket_that_cannot_come_again_keeps_no_digests() -> None:
    ticket = fold(TicketAggregate(TICKET_ID), happened(create())).ticket
    assert ticket is not None
    assert ticket.content is None


def test_digests_stay_what_they_are() -> None:
    """They are stored: another way to make them would make every known ticket differ."""
    (event,) = happened(first(tags=("b", "a"), priority="high"))
    assert isinstance(event, TicketCreated)
    assert fingerprint(event) == GOLDEN


GOLDEN: dict[str, str] = {
    "body": "264ad983600857b545d01cd8",
    "subject": "97df2800e1e0fde86843ed89",
    "priority": "ca5cc1a6e8868741d34ba1ff",
    "tags": "6e1a751da766ab44b8138a9b",
    "occurred_at": "8451735788d3b187649cd7e9",
    "channel": "43bdb6f092b555646e69cd29",
    "customer.name": "1155dc5af7b2e480f923bfc3",
    "customer.email": "cd28025facb213e53b89c234",
    "external.url": "c08d146302e5fe3364bb0e28",
}

LINES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20)
TIMES = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
    lambda time: time.replace(tzinfo=timezone(timedelta(minutes=330)))
)


@given_any(
    body=LINES, name=st.none() | LINES, occurred_at=TIMES,
    attributes=st.dictionaries(st.sampled_from(["a", "b"]), LINES),
)  # fmt: skip
def test_a_rebuild_from_the_log_judges_the_same(
    body: str, name: str | None, occurred_at: datetime | None, attributes: dict[str, str]
) -> None:
    fields: dict[str, Any] = {
        "body": body, "occurred_at": occurred_at, "attributes": attributes,
        "customer": ANNA.model_copy(update={"name": name}),
    }  # fmt: skip
    written: list[EventData] = happened(first(**fields))
    records = [encode(event) for event in born_events(TICKET_ID, tuple(written), START)]
    read = [decode(record.topic, record.headers, record.value).data for record in records]
    rebuilt, kept = (
        fold(TicketAggregate(TICKET_ID), read),
        fold(TicketAggregate(TICKET_ID), written),
    )
    assert rebuilt == kept
    assert decide(rebuilt, again(**fields)) == decide(kept, again(**fields)) == ()
