"""A service: its parts put together, started, watched, drained."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import APIRouter

from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_runtime.consuming.batch_processor import BatchProcessor
from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.consuming.replay import Replayer
from deskstream_runtime.consuming.routing import Route, Routes
from deskstream_runtime.dead_letters.dead_letter_limit import DeadLetterLimit
from deskstream_runtime.dead_letters.parking_limit import ParkingLimit
from deskstream_runtime.http.app import create_app
from deskstream_runtime.http.problems import NO_REFUSALS, Refusals
from deskstream_runtime.http.server import HttpServer
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.observability.loop_delay import measure_loop_delay
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.outbox.watermark import Watermark
from deskstream_runtime.process.drain import drain
from deskstream_runtime.process.health import Health
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.process.tasks import Tasks, start_part
from deskstream_runtime.process.watch import Breakers, Watch
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.work.kind import WorkKind
from deskstream_runtime.work.pool import WorkPool

_log = structlog.get_logger()

_FORGET_KEYS_EVERY_S = 3_600.0
_NO_BREAKERS: Breakers = MappingProxyType({})


def no_warnings() -> dict[str, str]:
    """A service that works in full."""
    return {}


class Service:
    """One process: HTTP edge, consumption loop, outbox relay, work pools, scheduled jobs.

    Each part waits for a server that is away and shows it in health; none takes others down.
    """

    def __init__(
        self,
        infrastructure: Infrastructure,
        *,
        routes: Sequence[Route],
        work: Sequence[WorkKind[Any]] = (),
        scheduled_jobs: Sequence[ScheduledJob] = (),
        routers: Sequence[APIRouter] = (),
        background: Sequence[Callable[[], Awaitable[None]]] = (),
        warnings: Callable[[], dict[str, str]] = no_warnings,
        breakers: Breakers = _NO_BREAKERS,
        own_log: OwnLog | None = None,
        rebuild: RebuildPlan | None = None,
        refusals: Refusals = NO_REFUSALS,
    ) -> None:
        """`warnings`: what is wrong, by part, though the service works without it.

        `breakers`: how many circuit breakers of each name are open. `own_log`: given where a
        service decides on events of its own. `rebuild`: how its state is made again from the log;
        None for a service without state. `refusals`: which problem answers which exception of its
        command handlers.
        """
        name, settings = infrastructure.name, infrastructure.settings
        database, unit_of_work = infrastructure.database, infrastructure.unit_of_work
        table = Routes(routes)
        processor = BatchProcessor(
            infrastructure,
            table,
            limit=DeadLetterLimit(settings.dead_letter_run_max, settings.dead_letter_ratio_max),
            parking_limit=ParkingLimit(
                settings.parked_run_max, settings.parked_ratio_max, settings.parked_cause_max
            ),
        )
        self.infrastructure = infrastructure
        self.own_log = own_log
        self.rebuild = rebuild
        owns_watermark = name == WatermarkAdvanced.owner
        self._relay = Relay(
            name,
            settings.kafka,
            database,
            unit_of_work.events_stored,
            watermark=Watermark(settings.watermark) if owns_watermark else None,
            own_log=own_log,
        )
        self._consumer = Consumer(infrastructure, table.topics, processor)
        self._replayer = Replayer(infrastructure, table)
        self._pools = [WorkPool(infrastructure, kind) for kind in work]
        forget = partial(
            infrastructure.idempotency_keys.forget_old, kept_h=settings.idempotency_key_kept_h
        )
        self._scheduled_jobs = [
            *scheduled_jobs,
            ScheduledJob("forget_keys", _FORGET_KEYS_EVERY_S, forget),
        ]
        self._background = tuple(background)
        self._stop = asyncio.Event()
        self._tasks = Tasks()
        self._health = Health(
            infrastructure,
            self._consumer,
            self._relay,
            self._pools,
            own_log,
            is_stopping=self._stop.is_set,
            warnings=warnings,
        )
        self._watch = Watch(
            infrastructure,
            self._health,
            self._consumer,
            self._relay,
            topics=table.topics,
            kinds=[kind.name for kind in work],
            breakers=breakers,
        )
        self.app = create_app(name, settings, routers, self._health, refusals)
        self._http = HttpServer(self.app, settings)

    @property
    def url(self) -> str:
        """Where the HTTP edge answers, once it runs."""
        return self._http.url

    def problems(self) -> dict[str, str]:
        """What keeps the service from working now, by part; empty when it works."""
        return self._health.problems()

    async def run(self) -> None:
        """Runs until SIGTERM or SIGINT, then drains. Raises what made a part crash."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        async with self.running() as failed:
            failed.add_done_callback(lambda _: self._stop.set())
            await self._stop.wait()
            if failed.done():
                failed.result()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Future[None]]:
        """Runs the service while the block runs; yields a future that fails if a part crashes."""
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        try:
            await self._start(failed)
            yield failed
        finally:
            self._stop.set()
            await drain(
                self.infrastructure,
                self._tasks,
                self._consumer,
                self._pools,
                self._http,
                self._relay,
            )
            if failed.done():
                failed.exception()  # retrieved here, as the caller may not have
            else:
                failed.cancel()
            _log.info("service.stopped")

    async def _start(self, failed: "asyncio.Future[None]") -> None:
        """Answers health checks at once, and starts the rest when the database is there."""
        await self._http.start()
        start, tasks = partial(start_part, failed), self._tasks
        tasks.others.append(start("http", self._http.run()))
        await self._database_or_stop()
        if self._stop.is_set():
            return
        settings = self.infrastructure.settings
        loop_delay = measure_loop_delay(settings.loop_delay_interval_s, settings.loop_delay_warn_s)
        tasks.others += [start("watch", self._watch.run()), start("loop_delay", loop_delay)]
        if self.own_log is not None:
            tasks.others.append(start("own_log", self.own_log.run()))
        tasks.relay.append(start("relay", self._relay.run()))
        tasks.work += [start("work", pool.run()) for pool in self._pools]
        tasks.others += [
            start(f"job:{job.name}", job.run(self.infrastructure.unit_of_work))
            for job in self._scheduled_jobs
        ]
        tasks.others += [start("background", act()) for act in self._background]
        tasks.others.append(start("replay", self._replayer.run()))
        tasks.consumer.append(start("consumer", self._consumer.run()))
        _log.info("service.started", url=self.url)

    async def _database_or_stop(self) -> None:
        """Waits for the database, unless stopped before it came. Raises when it refuses us."""
        opening = asyncio.create_task(self.infrastructure.database.open())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                opening.result()
        finally:
            stopping.cancel()
            opening.cancel()
