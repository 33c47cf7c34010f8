"""Looks every few seconds at what waits and what stands still, for health and the metrics.

So a scrape asks nobody: it reads what the last look found.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import asyncpg
import structlog

from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.consuming.lag import CAUGHT_UP
from deskstream_runtime.errors import is_transient
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.observability import metrics
from deskstream_runtime.observability.since import Since
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.postgres.backlog import Backlog, read_backlog
from deskstream_runtime.process.health import PARTS, Health

_log = structlog.get_logger()

Breakers = Mapping[str, Callable[[], int]]
"""How many circuit breakers of each name are open now."""


class Watch:
    """One statement a look, on a connection of its own: a busy pool is no reason to see nothing."""

    def __init__(
        self,
        infrastructure: Infrastructure,
        health: Health,
        consumer: Consumer,
        relay: Relay,
        *,
        topics: Sequence[str],
        kinds: Sequence[str],
        breakers: Breakers,
    ) -> None:
        self._database = infrastructure.database
        self._health = health
        self._consumer = consumer
        self._relay = relay
        self._topics = topics
        self._kinds = kinds
        self._breakers = breakers
        self._clock = infrastructure.clock
        self._interval_s = infrastructure.settings.watch_interval_s
        self._connection: asyncpg.Connection[Any] | None = None
        self._problems_since: Since[str] = Since()
        self._halted: Since[str] = Since()
        self._open: Since[str] = Since()

    async def run(self) -> None:
        try:
            while True:
                await self._look_at_database()
                self._look_at_parts()
                await asyncio.sleep(self._interval_s)
        finally:
            self._hang_up()

    async def _look_at_database(self) -> None:
        try:
            if self._connection is None:
                self._connection = await self._database.connect()
            now = self._clock()
            backlog = await read_backlog(
                self._connection, self._kinds, now, outbox_after=self._relay.lower_bound
            )
        except Exception as error:
            self._hang_up()
            if is_transient(error):
                self._health.unreachable(type(error).__name__)
                _log.warning("watch.waiting", error=type(error).__name__)
            else:
                _log.error("watch.failed", exc_info=error)
        else:
            self._health.seen(backlog, now.timestamp())
            _show(backlog, now.timestamp())

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    def _look_at_parts(self) -> None:
        now = self._clock().timestamp()
        problems = self._health.problems()
        self._problems_since.note(problems, now)
        for part in PARTS:
            metrics.PROBLEM_AGE.labels(part).set(self._problems_since.age_s(part, now))
        metrics.READY.set(not self._health.readiness_problems())
        metrics.WORKING.set(not problems)
        self._look_at_consumer(now)
        self._look_at_relay(now)
        self._look_at_breakers(now)

    def _look_at_consumer(self, now: float) -> None:
        consumer = self._consumer
        self._halted.note(["halted"] if consumer.state.halted else [], now)
        metrics.HALTED.set(consumer.state.halted is not None)
        metrics.HALTED_AGE.set(self._halted.age_s("halted", now))
        metrics.REJOINING.set(consumer.rejoining is not None)
        metrics.MISSING_TOPICS.set(len(consumer.missing_topics))
        metrics.HELD_TOPICS.set(len(consumer.held_topics))
        behind = consumer.lag.by_topic()
        for topic in self._topics:
            records, seconds = behind.get(topic, CAUGHT_UP)
            metrics.LAG_RECORDS.labels(topic).set(records)
            metrics.LAG_SECONDS.labels(topic).set(seconds)

    def _look_at_relay(self, now: float) -> None:
        metrics.RELAY_ACTIVE.set(self._relay.is_active)
        last = self._relay.last_ack_at
        metrics.RELAY_ACK_AGE.set(0.0 if last is None else max(0.0, now - last))

    def _look_at_breakers(self, now: float) -> None:
        opened = {name: count() for name, count in self._breakers.items()}
        self._open.note([name for name, count in opened.items() if count], now)
        for name, count in opened.items():
            metrics.BREAKERS_OPEN.labels(name).set(count)
            metrics.BREAKERS_OPEN_AGE.labels(name).set(self._open.age_s(name, now))


def _show(backlog: Backlog, now: float) -> None:
    metrics.OUTBOX_ROWS.set(backlog.outbox.number)
    metrics.OUTBOX_OLDEST_AGE.set(backlog.outbox.oldest_age_s)
    metrics.HELD_ROWS.set(backlog.held.number)
    metrics.HELD_AGE.set(backlog.held.oldest_age_s)
    metrics.PARKED_TICKETS.set(backlog.parked_tickets.number)
    metrics.PARKED_OLDEST_AGE.set(backlog.parked_tickets.oldest_age_s)
    for kind, due in backlog.work_due.items():
        metrics.WORK_DUE.labels(kind).set(due.number)
        metrics.WORK_DUE_OLDEST_AGE.labels(kind).set(due.oldest_age_s)
    metrics.BACKLOG_READ.set(now)
