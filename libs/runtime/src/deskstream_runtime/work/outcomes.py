"""The outcomes of work: stored once, in the transaction that removes its rows."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from deskstream_runtime.backoff import backoff_s
from deskstream_runtime.batch_size import BatchSize
from deskstream_runtime.effects import Effects, merged
from deskstream_runtime.errors import disagrees_with_schema, is_transient
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.observability.metrics import TRANSIENT_FAILURES, WORK_FAILED, WORK_FINISHED
from deskstream_runtime.postgres.connection import Transaction
from deskstream_runtime.work.kind import (
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
from deskstream_runtime.work.work_rows import give_back, postpone, take_back

_log = structlog.get_logger()

_OUTCOMES_MAX = 1_000
_TRIES = 3


class Outcomes:
    """Collects the outcomes of one kind of work and stores them in batches."""

    def __init__(self, infrastructure: Infrastructure, kind: WorkKind[Any]) -> None:
        self._kind = kind
        self._database = infrastructure.database
        self._unit_of_work = infrastructure.unit_of_work
        self._clock = infrastructure.clock
        self._done: list[Outcome] = []
        self._size = BatchSize(_OUTCOMES_MAX)

    def __bool__(self) -> bool:
        return bool(self._done)

    def add(self, outcome: Outcome) -> None:
        """To be stored with the next ones."""
        self._done.append(outcome)

    def failed(self, work: LeasedWork, error: Exception) -> None:
        """An attempt failed: the work is due again later, or given up."""
        self.add(self._after_failure(work, error))

    async def store(self) -> None:
        """Commits the outcomes so far; what cannot be stored now is kept for the next time.

        Raises what no outcome is to blame for: the database is away, or not as the code expects.
        """
        outcomes, self._done = self._done, []
        try:
            await self._store_all(outcomes)
        finally:
            self._done[:0] = outcomes

    async def _store_all(self, outcomes: list[Outcome]) -> None:
        """Commits outcomes, removing them from the list; isolates one that cannot be stored."""
        tries = 0
        while outcomes:
            part = outcomes[: self._size.now]
            try:
                await self._unit_of_work.run(partial(self._store, outcomes=tuple(part)))
            except Exception as error:
                await self._raise_if_none_is_to_blame(error)
                self._size.failed(len(part))
                tries += len(part) == 1
                if len(part) > 1 or (is_transient(error) and tries < _TRIES):
                    continue
                outcomes += self._after_broken_finish(part[0], error)
            else:
                self._size.passed(len(part))
                stored = sum(isinstance(one, Finished | GivenUp) for one in part)
                WORK_FINISHED.labels(self._kind.name).inc(stored)
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
                return [self._after_failure(outcome.work, error)]
            case GivenUp():
                due_at = self._clock() + timedelta(seconds=self._kind.retry_max_s)
                return [Postponed(outcome.work, due_at, type(error).__name__)]
            case Postponed() | Interrupted():
                return []

    async def _store(self, tx: Transaction, *, outcomes: Sequence[Outcome]) -> Effects:
        """Only what this process still holds counts: another may have taken over a lease."""
        stored = [one.work for one in outcomes if isinstance(one, Finished | GivenUp)]
        held = await take_back(tx, stored)
        await postpone(tx, [one for one in outcomes if isinstance(one, Postponed)])
        await give_back(tx, [one for one in outcomes if isinstance(one, Interrupted)])
        ours = [one for one in outcomes if (one.work.id, one.work.lease) in held]
        finished = [one for one in ours if isinstance(one, Finished)]
        given_up = [one for one in ours if isinstance(one, GivenUp)]
        effects = [await self._kind.finish(tx, finished)] if finished else []
        effects += [await self._kind.give_up(tx, given_up)] if given_up else []
        return merged(effects)

    def _after_failure(self, work: LeasedWork, error: Exception) -> Outcome:
        last = isinstance(error, NeverRetry) or work.attempt >= self._kind.attempts_max
        WORK_FAILED.labels(self._kind.name, type(error).__name__).inc()
        outcome = GivenUp(work, error) if last else self._postponed(work, error)
        fields = {
            "kind": work.kind,
            "work_id": str(work.id),
            "attempt": work.attempt,
            "given_up": last,
            "error": type(error).__name__,
        }
        if isinstance(error, RetryLater | NeverRetry):
            fields |= error.about
        if isinstance(outcome, Postponed):
            fields["next_try_at"] = outcome.due_at.isoformat(timespec="milliseconds")
        _log.warning("work.failed", **fields)
        return outcome

    def _postponed(self, work: LeasedWork, error: Exception) -> Postponed:
        if isinstance(error, RetryLater):
            delay_s = error.after_s
        else:
            delay_s = backoff_s(work.attempt, self._kind.retry_first_s, self._kind.retry_max_s)
        return Postponed(work, self._clock() + timedelta(seconds=delay_s), type(error).__name__)
