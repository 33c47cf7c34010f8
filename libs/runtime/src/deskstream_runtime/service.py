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
from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.consuming.delivery import Delivery
from deskstream_runtime.consuming.routing import Route, Routes
from deskstream_runtime.dead_letters.dead_letter_limit import DeadLetterLimit
from deskstream_runtime.dead_letters.parking_limit import ParkingLimit
from deskstream_runtime.dead_letters.replay import Replayer
from deskstream_runtime.http.app import create_app
from deskstream_runtime.http.problems import NO_REFUSALS, Refusals
from deskstream_runtime.http.server import HttpServer
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.observability.health import Health
from deskstream_runtime.observability.loop_delay import measure_loop_delay
from deskstream_runtime.observability.watch import Breakers, Watch
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.outbox.watermark import Watermark
from deskstream_runtime.process.drain import drain
from deskstream_runtime.process.scheduled_job import ScheduledJob
from deskstream_runtime.process.tasks import note_crash
from deskstream_runtime.rebuilding.plan import RebuildPlan
from deskstream_runtime.work.kind import WorkKind
from deskstream_runtime.work.pool import WorkPool

_log = structlog.get_logger()

_FORGET_KEYS_EVERY_S = 3_600.0
_NO_BREAKERS: Breakers = MappingProxyType({})


def no_warnings() -> dict[str, str]:
    """A service of which nothing works only half."""
    return {}


class Service:
    """One process: HTTP edge, consumption loop, outbox relay, work pools, scheduled jobs.

    Each part waits for what is away and says so in health; none takes the others down.
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
        """`warnings` says, by part, what is wrong though the service does its work without it.

        `breakers` says how many circuit breakers of each name are open. `own_log` is of a service
        that decides on events of its own. `rebuild` says how its state is made again from the log;
        None for a service without state. `refusals` says which problem answers which exception of
        its command handlers.
        """
        settings = infrastructure.settings
        table = Routes(routes)
        limit = DeadLetterLimit(settings.dead_letter_run_max, settings.dead_letter_ratio_max)
        delivery = Delivery(
            infrastructure.name,
            table,
            infrastructure.unit_of_work,
            infrastructure.clock,
            limit=limit,
            parking_limit=ParkingLimit(
                settings.parked_run_max, settings.parked_ratio_max, settings.parked_cause_max
            ),
            is_away=infrastructure.database.is_away,
        )
        self._infrastructure = infrastructure
        self._own_log = own_log
        self.rebuild = rebuild
        owns_watermark = infrastructure.name == WatermarkAdvanced.owner
        self._relay = Relay(
            infrastructure.name,
            settings.kafka,
            infrastructure.database,
            infrastructure.unit_of_work,
            watermark=Watermark(settings.watermark) if owns_watermark else None,
            own_log=own_log,
        )
        self._consumer = Consumer(
            infrastructure.name,
            table.topics,
            settings.kafka,
            infrastructure.database,
            delivery,
            clock=infrastructure.clock,
            instance_id=settings.instance_id,
        )
        self._replayer = Replayer(
            infrastructure.name,
            settings.kafka,
            infrastructure.database,
            infrastructure.unit_of_work,
            delivery,
            clock=infrastructure.clock,
        )
        self._pools = [
            WorkPool(
                kind, infrastructure.database, infrastructure.unit_of_work, infrastructure.clock
            )
            for kind in work
        ]
        forget = partial(
            infrastructure.idempotency_keys.forget_old, kept_h=settings.idempotency_key_kept_h
        )
        self._scheduled_jobs = [
            *scheduled_jobs,
            ScheduledJob("forget_keys", _FORGET_KEYS_EVERY_S, forget),
        ]
        self._background = tuple(background)
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._health = Health(
            infrastructure.database,
            self._consumer,
            self._relay,
            self._pools,
            own_log,
            is_stopping=self._stop.is_set,
            warnings=warnings,
            standstill_s=settings.standstill_s,
        )
        self._watch = Watch(
            infrastructure.database,
            self._health,
            self._consumer,
            self._relay,
            topics=table.topics,
            kinds=[kind.name for kind in work],
            breakers=breakers,
            clock=infrastructure.clock,
            interval_s=settings.watch_interval_s,
        )
        self.app = create_app(infrastructure.name, settings, routers, self._health, refusals)
        self._http = HttpServer(self.app, settings)

    @property
    def infrastructure(self) -> Infrastructure:
        """What its handlers and routes are built from; opened when it starts."""
        return self._infrastructure

    @property
    def own_log(self) -> OwnLog | None:
        """Whether its database holds all of its own log; None where it decides on no own events."""
        return self._own_log

    @property
    def url(self) -> str:
        """Where the HTTP edge answers, once it runs."""
        return self._http.url

    def troubles(self) -> dict[str, str]:
        """What keeps its log from moving now, by part; empty when it works."""
        return self._health.troubles()

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
                self._infrastructure,
                self._tasks,
                self._consumer,
                self._pools,
                self._http,
                self._relay,
            )
            if failed.done():
                failed.exception()  # marks it as seen: who runs us may not have asked
            else:
                failed.cancel()
            _log.info("service.stopped")

    async def _start(self, failed: "asyncio.Future[None]") -> None:
        """Answers health checks at once, and starts the rest when the database is there."""
        await self._http.start()
        start = partial(self._start_part, failed)
        start("http", self._http.run())
        await self._database_or_stop()
        if self._stop.is_set():
            return
        start("watch", self._watch.run())
        settings = self._infrastructure.settings
        start(
            "loop_delay",
            measure_loop_delay(settings.loop_delay_interval_s, settings.loop_delay_warn_s),
        )
        if self._own_log is not None:
            start("own_log", self._own_log.run())
        start("relay", self._relay.run())
        for pool in self._pools:
            start("work", pool.run())
        for job in self._scheduled_jobs:
            start(f"job:{job.name}", job.run(self._infrastructure.unit_of_work))
        for act in self._background:
            start("background", act())
        start("replay", self._replayer.run())
        start("consumer", self._consumer.run())
        _log.info("service.started", url=self.url)

    async def _database_or_stop(self) -> None:
        """Waits for the database, unless told to stop before it came. Raises when it refuses us."""
        opening = asyncio.create_task(self._infrastructure.database.open())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait([opening, stopping], return_when=asyncio.FIRST_COMPLETED)
            if opening.done():
                opening.result()
        finally:
            stopping.cancel()
            opening.cancel()

    def _start_part(self, failed: "asyncio.Future[None]", name: str, act: Awaitable[None]) -> None:
        task = asyncio.ensure_future(act)
        task.set_name(name)
        task.add_done_callback(partial(note_crash, failed))
        self._tasks.append(task)
