"""One ticket: as it stands, its messages, its timeline."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from pydantic import BaseModel, JsonValue

from deskstream_projection.adapters.ticket_rows import (
    COLUMNS,
    NewestDraft,
    TicketRow,
    listed,
    ticket_row,
)
from deskstream_runtime.postgres.connection import Connection

DRAFTS_MAX = 20

_TICKETS = f"""
select {COLUMNS} from ticket
where ticket.id = any($1::uuid[]) and ticket.version is not null
"""  # noqa: S608
_DETAIL = f"""
select {COLUMNS}, coalesce(attributes, '{{}}') as attributes,
    coalesce(unusable_addresses, '[]') as unusable_addresses
from ticket
where ticket.id = $1 and ticket.version is not null
"""  # noqa: S608
_VERSION = "select version from ticket where id = $1 and version is not null"
_CUSTOMER = """
select id, name, email, phone, language, customer_since, order_count, total_spent_minor,
    total_spent_currency, last_order_at, tags
from customer where id = $1
"""
_DRAFTS = """
select id, coalesce(decision, 'drafted') as status, confidence, drafted_at, message_id, body,
    model, language, cautions, decided_at, decided_by, decision_reason
from draft
where ticket_id = $1 and drafted_at is not null
order by drafted_at desc, id desc
limit $2
"""
# Messages of an imported past may have the same time: the ticket's version tells their order.
_MESSAGES = """
select id, kind, body, actor_kind, actor_id, channel, occurred_at, language, in_reply_to, draft_id,
    attachments, coalesce(imported, false) as imported, sentiment_label, sentiment_score,
    delivery_status, delivery_at
from message
where ticket_id = $1 and occurred_at is not null and (occurred_at, coalesce(version, 0), id)
    > ($2, coalesce((select version from message where id = $3), 0), $3)
order by occurred_at, coalesce(version, 0), id
limit $4
"""
_TIMELINE = """
select event_id, event_type, occurred_at, recorded_at, sequence, actor_kind, actor_id, summary
from timeline
where subject = $1 and (recorded_at, event_id) > ($2, $3)
order by recorded_at, event_id
limit $4
"""


class CustomerProfile(BaseModel):
    """What is known of a customer, by tickets and by shops and CRMs."""

    id: UUID
    name: str | None
    email: str | None
    phone: str | None
    language: str | None
    customer_since: datetime | None
    order_count: int | None
    total_spent_minor: int | None
    total_spent_currency: str | None
    last_order_at: datetime | None
    tags: list[str]


class Draft(NewestDraft):
    """A proposed answer with its text and what became of it."""

    message_id: UUID
    body: str
    model: str | None
    language: str | None
    cautions: list[str]
    decided_at: datetime | None
    decided_by: str | None
    decision_reason: str | None


class TicketDetail(TicketRow):
    """A ticket with its customer and its drafts, newest first (at most 20).

    `attributes` are those that it came with; `unusable_addresses` are of its customer, as they were
    written: nobody is reached there.
    """

    attributes: dict[str, str]
    unusable_addresses: list[str]
    customer_profile: CustomerProfile | None
    drafts: list[Draft]


class Message(BaseModel):
    """A message of a ticket: inbound, outbound or a note. One `imported` was never sent by us."""

    id: UUID
    kind: str
    body: str
    actor_kind: str
    actor_id: str | None
    channel: str
    occurred_at: datetime
    language: str | None
    in_reply_to: UUID | None
    draft_id: UUID | None
    attachments: list[dict[str, JsonValue]]
    imported: bool
    sentiment_label: str | None
    sentiment_score: float | None
    delivery_status: str | None
    delivery_at: datetime | None


class TimelineEntry(BaseModel):
    """One event of a ticket; `summary` has the small fields of its body."""

    event_id: UUID
    event_type: str
    occurred_at: datetime
    recorded_at: datetime
    sequence: int | None
    actor_kind: str
    actor_id: str | None
    summary: dict[str, JsonValue]


async def ticket_records(connection: Connection, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Rows for `ticket_row`, with `facets`, of those tickets that are there, in no order."""
    return await connection.fetch(_TICKETS, ids)


async def version_of(connection: Connection, ticket_id: UUID) -> int | None:
    """The version the view has, or none when it does not know the ticket."""
    version: int | None = await connection.fetchval(_VERSION, ticket_id)
    return version


async def ticket_detail(connection: Connection, ticket_id: UUID) -> TicketDetail | None:
    """The ticket with customer and drafts, or none when the view does not know it."""
    row = await connection.fetchrow(_DETAIL, ticket_id)
    if row is None:
        return None
    customer = await connection.fetchrow(_CUSTOMER, row["customer_id"])
    drafts = await connection.fetch(_DRAFTS, ticket_id, DRAFTS_MAX)
    return TicketDetail(
        **ticket_row(row).__dict__,
        attributes=json.loads(row["attributes"]),
        unusable_addresses=json.loads(row["unusable_addresses"]),
        customer_profile=(
            CustomerProfile.model_validate(dict(customer) | {"tags": listed(customer["tags"])})
            if customer
            else None
        ),
        drafts=[
            Draft.model_validate(dict(draft) | {"cautions": listed(draft["cautions"])})
            for draft in drafts
        ],
    )


async def messages_after(
    connection: Connection, ticket_id: UUID, after: tuple[datetime, UUID], limit: int
) -> list[Message]:
    """Messages in the order they were written."""
    rows = await connection.fetch(_MESSAGES, ticket_id, *after, limit)
    return [Message.model_validate(_with_json(row, "attachments")) for row in rows]


async def timeline_after(
    connection: Connection, ticket_id: UUID, after: tuple[datetime, UUID], limit: int
) -> list[TimelineEntry]:
    """Events in the order they were recorded."""
    rows = await connection.fetch(_TIMELINE, ticket_id, *after, limit)
    return [TimelineEntry.model_validate(_with_json(row, "summary")) for row in rows]


def _with_json(row: Any, column: str) -> dict[str, Any]:
    return dict(row) | {column: json.loads(row[column])}
