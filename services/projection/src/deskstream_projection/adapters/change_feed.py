"""The change feed: the timeline in the order of transactions, read on from a position.

Every row of the timeline carries the id of the transaction that wrote it. A position is the oldest
transaction still open when it was taken (`pg_snapshot_xmin`): all below it had ended. So a reader
that reads on from one position, and then from the next one, misses nothing, whatever the order in
which transactions commit. Ids belong to the database cluster: in another cluster the read models
are rebuilt, not restored from a dump.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from deskstream_contracts.events.escalation import Escalated
from deskstream_contracts.events.sla import SlaBreached
from deskstream_projection.domain.fold import ABOUT_NO_TICKET
from deskstream_runtime.postgres.connection import Connection

ALERT_TYPES = frozenset({Escalated.event_type, SlaBreached.event_type})

_POSITION = "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
# The position and the rows are of one snapshot. With no row there is still the position.
_SINCE = """
select feed.position, entry.*
from (select pg_snapshot_xmin(pg_current_snapshot())::text::bigint as position) feed
left join lateral (
    select transaction_id, subject, event_type, event_id, occurred_at, imported,
        case when event_type = any($4) then summary end as summary
    from timeline
    where transaction_id >= $1 and transaction_id <> all($2::bigint[]) and event_type <> all($5)
    order by transaction_id, event_id
    limit $3
) entry on true
order by entry.transaction_id, entry.event_id
"""
_OTHER_TYPES = sorted(event_type.event_type for event_type in ABOUT_NO_TICKET)


@dataclass(frozen=True, slots=True)
class ChangeBatch:
    """What was read from `since` on; the next batch begins at `position`.

    `tickets` has the types of each ticket's new events; for those in `imported` all of them belong
    to an imported past. `alerts` are entries of the timeline. `complete` is false when there was
    more than the limit.
    """

    since: int
    position: int
    transactions: frozenset[int]
    tickets: dict[UUID, list[str]]
    imported: frozenset[UUID]
    alerts: list[asyncpg.Record]
    complete: bool


async def current_position(connection: Connection) -> int:
    """The position of a reader that has seen everything until now."""
    position: int = await connection.fetchval(_POSITION)
    return position


async def changes_since(
    connection: Connection, position: int, known: Collection[int], limit: int
) -> ChangeBatch:
    """At most `limit` events of transactions from `position` on, without those in `known`.

    Rows of transactions above the new position may be read again: they are in `transactions`.
    """
    found = await connection.fetch(
        _SINCE, position, sorted(known), limit + 1, sorted(ALERT_TYPES), _OTHER_TYPES
    )
    rows = [row for row in found if row["transaction_id"] is not None]
    tickets: dict[UUID, list[str]] = {}
    with_news: set[UUID] = set()
    for row in rows[:limit]:
        types = tickets.setdefault(row["subject"], [])
        if row["event_type"] not in types:
            types.append(row["event_type"])
        if not row["imported"]:
            with_news.add(row["subject"])
    return ChangeBatch(
        since=position,
        position=found[0]["position"],
        transactions=frozenset(row["transaction_id"] for row in rows),
        tickets=tickets,
        imported=frozenset(tickets.keys() - with_news),
        alerts=[row for row in rows[:limit] if row["summary"] is not None],
        complete=len(rows) <= limit,
    )
