"""The one way to write: state, events and work in one transaction, then relay and pool wake."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

import structlog

from deskstream_runtime.effects import Effects
from deskstream_runtime.outbox.store import store_events, store_work
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.postgres.database import Database

_log = structlog.get_logger()

R = TypeVar("R")


class UnitOfWork:
    """Runs a handler in a transaction, stores its effects, commits, wakes relay and pool.

    Commands, batches of records, finished work and scheduled jobs all go through here: there is no
    other way to write.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.events_stored = asyncio.Event()
        self._wakes: dict[str, Callable[[], None]] = {}

    def on_work(self, kind: str, wake: Callable[[], None]) -> None:
        """Calls `wake` whenever work of this kind was stored."""
        self._wakes[kind] = wake

    @overload
    async def run(self, handler: Callable[[Transaction], Awaitable[Effects]]) -> None: ...

    @overload
    async def run(self, handler: Callable[[Transaction], Awaitable[tuple[Effects, R]]]) -> R: ...

    async def run(
        self, handler: Callable[[Transaction], Awaitable[Effects | tuple[Effects, R]]]
    ) -> R | None:
        """Runs a handler and commits; returns what it gives beside its effects.

        Whatever it raises rolls everything back and is raised again.
        """
        async with self._database.transaction() as tx:
            outcome = await handler(tx)
            effects, result = (outcome, None) if isinstance(outcome, Effects) else outcome
            await store_events(tx, effects.events)
            await store_work(tx, effects.work)
        if effects.events:
            self.events_stored.set()
        for kind in {item.kind for item in effects.work} & self._wakes.keys():
            self._wakes[kind]()
        if effects.on_commit is not None:
            _call(effects.on_commit)
        return result


def _call(on_commit: Callable[[], None]) -> None:
    """Its error must not look like the transaction's: that one is committed."""
    try:
        on_commit()
    except Exception as error:
        _log.error("unit_of_work.on_commit_failed", exc_info=error)
