"""A service: its parts put together, started, watched, drained."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter
from redis.asyncio import Redis

import deskstream_contracts
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_runtime.clock import Clock
from deskstream_runtime.commit import Committer
from deskstream_runtime.consumer import Consumer
from deskstream_runtime.database import Database
from deskstream_runtime.dead_letter_limit import DeadLetterLimit
from deskstream_runtime.delivery import Delivery
from deskstream_runtime.http.app import create_app
from deskstream_runtime.http.idempotency import Commands
from deskstream_runtime.http.server import HttpServer
from deskstream_runtime.rebuild_plan import RebuildPlan
from deskstream_runtime.relay import Relay
from deskstream_runtime.replay import Replayer
from deskstream_runtime.routing import Route, Routes
from deskstream_runtime.settings import ServiceSettings
from deskstream_runtime.ticker import Ticker
from deskstream_runtime.watermark import Watermark
from deskstream_runtime.work import WorkKind, WorkPool

__all__ = ["Core", "Service", "Ticker", "no_warnings"]

_log = structlog.get_logger()

_FORGET_KEYS_EVERY_S = 3_600.0
_VALKEY_TIMEOUT_S = 2.0


def no_warnings() -> dict[str, str]:
    """A service of which nothing works only half."""
    return {}


class Core:
    """What handlers and routes are built from: made first, opened when the service starts."""

    def __init__(
        self, name: deskstream_contracts.Service, settings: ServiceSettings, clock: Clock
    ) -> None:
        self.name: deskstream_contracts.Service = name
        self.settings = settings
        self.clock = clock
        self.database = Database(settings.postgres, name)
        self.committer = Committer(self.database)
        self.commands = Commands(self.committer, clock)
        self.valkey: Redis = Redis.from_url(
            settings.valkey_url.get_secret_value(),
            socket_timeout=_VALKEY_TIMEOUT_S,
            socket_connect_timeout=_VALKEY_TIMEOUT_S,
        )


class Service:
    """One process: HTTP edge, consumption loop, outbox relay, work pools, tickers.

    Each part waits for what is away and says so in readiness; none takes the others down.
    """

    def __init__(
        self,
        core: Core,
        *,
        routes: Sequence[Route],
        work: Sequence[WorkKind[Any]] = (),
        tickers: Sequence[Ticker] = (),
        routers: Sequence[APIRouter] = (),
        background: Sequence[Callable[[], Awaitable[None]]] = (),
        warnings: Callable[[], dict[str, str]] = no_warnings,
        rebuild: RebuildPlan | None = None,
    ) -> None:
        """`warnings` says, by part, what is wrong though the service does its work without it.

        `rebuild`: how its state is made again from the log; none for a service that has no state.
        """
        settings = core.settings
        table = Routes(routes)
        limit = DeadLetterLimit(settings.dead_letter_run_max, settings.dead_letter_ratio_max)
        delivery = Delivery(core.name, table, core.committer, core.clock, limit=limit)
        self._core = core
        self.rebuild = rebuild
        owns_watermark = core.name == WatermarkAdvanced.owner
        self._relay = Relay(
            core.name,
            settings.kafka,
            core.database,
            core.committer,
            watermark=Watermark(settings.watermark) if owns_watermark else None,
        )
        self._consumer = Consumer(
            core.name,
            table.topics,
            settings.kafka,
            core.database,
            delivery,
            instance_id=settings.instance_id,
        )
        self._replayer = Replayer(
            core.name, settings.kafka, core.database, core.committer, delivery, clock=core.clock
        )
        self._pools = [WorkPool(kind, core.database, core.committer, core.clock) for kind in work]
        forget = partial(core.commands.forget_old_keys, kept_h=settings.idempotency_key_kept_h)
        self._tickers = [*tickers, Ticker("forget_keys", _FORGET_KEYS_EVERY_S, forget)]
        self._background = tuple(background)
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.app = create_app(core.name, settings, routers, self.troubles, warnings)
        self._http = HttpServer(self.app, settings)

    @property
    def name(self) -> deskstream_contracts.Service:
        """Which of the services it is."""
        return self._core.name

    @property
    def database(self) -> Database:
        """Its own database, opened when it starts."""
        return self._core.database

    @property
    def url(self) -> str:
        """Where the HTTP edge answers, once it runs."""
        return self._http.url

    def troubles(self) -> dict[str, str]:
        """What keeps the service from its work now, by part; empty when it is ready."""
        found = {
            "service": "is stopping" if self._stop.is_set() else None,
            "database": None if self._core.database.is_open else "not reachable yet",
            "consumer": self._consumer.halted or self._consumer.trouble,
            "relay": self._relay.trouble,
        }
        return {part: why for part, why in found.items() if why is not None}

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
            await self._drain()
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
        start("relay", self._relay.run())
        for pool in self._pools:
            start("work", pool.run())
        for ticker in self._tickers:
            start(f"ticker:{ticker.name}", ticker.run(self._core.committer))
        for act in self._background:
            start("background", act())
        start("replay", self._replayer.run())
        start("consumer", self._consumer.run())
        _log.info("service.started", url=self.url)

    async def _database_or_stop(self) -> None:
        """Waits for the database, unless told to stop before it came. Raises when it refuses us."""
        opening = asyncio.create_task(self._core.database.open())
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
        task.add_done_callback(partial(_note_crash, failed))
        self._tasks.append(task)

    async def _drain(self) -> None:
        """Stops taking, finishes what is in hand, sends what it left, leaves the group.

        The consumer's task is ended first: a start that waits for the broker would undo the stop.
        """
        timeout_s = self._core.settings.drain_timeout_s
        _log.info("service.draining")
        await _ended(self._named("consumer"))
        await self._consumer.stop(timeout_s)
        for pool in self._pools:
            pool.drain()
        await _finished(self._named("work"), timeout_s)
        await self._http.stop(timeout_s)
        self._relay.drain()
        await _finished(self._named("relay"), timeout_s)
        await _ended(self._tasks)
        self._tasks.clear()
        with contextlib.suppress(Exception):  # a connection that is broken already
            await self._core.valkey.aclose()
        await self._core.database.close()

    def _named(self, name: str) -> "list[asyncio.Task[None]]":
        return [task for task in self._tasks if task.get_name() == name]


def _note_crash(failed: "asyncio.Future[None]", task: "asyncio.Task[None]") -> None:
    """A part that ends with an error ends the service: the supervisor starts it again."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not failed.done():
        _log.error("service.part_crashed", part=task.get_name(), exc_info=error)
        failed.set_exception(error)


async def _finished(tasks: "Sequence[asyncio.Task[None]]", timeout_s: float) -> None:
    """Waits for tasks to come to their end by themselves, but no longer than this."""
    if tasks:
        await asyncio.wait(tasks, timeout=timeout_s)


async def _ended(tasks: "Sequence[asyncio.Task[None]]") -> None:
    """Cancels tasks and waits until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
