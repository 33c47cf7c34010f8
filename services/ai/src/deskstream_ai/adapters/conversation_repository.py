"""Stores conversations: tickets with their subjects and messages, and customers."""

from collections.abc import Sequence
from typing import TypeAlias
from uuid import UUID

from deskstream_contracts import Event
from deskstream_contracts.events.customer import CustomerEnriched
from deskstream_contracts.events.ticket import TicketCreated, TicketMessageAdded, TicketUpdated
from deskstream_runtime.postgres.connection import Transaction

MessageEvent: TypeAlias = Event[TicketCreated] | Event[TicketMessageAdded]

_UPSERT_TICKETS = """
insert into conversation
    (ticket_id, correlation_id, channel, customer_id, customer_name, customer_revision)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::int[])
order by 1
on conflict (ticket_id) do update set
    correlation_id = excluded.correlation_id, channel = excluded.channel,
    customer_id = excluded.customer_id, customer_name = excluded.customer_name,
    customer_revision = excluded.customer_revision
where excluded.customer_revision > conversation.customer_revision
"""

# Rows are written in the order of ids, so that two instances cannot deadlock.
# The subject is that of the ticket's highest version; of one event, that of its highest revision.
_UPSERT_SUBJECTS = """
insert into conversation (ticket_id, subject, subject_version, subject_revision)
select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::int[])
order by 1
on conflict (ticket_id) do update set
    subject = excluded.subject, subject_version = excluded.subject_version,
    subject_revision = excluded.subject_revision
where (excluded.subject_version, excluded.subject_revision)
    > (conversation.subject_version, conversation.subject_revision)
"""

# A row that was inserted has no transaction id in xmax; one that was updated has.
_UPSERT_MESSAGES = """
insert into conversation_message
    (message_id, ticket_id, kind, body, language, occurred_at, revision)
select * from unnest(
    $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::int[])
on conflict (message_id) do update set body = excluded.body, revision = excluded.revision
where excluded.revision > conversation_message.revision
returning message_id, (xmax = 0) as inserted
"""

_UPSERT_CUSTOMERS = """
insert into customer
    (customer_id, name, language, customer_since, order_count, tags, observed_at, revision)
select n.customer_id, n.name, n.language, n.customer_since, n.order_count,
    string_to_array(n.tags, ' '), n.observed_at, n.revision
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[],
    $7::timestamptz[], $8::int[])
    n(customer_id, name, language, customer_since, order_count, tags, observed_at, revision)
on conflict (customer_id) do update set
    name = excluded.name, language = excluded.language, customer_since = excluded.customer_since,
    order_count = excluded.order_count, tags = excluded.tags,
    observed_at = excluded.observed_at, revision = excluded.revision
where (excluded.observed_at, excluded.revision) > (customer.observed_at, customer.revision)
"""


async def save_tickets(tx: Transaction, created: Sequence[Event[TicketCreated]]) -> None:
    """Stores tickets with their customers; a higher revision replaces a lower one."""
    newest = {e.subject: e for e in sorted(created, key=lambda e: e.revision)}.values()
    await tx.execute(
        _UPSERT_TICKETS,
        [event.subject for event in newest],
        [event.correlation_id or event.id for event in newest],
        [event.data.ticket.channel for event in newest],
        [event.data.customer.id for event in newest],
        [event.data.customer.name for event in newest],
        [event.revision for event in newest],
    )


async def save_subjects(
    tx: Transaction, events: Sequence[Event[TicketCreated] | Event[TicketUpdated]]
) -> None:
    """Stores the tickets' subjects, from the events that have one."""
    rows = [
        (event.data.ticket.version, event.revision, event.subject, event.data.subject)
        for event in events
        if event.data.subject is not None
    ]
    newest = {row[2]: row for row in sorted(rows, key=lambda row: row[:2])}.values()
    if newest:
        await tx.execute(
            _UPSERT_SUBJECTS,
            [row[2] for row in newest],
            [row[3] for row in newest],
            [row[0] for row in newest],
            [row[1] for row in newest],
        )


async def save_messages(tx: Transaction, events: Sequence[MessageEvent]) -> set[UUID]:
    """Stores messages and returns the ids of new ones; a higher revision replaces the body."""
    newest = {e.data.message_id: e for e in sorted(events, key=lambda e: e.revision)}.values()
    rows = await tx.fetch(
        _UPSERT_MESSAGES,
        [event.data.message_id for event in newest],
        [event.subject for event in newest],
        [_kind(event.data) for event in newest],
        [event.data.body for event in newest],
        [event.data.language for event in newest],
        [event.data.occurred_at for event in newest],
        [event.revision for event in newest],
    )
    return {row["message_id"] for row in rows if row["inserted"]}


async def save_customers(tx: Transaction, events: Sequence[Event[CustomerEnriched]]) -> None:
    """Stores the latest observation of each customer."""
    ordered = sorted(events, key=lambda event: (event.data.observed_at, event.revision))
    newest = {event.data.customer_id: event for event in ordered}.values()
    await tx.execute(
        _UPSERT_CUSTOMERS,
        [event.data.customer_id for event in newest],
        [event.data.name for event in newest],
        [event.data.language for event in newest],
        [event.data.customer_since for event in newest],
        [event.data.order_count for event in newest],
        [" ".join(event.data.tags) for event in newest],
        [event.data.observed_at for event in newest],
        [event.revision for event in newest],
    )


def _kind(message: TicketCreated | TicketMessageAdded) -> str:
    """A ticket begins with a message of its customer."""
    return "inbound" if isinstance(message, TicketCreated) else message.kind
