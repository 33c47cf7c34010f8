"""The list of tickets: filters, full-text search, four orders, pages by key."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
from pydantic import TypeAdapter

from deskstream_projection.adapters.cursors import CursorCodec
from deskstream_projection.adapters.ticket_queries import LISTED
from deskstream_runtime.postgres.connection import Connection

Sort = Literal[
    "created_at", "-created_at", "updated_at", "-updated_at",
    "priority", "-priority", "sentiment", "-sentiment",
]  # fmt: skip

# The columns of the indexes in the migration, in their order, and the type of each.
_KEYS: dict[str, tuple[tuple[str, str], ...]] = {
    "created_at": (("created_at", "timestamptz"), ("id", "uuid")),
    "updated_at": (("updated_at", "timestamptz"), ("id", "uuid")),
    "priority": (("priority_order", "smallint"), ("created_at", "timestamptz"), ("id", "uuid")),
    "sentiment": (("sentiment_order", "float8"), ("created_at", "timestamptz"), ("id", "uuid")),
}
_CODECS: dict[str, CursorCodec[Any]] = {
    "created_at": CursorCodec(TypeAdapter(tuple[datetime, UUID])),
    "updated_at": CursorCodec(TypeAdapter(tuple[datetime, UUID])),
    "priority": CursorCodec(TypeAdapter(tuple[int, datetime, UUID])),
    "sentiment": CursorCodec(TypeAdapter(tuple[float, datetime, UUID])),
}

# Up to this many matches of a search are found by the text index and then sorted. When there are
# more, reading tickets in the requested order meets enough of them. Postgres alone estimates too
# often that a rare word is frequent, and then reads all tickets.
_MATCHES_SORTED_MAX = 4_000

_COUNT_MATCHES = """
select count(*) from (
    select from ticket_text where document @@ websearch_to_tsquery('english', $1) limit $2
) matches
"""
_IS_MATCH_OF_FEW = """ticket.id = any (array(
    select ticket_id from ticket_text where document @@ websearch_to_tsquery('english', {})
))"""
_IS_MATCH_OF_MANY = """exists (
    select from ticket_text
    where ticket_id = ticket.id and document @@ websearch_to_tsquery('english', {})
    offset 0
)"""


@dataclass(frozen=True, slots=True)
class TicketListRequest:
    """A page of the list. `facets` as in `TicketFilter`; ranges include `from` and exclude `to`."""

    facets: list[frozenset[str]]
    sort: Sort
    limit: int
    q: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    updated_from: datetime | None = None
    updated_to: datetime | None = None
    cursor: str | None = None


class _Query:
    """Conditions and their parameters, numbered as they come."""

    def __init__(self) -> None:
        self.conditions = ["ticket.version is not null"]
        self.parameters: list[Any] = []

    def parameter(self, value: Any, kind: str) -> str:
        self.parameters.append(value)
        return f"${len(self.parameters)}::{kind}"

    def require(self, condition: str, value: Any, kind: str) -> None:
        self.conditions.append(condition.format(self.parameter(value, kind)))


async def list_tickets(
    connection: Connection, request: TicketListRequest
) -> tuple[list[asyncpg.Record], str | None]:
    """The `LISTED` columns of a page, and the cursor of the next one. Raises `InvalidCursor`."""
    matches = 0
    if request.q is not None:
        matches = await connection.fetchval(_COUNT_MATCHES, request.q, _MATCHES_SORTED_MAX + 1)
    statement, parameters = _list_statement(request, matches > _MATCHES_SORTED_MAX)
    rows = await connection.fetch(statement, *parameters)
    if len(rows) <= request.limit:
        return rows, None
    last = rows[request.limit - 1]
    column = request.sort.lstrip("-")
    key = tuple(last[name] for name, _ in _KEYS[column])
    return rows[: request.limit], _CODECS[column].encode(request.sort, key)


def _list_statement(request: TicketListRequest, matches_are_many: bool) -> tuple[str, list[Any]]:
    """The SQL and its parameters; it asks for one row more than the page has."""
    query = _Query()
    _add_filters(query, request)
    if request.q is not None:
        condition = _IS_MATCH_OF_MANY if matches_are_many else _IS_MATCH_OF_FEW
        query.require(condition, request.q, "text")
    keys = _KEYS[request.sort.lstrip("-")]
    descending = request.sort.startswith("-")
    if request.cursor is not None:
        after = _CODECS[request.sort.lstrip("-")].decode(request.sort, request.cursor)
        columns = ", ".join(f"ticket.{column}" for column, _ in keys)
        values = ", ".join(
            query.parameter(value, kind) for value, (_, kind) in zip(after, keys, strict=True)
        )
        query.conditions.append(f"({columns}) {'<' if descending else '>'} ({values})")
    direction = "desc" if descending else "asc"
    order = ", ".join(f"ticket.{column} {direction}" for column, _ in keys)
    # Only names from this module are put into the text; every value is a parameter.
    statement = (
        f"select {LISTED} from ticket where {' and '.join(query.conditions)} "  # noqa: S608
        f"order by {order} limit {query.parameter(request.limit + 1, 'int')}"
    )
    return statement, query.parameters


def _add_filters(query: _Query, request: TicketListRequest) -> None:
    exact = sorted(next(iter(choices)) for choices in request.facets if len(choices) == 1)
    if exact:
        query.require("ticket.facets @> {}", exact, "text[]")
    for choices in request.facets:
        if len(choices) > 1:
            query.require("ticket.facets && {}", sorted(choices), "text[]")
    for condition, bound in (
        ("ticket.created_at >= {}", request.created_from),
        ("ticket.created_at < {}", request.created_to),
        ("ticket.updated_at >= {}", request.updated_from),
        ("ticket.updated_at < {}", request.updated_to),
    ):
        if bound is not None:
            query.require(condition, bound, "timestamptz")
