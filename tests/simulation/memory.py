"""A service's database in memory: transactions one after the other, and faults at their end."""

from typing import Any, Literal

from simulation.statements import STATEMENTS
from simulation.tables import Row, Tables

from deskstream_runtime.clock import Clock
from deskstream_runtime.errors import Unavailable

Fault = Literal["none", "refused", "unheard", "killed before", "killed after"]
"""What happens at a commit: the server is away before it, or after it; or our process dies then."""


class Killed(BaseException):
    """The process is no more: nothing of ours catches this."""


class MemoryTransaction:
    """Stands for a connection in a transaction. A statement that is not known is a `KeyError`."""

    def __init__(self, database: "MemoryDatabase") -> None:
        self._database = database
        self.tables = database.tables.copy()

    async def __aenter__(self) -> "MemoryTransaction":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is None:
            self._database.commit(self.tables)

    async def execute(self, statement: str, *arguments: Any) -> None:
        STATEMENTS[statement](self.tables, *arguments)

    async def fetch(self, statement: str, *arguments: Any) -> list[Row]:
        return STATEMENTS[statement](self.tables, *arguments)

    async def fetchrow(self, statement: str, *arguments: Any) -> Row | None:
        rows = STATEMENTS[statement](self.tables, *arguments)
        return rows[0] if rows else None

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        row = await self.fetchrow(statement, *arguments)
        return None if row is None else next(iter(row.values()))


class MemoryConnection:
    """Stands for a connection of its own, as the relay has one."""

    def __init__(self, database: "MemoryDatabase") -> None:
        self._database = database

    async def execute(self, statement: str, *arguments: Any) -> None:
        await self.fetch(statement, *arguments)

    async def fetch(self, statement: str, *arguments: Any) -> list[Row]:
        async with self._database.transaction() as tx:
            return await tx.fetch(statement, *arguments)

    async def fetchval(self, statement: str, *arguments: Any) -> Any:
        async with self._database.transaction() as tx:
            return await tx.fetchval(statement, *arguments)


class MemoryDatabase:
    """A service's database: transactions one after the other, with one fault at the next commit."""

    def __init__(self, clock: Clock) -> None:
        self.tables = Tables(clock)
        self.past: list[Tables] = [self.tables]
        """The state after each commit, for a restore to an earlier point."""
        self.fault: Fault = "none"

    def transaction(self) -> "MemoryTransaction":
        """Commits at the end of the block, unless an error leaves it or the fault strikes."""
        return MemoryTransaction(self)

    connection = transaction
    """Statements outside a transaction: together one, as nothing comes between them here."""

    def commit(self, tables: Tables) -> None:
        """What the tables are from now on, or the fault that strikes instead or behind it."""
        fault, self.fault = self.fault, "none"
        if fault == "killed before":
            raise Killed
        if fault == "refused":
            raise Unavailable("the database is away")
        self.tables = tables
        self.past.append(tables)
        if fault == "killed after":
            raise Killed
        if fault == "unheard":
            raise Unavailable("the answer to the commit did not come")

    def autocommit(self) -> "MemoryConnection":
        """A connection outside the pool: each statement is a transaction."""
        return MemoryConnection(self)

    async def is_away(self, error: Exception) -> bool:
        """Whether the server is to blame for an error: here for each that a fault made."""
        return isinstance(error, Unavailable)

    def restore(self, back: int) -> None:
        """Sets the database back by some commits, or to its beginning."""
        self.tables = self.past[-1 - min(back, len(self.past) - 1)]
        self.past.append(self.tables)

    def empty(self) -> None:
        """A new database in place of this one."""
        self.tables = Tables(self.tables.clock)
        self.past.append(self.tables)
