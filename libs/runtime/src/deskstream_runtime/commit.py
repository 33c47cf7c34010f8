"""The one transaction shape: state, events and work together, then relay and pool are woken."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from deskstream_runtime.database import Database
from deskstream_runtime.effects import Effects, Transaction
from deskstream_runtime.outbox import store_events, store_work

_log = structlog.get_logger()

R = TypeVar("R")


class Committer:
    """Runs a function in a transaction, stores the effects it returns, commits, wakes what moves.

    Commands, batches of records, finished work and timers all go through here: there is no other
    way to write.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.events_stored = asyncio.Event()
        self._wakes: dict[str, Callable[[], None]] = {}

    def on_work(self, kind: str, wake: Callable[[], None]) -> None:
        """Calls `wake` whenever work of this kind was stored."""
        self._wakes[kind] = wake

    async def commit(self, act: Callable[[Transaction], Awaitable[tuple[Effects, R]]]) -> R:
        """Runs `act` and commits. Whatever it raises rolls everything back and is raised again."""
        async with self._database.transaction() as tx:
            effects, result = await act(tx)
            await store_events(tx, effects.events)
            await store_work(tx, effects.work)
        if effects.events:
            self.events_stored.set()
        for kind in {item.kind for item in effects.work} & self._wakes.keys():
            self._wakes[kind]()
        if effects.on_commit is not None:
            _run(effects.on_commit)
        return result


def _run(on_commit: Callable[[], None]) -> None:
    """Its error must not look like the transaction's: that one is committed."""
    try:
        on_commit()
    except Exception as error:
        _log.error("commit.on_commit_failed", exc_info=error)
