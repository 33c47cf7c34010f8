"""Performs one kind of work: leased rows, outside any transaction, with bounded concurrency."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from deskstream_runtime.backoff import backoff_s
from deskstream_runtime.batch_size import BatchSize
from deskstream_runtime.clock import Clock
from deskstream_runtime.commit import Committer
from deskstream_runtime.database import Database
from deskstream_runtime.effects import Effects, Transaction, merged
from deskstream_runtime.errors import disagrees_with_schema, is_transient
from deskstream_runtime.gathering import Gathering
from deskstream_runtime.metrics import (
    TRANSIENT_FAILURES,
    WORK_FAILED,
    WORK_FINISHED,
    WORK_IN_FLIGHT,
)
from deskstream_runtime.work_kind import (
    AttemptsSpent,
    Finished,
    GivenUp,
    Interrupted,
    LeasedWork,
    NeverRetry,
    Outcome,
    Postponed,
    RetryLater,
    WorkKind,
)
from deskstream_runtime.work_rows import give_back, lease_work, postpone, take_back
from deskstream_runtime.work_shares import Places, lease_shared

_log = structlog.get_logger()

_LEASE_MARGIN_S = 15.0
_GATHERING = Gathering(least_s=0.002, most_s=0.05)
_POLL_S = 0.5
_OUTCOMES_MAX = 1_000
_TRIES = 3


class WorkPool:
    """Performs one kind of work with bounded concurrency and commits outcomes in batches."""

    def __init__(
        self, kind: WorkKind[Any], database: Database, committer: Committer, clock: Clock
    ) -> None:
        self._kind = kind
        self._database = database
        self._committer = committer
        self._clock = clock
        self._wake = asyncio.Event()
        self._performing: set[asyncio.Task[None]] = set()
        self._places = Places(kind.concurrency_max)
        self._done: list[Outcome] = []
        self._size = BatchSize(_OUTCOMES_MAX)
        self._draining = False
        self.trouble: str | None = None
        committer.on_work(kind.name, self.wake)

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
            while not self._draining or self._performing or self._done:
                self._wake.clear()
                started = time.monotonic()
                if not await self._step():
                    await self._wait()
                elif not self._draining:
                    await asyncio.sleep(_GATHERING.wait_s(time.monotonic() - started))
        finally:
            for task in self._performing:
                task.cancel()

    async def _step(self) -> bool:
        """Stores outcomes, leases and starts more; false when there was nothing or no way to."""
        settled = bool(self._done)
        try:
            await self._settle()
            leased = await self._lease()
        except Exception as error:
            if not is_transient(error):
                _log.error("work.unexpected", kind=self._kind.name, exc_info=error)
            else:
                _log.warning("work.waiting", kind=self._kind.name, error=type(error).__name__)
            self.trouble = f"{self._kind.name} waits ({type(error).__name__})"
            self._wake.clear()
            return False
        self.trouble = None
        for work in leased:
            self._start(work)
        return settled or bool(leased)

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
                connection, name, self._places, room, shares(), now=now, until=until
            )

    def _start(self, work: LeasedWork) -> None:
        if work.attempt > self._kind.attempts_max:
            spent = AttemptsSpent(f"{work.attempt - 1} attempts ended with their process")
            self._done.append(GivenUp(work, spent))
            return
        task = asyncio.create_task(self._perform(work))
        self._performing.add(task)
        self._places.take(work.share)
        task.add_done_callback(partial(self._stopped, work))
        WORK_IN_FLIGHT.labels(self._kind.name).set(len(self._performing))

    def _stopped(self, work: LeasedWork, task: "asyncio.Task[None]") -> None:
        self._performing.discard(task)
        self._places.give_back(work.share)
        if task.cancelled():
            self._done.append(Interrupted(work))
        WORK_IN_FLIGHT.labels(self._kind.name).set(len(self._performing))
        self._wake.set()

    async def _perform(self, work: LeasedWork) -> None:
        try:
            async with asyncio.timeout(self._kind.timeout_s):
                result = await self._kind.perform(work)
        except Exception as error:
            self._done.append(self._failed(work, error))
        else:
            self._done.append(Finished(work, result))

    def _failed(self, work: LeasedWork, error: Exception) -> Outcome:
        last = isinstance(error, NeverRetry) or work.attempt >= self._kind.attempts_max
        WORK_FAILED.labels(self._kind.name, type(error).__name__).inc()
        outcome = GivenUp(work, error) if last else self._postponed(work, error)
        said = {
            "kind": work.kind,
            "work_id": str(work.id),
            "attempt": work.attempt,
            "given_up": last,
            "error": type(error).__name__,
        }
        if isinstance(error, RetryLater | NeverRetry):
            said |= error.about
        if isinstance(outcome, Postponed):
            said["next_try_at"] = outcome.due_at.isoformat(timespec="milliseconds")
        _log.warning("work.failed", **said)
        return outcome

    def _postponed(self, work: LeasedWork, error: Exception) -> Postponed:
        if isinstance(error, RetryLater):
            delay_s = error.after_s
        else:
            delay_s = backoff_s(work.attempt, self._kind.retry_first_s, self._kind.retry_max_s)
        return Postponed(work, self._clock() + timedelta(seconds=delay_s), type(error).__name__)

    # --- storing what came of it ------------------------------------------------------------------

    async def _settle(self) -> None:
        """Commits the outcomes so far; what cannot be stored now is kept for the next time."""
        outcomes, self._done = self._done, []
        try:
            await self._settle_all(outcomes)
        finally:
            self._done[:0] = outcomes

    async def _settle_all(self, outcomes: list[Outcome]) -> None:
        """Commits outcomes, removing them from the list; isolates one that cannot be stored."""
        tries = 0
        while outcomes:
            part = outcomes[: self._size.now]
            try:
                await self._committer.commit(partial(self._store, outcomes=tuple(part)))
            except Exception as error:
                await self._raise_if_none_is_to_blame(error)
                self._size.failed(len(part))
                tries += len(part) == 1
                if len(part) > 1 or (is_transient(error) and tries < _TRIES):
                    continue
                outcomes += self._after_broken_finish(part[0], error)
            else:
                self._size.passed(len(part))
                settled = sum(isinstance(one, Finished | GivenUp) for one in part)
                WORK_FINISHED.labels(self._kind.name).inc(settled)
            tries = 0
            del outcomes[: len(part)]

    async def _raise_if_none_is_to_blame(self, error: Exception) -> None:
        """Raises what would fail with any outcome: the database is away, or not as we expect."""
        if is_transient(error):
            TRANSIENT_FAILURES.labels("work", type(error).__name__).inc()
            if await self._database.is_away(error):
                raise error
        elif disagrees_with_schema(error):
            raise error

    def _after_broken_finish(self, outcome: Outcome, error: Exception) -> list[Outcome]:
        """An outcome that could not be stored is a failed attempt; after the last one, given up.

        What cannot even be postponed or given back is left to its lease.
        """
        _log.error("work.finish_failed", kind=self._kind.name, exc_info=error)
        match outcome:
            case Finished():
                return [self._failed(outcome.work, error)]
            case GivenUp():
                due_at = self._clock() + timedelta(seconds=self._kind.retry_max_s)
                return [Postponed(outcome.work, due_at, type(error).__name__)]
            case Postponed() | Interrupted():
                return []

    async def _store(self, tx: Transaction, *, outcomes: Sequence[Outcome]) -> tuple[Effects, None]:
        """Only what this process still holds counts: another may have taken over a lease."""
        settled = [one.work for one in outcomes if isinstance(one, Finished | GivenUp)]
        held = await take_back(tx, settled)
        await postpone(tx, [one for one in outcomes if isinstance(one, Postponed)])
        await give_back(tx, [one for one in outcomes if isinstance(one, Interrupted)])
        ours = [one for one in outcomes if (one.work.id, one.work.lease) in held]
        finished = [one for one in ours if isinstance(one, Finished)]
        given_up = [one for one in ours if isinstance(one, GivenUp)]
        effects = [await self._kind.finish(tx, finished)] if finished else []
        effects += [await self._kind.give_up(tx, given_up)] if given_up else []
        return merged(effects), None
