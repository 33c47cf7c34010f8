"""Events of other services that were applied before the database was set back."""

from collections.abc import Collection
from uuid import UUID

from deskstream_runtime.postgres.connection import Transaction

_KEEP = "insert into taken_fact (id) select unnest($1::uuid[]) on conflict (id) do nothing"
_AMONG = "select id from taken_fact where id = any($1::uuid[])"


async def keep(tx: Transaction, ids: Collection[UUID]) -> None:
    """Remembers that what these led to is in the log."""
    await tx.execute(_KEEP, ids)


async def among(tx: Transaction, ids: Collection[UUID]) -> frozenset[UUID]:
    """Which of these are."""
    return frozenset(row["id"] for row in await tx.fetch(_AMONG, ids))
