"""A customer: the newest that tickets, shops and CRMs say."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.ticket import Customer, TicketCreated
from deskstream_projection.domain.columns import Codes, Text, joined, storable
from deskstream_projection.domain.lww import ReadModel, Rows, moment, rank


class Name(NamedTuple):
    """Ordered by the time it was observed at, as are the addresses."""

    name: Text | None


class Email(NamedTuple):
    email: Text | None


class Phone(NamedTuple):
    phone: Text | None


class Profile(NamedTuple):
    """What a shop or CRM says. Ordered by the time it was observed at."""

    provider: str
    language: str | None
    customer_since: datetime | None
    order_count: int | None
    total_spent_minor: int | None
    total_spent_currency: str | None
    last_order_at: datetime | None
    tags: Codes


Contact = Name | Email | Phone


def contact(customers: Rows[Contact], event: Event[TicketCreated]) -> None:
    """Name and addresses as the ticket came with them."""
    customer = event.data.customer
    _put_contact(customers, event, customer.id, event.data.occurred_at, customer)


def profile(customers: Rows[Contact | Profile], event: Event[CustomerEnriched]) -> None:
    data = event.data
    _put_contact(customers, event, data.customer_id, data.observed_at, data)
    spent = data.total_spent
    values = Profile(
        provider=data.provider,
        language=data.language,
        customer_since=data.customer_since,
        order_count=data.order_count,
        total_spent_minor=spent.amount_minor if spent else None,
        total_spent_currency=spent.currency if spent else None,
        last_order_at=data.last_order_at,
        tags=joined(data.tags),
    )
    customers.put(data.customer_id, rank(moment(data.observed_at), event), values)


def _put_contact(
    customers: Rows[Contact],
    event: Event[EventData],
    customer_id: UUID,
    at: datetime,
    known: Customer | CustomerEnriched,
) -> None:
    """Replaces what is given. An erased event says that there is none."""
    contact = Name(storable(known.name)), Email(storable(known.email)), Phone(storable(known.phone))
    for values in contact:
        if values[0] is not None or event.revision > 1:
            customers.put(customer_id, rank(moment(at), event), values)


CUSTOMER: ReadModel[Contact | Profile] = ReadModel(
    table="customer",
    key="id",
    registers={"name": Name, "email": Email, "phone": Phone, "profile": Profile},
    projectors={TicketCreated: (contact,), CustomerEnriched: (profile,)},
)
