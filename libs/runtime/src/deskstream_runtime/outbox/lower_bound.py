"""The lower bound for reads of the outbox, so that rows long sent are not walked again.

Postgres keeps deleted rows as long as any snapshot may see them, for a backup some hours, and a
read that begins at the first row ever walks them all.
"""

from collections.abc import Collection
from typing import Any

import asyncpg

_LOOK_AFTER_ROWS = 500

# Asked in this order. A writer takes a row's number while it holds this lock, and holds it until it
# has ended: so a number up to the last one is that of a row which can be seen, or belongs to one of
# the writers found afterwards.
_LAST_SEQ = "select case when is_called then last_value else 0 end from outbox_seq_seq"
_WRITERS = """
select virtualtransaction from pg_locks
where locktype = 'relation' and relation = 'outbox'::regclass and mode = 'RowExclusiveLock'
  and database = (select oid from pg_database where datname = current_database())
  and pid <> pg_backend_pid()
"""


class LowerBound:
    """No row up to `seq` is in the outbox, nor will one ever come.

    Numbers are taken early and committed late: a number is behind us only when every transaction
    that could have taken it has ended *before* a read that did not find it. A new connection begins
    at 0, as its database may be another one.
    """

    def __init__(self) -> None:
        self.seq = 0
        self._next = 0
        self._writers: frozenset[str] | None = None
        self._rows = 0

    def wants_look(self) -> bool:
        """Whether enough rows went by for a new bound, or one waits for its writers to end."""
        return self._rows >= _LOOK_AFTER_ROWS and self._writers != frozenset()

    def looked(self, last_seq: int, writers: Collection[str]) -> None:
        """Numbers up to `last_seq` were taken; afterwards, these transactions were writing."""
        self._rows = 0
        if self._writers is None:
            self._next, self._writers = last_seq, frozenset(writers)
        else:
            self._writers &= frozenset(writers)

    def read(self, first_seq: int | None, rows: int) -> None:
        """A read found these rows; it began after the last look."""
        self._rows += rows
        if self._writers == frozenset():
            self.seq = self._next if first_seq is None else min(self._next, first_seq - 1)
            if self.seq == self._next:
                self._writers = None


async def look(connection: "asyncpg.Connection[Any]", bound: LowerBound) -> None:
    """Gives the bound the numbers taken, and the transactions that may still commit one of them."""
    last_seq = await connection.fetchval(_LAST_SEQ)
    rows = await connection.fetch(_WRITERS)
    bound.looked(last_seq, [row["virtualtransaction"] for row in rows])
