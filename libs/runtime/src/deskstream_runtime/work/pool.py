"""Performs one kind of work: leased rows, outside any transaction, with bounded concurrency."""

import asyncio
import contextlib
import time
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from deskstream_runtime.errors import is_transient
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.linger import AdaptiveLinger
from deskstream_runtime.observability.metrics import WORK_IN_FLIGHT
from deskstream_runtime.work.kind import (
    AttemptsSpent,
    Finished,
    GivenUp,
    Interrupted,
    LeasedWork,
    WorkKind,
)
from deskstream_runtime.work.outcomes import Outcomes
from deskstream_runtime.work.shares import Slots, lease_shared
from deskstream_runtime.work.work_rows import lease_work

_log = structlog.get_logger()

_LEASE_MARGIN_S = 15.0
_LINGER = AdaptiveLinger(least_s=0.002, most_s=0.05)
_POLL_S = 0.5


class WorkPool:
    """Performs one kind of work with bounded concurrency and commits outcomes in batches."""

    def __init__(self, infrastructure: Infrastructure, kind: WorkKind[Any]) -> None:
        self._kind = kind
        self._database = infrastructure.database
        self._clock = infrastructure.clock
        self._outcomes = Outcomes(infrastructure, kind)
        self._wake = asyncio.Event()
        self._performing: set[asyncio.Task[None]] = set()
        self._slots = Slots(kind.concurrency_max)
        self._draining = False
        self.problem: str | None = None
        infrastructure.unit_of_work.on_work(kind.name, self.wake)

    def wake(self) -> None:
        """There may be new rows."""
        self._wake.set()

    def drain(self) -> None:
        """Lease nothing more; `run` returns once what is in flight is finished."""
        self._draining = True
        self._wake.set()

    def interrupt(self) -> None:
        """Stop what is in flight as well, and give its rows back: there is no time to wait."""
        for task in self._performing:
            task.cancel()

    async def run(self) -> None:
        """Leases, performs and finishes until drained; cancelled, leaves the rest to the leases."""
        try:
            while not self._draining or self._performing or self._outcomes:
                self._wake.clear()
                started = time.monotonic()
                if not await self._step():
                    await self._wait()
                elif not self._draining:
                    await asyncio.sleep(_LINGER.wait_s(time.monotonic() - started))
        finally:
            for task in self._performing:
                task.cancel()

    async def _step(self) -> bool:
        """Stores outcomes, leases and starts more; false when there was nothing or no way to."""
        stored = bool(self._outcomes)
        try:
            await self._outcomes.store()
            leased = await self._lease()
        except Exception as error:
            if not is_transient(error):
                _log.error("work.unexpected", kind=self._kind.name, exc_info=error)
            else:
                _log.warning("work.waiting", kind=self._kind.name, error=type(error).__name__)
            self.problem = f"{self._kind.name} waits ({type(error).__name__})"
            self._wake.clear()
            return False
        self.problem = None
        for work in leased:
            self._start(work)
        return stored or bool(leased)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()

    # --- leasing and performing -------------------------------------------------------------------

    async def _lease(self) -> list[LeasedWork]:
        room = self._kind.concurrency_max - len(self._performing)
        if self._draining or room <= 0:
            return []
        now = self._clock()
        until = now + timedelta(seconds=self._kind.timeout_s + _LEASE_MARGIN_S)
        name, shares = self._kind.name, self._kind.shares
        async with self._database.connection() as connection:
            if shares is None:
                return await lease_work(connection, name, room, now=now, until=until)
            return await lease_shared(
                connection, name, self._slots, room, shares(), now=now, until=until
            )

    def _start(self, work: LeasedWork) -> None:
        if work.attempt > self._kind.attempts_max:
            spent = AttemptsSpent(f"{work.attempt - 1} attempts ended with their process")
            self._outcomes.add(GivenUp(work, spent))
            return
        task = asyncio.create_task(self._perform(work))
        self._performing.add(task)
        self._slots.take(work.share)
        task.add_done_callback(partial(self._stopped, work))
        WORK_IN_FLIGHT.labels(self._kind.name).set(len(self._performing))

    def _stopped(self, work: LeasedWork, task: "asyncio.Task[None]") -> None:
        self._performing.discard(task)
        self._slots.give_back(work.share)
        if task.cancelled():
            self._outcomes.add(Interrupted(work))
        WORK_IN_FLIGHT.labels(self._kind.name).set(len(self._performing))
        self._wake.set()

    async def _perform(self, work: LeasedWork) -> None:
        try:
            async with asyncio.timeout(self._kind.timeout_s):
                result = await self._kind.perform(work)
        except Exception as error:
            self._outcomes.failed(work, error)
        else:
            self._outcomes.add(Finished(work, result))
