"""Each column holds the field of its name, and is shown; each filter asks for its facet."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from example_events import EXAMPLES, example_events
from pydantic import BaseModel
from stored import Connection, project
from ticket_history import TicketHistory

from deskstream_contracts import Event
from deskstream_contracts.events.ticket import TicketSnapshot
from deskstream_projection.adapters.columns import columns
from deskstream_projection.adapters.lww_table import register_columns
from deskstream_projection.api.responses.customer import CustomerProfile
from deskstream_projection.api.responses.draft import Draft
from deskstream_projection.api.responses.message import Message
from deskstream_projection.api.responses.ticket import TicketDetail
from deskstream_projection.domain.fold import READ_MODELS, fold
from deskstream_projection.domain.lww import ReadModel
from deskstream_projection.domain.read_models.customer import CUSTOMER
from deskstream_projection.domain.read_models.draft import DRAFT
from deskstream_projection.domain.read_models.message import MESSAGE
from deskstream_projection.domain.read_models.ticket import TICKET
from deskstream_projection.domain.read_models.ticket_signals import CLOCKS
from deskstream_projection.domain.ticket_filter import TicketFilter, matches

RESPONSES = [
    (TICKET, TicketDetail, {"first_message_id"}),
    (MESSAGE, Message, {"version"}),
    (DRAFT, Draft, set()),
    (CUSTOMER, CustomerProfile, {"provider"}),
]


def columns_and_fields() -> Iterator[tuple[str, Any, Any]]:
    """Of every example: each column for which the event, or its ticket, has a field of the name."""
    for event in example_events(EXAMPLES):
        sources = (event.data, getattr(event.data, "ticket", None))
        for rows in fold([event]).rows.values():
            for _, registers in rows.in_key_order():
                for register, (_, values) in registers.items():
                    for name, value in zip(columns(register), values, strict=True):
                        for source in sources:
                            if hasattr(source, name):
                                yield f"{event.type} {name}", value, getattr(source, name)


def test_a_column_holds_the_field_of_its_name() -> None:
    found = list(columns_and_fields())
    plain = [each for each in found if not isinstance(each[2], tuple | dict | BaseModel)]
    assert len(plain) > 100
    assert [each for each in plain if each[1] != each[2]] == []


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.table)
def test_every_register_that_is_filled_is_stored(model: ReadModel[Any]) -> None:
    rows = fold(example_events(EXAMPLES)).rows[model.table]
    filled = {register for _, registers in rows.in_key_order() for register in registers}
    assert filled <= set(model.registers.values())


def shown(model: type[BaseModel]) -> set[str]:
    """The columns that a response and its groups are filled from."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        names.add(str(field.validation_alias or name))
        for nested in (field.annotation, *get_args(field.annotation)):
            if isinstance(nested, type) and issubclass(nested, BaseModel):
                names |= shown(nested)
    return names


@pytest.mark.parametrize(("model", "response", "hidden"), RESPONSES)
def test_a_response_shows_every_column_but_those_named(
    model: ReadModel[Any], response: type[BaseModel], hidden: set[str]
) -> None:
    clocks = {column for clock in CLOCKS.values() for column in clock._fields}
    assert set(register_columns(model)) - shown(response) - clocks == hidden


FILTERS: dict[str, Any] = {
    "status": "pending",
    "priority": "urgent",
    "queue": "cards",
    "assignee_id": "Agent-7",
    "channel": "sms",
    "customer_id": TicketHistory(1).customer.id,
    "customer_email": "Kim@Example.com",
    "sentiment": "negative",
    "intent": "refund",
    "language": "en-GB",
    "tag": "vip",
    "draft": "drafted",
    "escalated": True,
    "imported": False,
    "has_draft": True,
}


@pytest.fixture
async def facets(database: Connection) -> frozenset[str]:
    """Those that Postgres gives a ticket which every one of `FILTERS` asks for."""
    ticket = TicketHistory(1, channel="sms", queue="cards", tags=("vip",), email="kIM@example.com")
    ticket.update(status="pending", priority="urgent")
    ticket.score("negative")
    ticket.triage("refund")
    ticket.draft()
    ticket.escalate()
    await project(database, [changed(event) for event in ticket.events])
    return frozenset(await database.fetchval("select facets from ticket"))


def changed(event: Event[Any]) -> Event[Any]:
    """With an assignee and a language in two cases, which no ticket of a history has."""
    update: dict[str, Any] = {}
    snapshot: TicketSnapshot | None = getattr(event.data, "ticket", None)
    if snapshot is not None:
        update["ticket"] = snapshot.model_copy(update={"assignee_id": "Agent-7"})
    if event.type == "ticket.created":
        update["language"] = "EN-gb"
    return event._replace(data=event.data.model_copy(update=update))


async def test_every_filter_asks_for_the_facet_that_postgres_gives(facets: frozenset[str]) -> None:
    assert FILTERS.keys() == TicketFilter.model_fields.keys()
    for name, value in FILTERS.items():
        asked = TicketFilter.model_validate(
            {name: value if isinstance(value, bool) else (value,)}
        ).facets()
        assert matches(asked, facets), (name, facets)
    assert len(facets) == len(FILTERS)
