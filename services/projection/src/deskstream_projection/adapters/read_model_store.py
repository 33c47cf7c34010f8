"""Stores what a batch of events changes, in eight statements or fewer."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from deskstream_contracts import Event
from deskstream_projection.adapters.columns import columns, unnest
from deskstream_projection.adapters.lww_table import LwwTable
from deskstream_projection.domain.fold import READ_MODELS, ReadModelChanges
from deskstream_projection.domain.read_models.draft import DRAFT
from deskstream_projection.domain.read_models.roll_up import RollUp, roll_up
from deskstream_projection.domain.read_models.timeline import Entry, entry
from deskstream_runtime.postgres.connection import Transaction

_TIMELINE = columns(Entry)
# `xmax` is 0 only in a row that this statement inserted. Names come from this package.
_STORE_TIMELINE = f"""
insert into timeline as kept ({", ".join(_TIMELINE)}, transaction_id)
select *, (select pg_current_xact_id()::text::bigint) from {unnest(_TIMELINE.values())}
on conflict (event_id) do update set
    revision = excluded.revision, actor_id = excluded.actor_id, summary = excluded.summary,
    transaction_id = excluded.transaction_id
where excluded.revision > kept.revision
returning event_id, xmax = 0 as is_new
"""  # noqa: S608

_SET_NEWEST_DRAFTS = """
update ticket set
    newest_draft_id = newest.id, newest_draft_status = newest.status,
    newest_draft_confidence = newest.confidence, newest_drafted_at = newest.drafted_at
from (
    select distinct on (ticket_id)
        ticket_id, id, coalesce(decision, 'drafted') as status, confidence, drafted_at
    from draft
    where ticket_id = any($1::uuid[]) and drafted_at is not null
    order by ticket_id, drafted_at desc, id desc
) newest
where ticket.id = newest.ticket_id
    and (ticket.newest_draft_id, ticket.newest_draft_status)
        is distinct from (newest.id, newest.status)
"""

_ROLL_UP = columns(RollUp) | {"count": "bigint", "total_milli": "bigint"}
_ADD_TO_ROLL_UPS = f"""
insert into roll_up as kept ({", ".join(_ROLL_UP)}) select * from {unnest(_ROLL_UP.values())}
on conflict ({", ".join(RollUp._fields)}) do update set
    count = kept.count + excluded.count, total_milli = kept.total_milli + excluded.total_milli
"""  # noqa: S608

# Served by the primary key, which starts with (grain, start).
_FORGET_MINUTES = """
with forgotten as (
    insert into minutes_forgotten as known (until) values ($1)
    on conflict (only_row) do update set until = greatest(known.until, excluded.until)
    returning until
)
delete from roll_up using forgotten where grain = 'minute' and start < forgotten.until
"""

_FORGET_AGAIN = """
delete from {} using minutes_forgotten where grain = 'minute' and start < until
"""


class ReadModelStore:
    """Writes what a fold changed. The same events again, in any order, leave the same views."""

    def __init__(self) -> None:
        self._tables = [LwwTable(model) for model in READ_MODELS]

    async def write(self, tx: Transaction, changes: ReadModelChanges) -> None:
        """Stores all of it. Tickets come first: their rows serialise writers of the same ticket.

        Roll-ups come last, as many writers share their rows, and count only events not seen before.
        """
        if not changes.events:
            return
        for table in self._tables:
            await table.merge(tx, changes.rows[table.name])
        tickets = {ticket_id for (_, ticket_id), _ in changes.rows[DRAFT.table].in_key_order()}
        if tickets:
            await tx.execute(_SET_NEWEST_DRAFTS, list(tickets))
        await self._add_to_roll_ups(tx, await self._store_timeline(tx, changes.events.values()))

    async def _store_timeline(self, tx: Transaction, events: Iterable[Event[Any]]) -> list[Entry]:
        """Returns the entries that were not there before."""
        entries = sorted(map(entry, events))
        stored = await tx.fetch(_STORE_TIMELINE, *zip(*entries, strict=True))
        new = {event_id for event_id, is_new in stored if is_new}
        return [each for each in entries if each.event_id in new]

    async def _add_to_roll_ups(self, tx: Transaction, entries: list[Entry]) -> None:
        if entries:
            sums = sorted(roll_up(entries).items())
            rows = [(*key, *added) for key, added in sums]
            await tx.execute(_ADD_TO_ROLL_UPS, *zip(*rows, strict=True))


async def forget_minutes(tx: Transaction, before: datetime) -> None:
    """Removes roll-ups by the minute from before this time, and stores that they are gone."""
    await tx.execute(_FORGET_MINUTES, before)


async def forget_minutes_again(tx: Transaction) -> None:
    """Removes from rebuilt roll-ups what `forget_minutes` had removed before.

    Also from those in use, in schema `public`, to which late events may have added minutes since:
    any other difference is a fault in one of the two.
    """
    for table in ("roll_up", "public.roll_up"):
        await tx.execute(_FORGET_AGAIN.format(table))
