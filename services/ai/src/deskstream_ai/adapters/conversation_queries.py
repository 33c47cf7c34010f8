"""Reads conversations: the messages of a ticket and what precedes them."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from deskstream_ai.domain.message import CustomerMessage, Turn
from deskstream_runtime.postgres.connection import Connection

EARLIER_MAX = 10
"""The input of a model has at most this many earlier messages."""

# By primary keys alone.
_MESSAGES = """
select m.message_id, m.ticket_id, m.body, m.language, coalesce(c.subject, '') as subject,
    coalesce(c.channel, 'unknown') as channel, c.customer_id,
    coalesce(c.customer_name, k.name) as customer_name, u.message_id is not null as is_analyzed
from conversation_message m
left join conversation c on c.ticket_id = m.ticket_id
left join customer k on k.customer_id = c.customer_id
left join understanding u on u.message_id = m.message_id
where m.message_id = any($1::uuid[])
"""

# By conversation_message_ticket.
_EARLIER = """
select m.message_id, e.kind, e.body
from conversation_message m
cross join lateral (
    select kind, body, occurred_at from conversation_message e
    where e.ticket_id = m.ticket_id and e.occurred_at <= m.occurred_at
      and e.message_id <> m.message_id
    order by e.occurred_at desc limit $2
) e
where m.message_id = any($1::uuid[])
order by m.message_id, e.occurred_at
"""

_LAST_INBOUND = """
select message_id from conversation_message
where ticket_id = $1 and kind = 'inbound'
order by occurred_at desc, message_id desc limit 1
"""

_CORRELATION = "select correlation_id from conversation where ticket_id = $1"


class FoundMessage(NamedTuple):
    """A known message, and whether it was analyzed before."""

    message: CustomerMessage
    is_analyzed: bool


async def messages(connection: Connection, message_ids: Sequence[UUID]) -> dict[UUID, FoundMessage]:
    """The known ones of these messages, by id."""
    rows = await connection.fetch(_MESSAGES, message_ids)
    earlier: dict[UUID, list[Turn]] = {row["message_id"]: [] for row in rows}
    for row in await connection.fetch(_EARLIER, list(earlier), EARLIER_MAX):
        earlier[row["message_id"]].append(Turn(row["kind"], row["body"]))
    return {row["message_id"]: _found(row, earlier[row["message_id"]]) for row in rows}


async def last_inbound(connection: Connection, ticket_id: UUID) -> UUID | None:
    """The customer's last message on a ticket; None if the ticket is not known (yet)."""
    found: UUID | None = await connection.fetchval(_LAST_INBOUND, ticket_id)
    return found


async def correlation_of(connection: Connection, ticket_id: UUID) -> UUID | None:
    """The correlation id of the ticket's events, if the ticket is known."""
    found: UUID | None = await connection.fetchval(_CORRELATION, ticket_id)
    return found


def _found(row: Any, earlier: Sequence[Turn]) -> FoundMessage:
    fields = dict(row)
    is_analyzed = fields.pop("is_analyzed")
    return FoundMessage(CustomerMessage(**fields, earlier=tuple(earlier)), is_analyzed)
