"""Outbox rows to Kafka: one active relay per service, in order, deleted once acknowledged."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog

from deskstream_contracts import ServiceName
from deskstream_runtime.backoff import Backoff
from deskstream_runtime.errors import is_transient
from deskstream_runtime.linger import AdaptiveLinger
from deskstream_runtime.observability.metrics import OUTBOX_FAILED, OUTBOX_RELAYED
from deskstream_runtime.outbox.outbox_rows import OutboxRows
from deskstream_runtime.outbox.own_log import OwnLog
from deskstream_runtime.outbox.record_sender import RecordSender
from deskstream_runtime.outbox.refused_topics import RefusedTopics
from deskstream_runtime.outbox.store import CHANNEL, GAP, unstored
from deskstream_runtime.outbox.watermark import Watermark
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.settings import KafkaSettings

_log = structlog.get_logger()

_LOCK_KEY = 7_305_441_226_690_001
_TRY_LOCK = "select pg_try_advisory_lock($1)"
_NOTIFY = f"notify {CHANNEL}"
_SET_IDLE_TIMEOUT = "select set_config('idle_session_timeout', $1, false)"
_IDLE_MARGIN_MS = 5_000


class Relay:
    """Sends what transactions left in the outbox.

    It finds rows by their presence, never by "after the last one" (a late commit would hide there),
    and never skips a locked row (version 2 of a ticket could pass version 1).
    """

    def __init__(
        self,
        service: ServiceName,
        settings: KafkaSettings,
        database: Database,
        events_stored: asyncio.Event,
        *,
        watermark: Watermark | None = None,
        own_log: OwnLog | None = None,
    ) -> None:
        """`events_stored` is set after each commit of events in this process.

        `watermark`: given where others rely on this service to publish how far it got. `own_log`:
        given where the database must be level with the log before anything is sent.
        """
        self._service = service
        self._watermark = watermark
        self._settings = settings
        self._database = database
        self._own_log = own_log
        self._wake = events_stored
        self._drain_asked = asyncio.Event()
        self._gap_suspected = True
        self._backoff = Backoff()
        self._waiting: str | None = "not started"
        self._refused: RefusedTopics | None = None
        self._watermark_refused: str | None = None
        self._rows: OutboxRows | None = None
        self.is_active = False
        self.last_ack_at: float | None = None

    @property
    def problem(self) -> str | None:
        """Why events wait: all of them, or those of topics that Kafka refuses."""
        found = (
            self._waiting,
            self._refused.problem if self._refused else None,
            self._watermark_refused
            and f"no watermark can be published ({self._watermark_refused}): create its topic",
        )
        return "; ".join(why for why in found if why) or None

    @property
    def lower_bound(self) -> int:
        """No row up to this one is in the outbox; 0 where another process relays."""
        return self._rows.bound.seq if self._rows else 0

    def drain(self) -> None:
        """Send what is there, then return from `run`."""
        self._drain_asked.set()
        self._wake.set()

    async def run(self) -> None:
        """Relays until drained; whatever fails, it starts again from the rows that are left."""
        while True:
            try:
                await self._run_once()
            except Exception as error:
                if not is_transient(error):
                    _log.error("relay.unexpected", exc_info=error)
                OUTBOX_FAILED.labels(type(error).__name__).inc()
                self._waiting = f"events wait in the outbox ({type(error).__name__})"
                _log.warning("relay.waiting", error=type(error).__name__)
                if self._drain_asked.is_set():
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._backoff.next_s()):
                        await self._drain_asked.wait()
            else:
                return

    async def _run_once(self) -> None:
        """One life of a connection, a lock and a sender: an error in any ends all three."""
        connection = await self._database.connect()
        try:
            await self._expire_when_frozen(connection)
            if not await self._lock(connection):
                return
            self.is_active = True
            await connection.add_listener(CHANNEL, self._notified)
            rows = OutboxRows(connection, self._settings.relay_records_max)
            await rows.open()
            self._gap_suspected = True
            self._refused = refused = RefusedTopics(rows, self._new_sender, self._settings)
            await refused.load()
            self._rows = rows
            while not await self._send_all(rows, refused):
                _log.info("relay.new_sender")
        finally:
            self.is_active = False
            self._rows = None
            connection.terminate()

    async def _send_all(self, rows: OutboxRows, refused: RefusedTopics) -> bool:
        """One life of a sender; false when it is spent, and another must continue."""
        sender = self._new_sender()
        try:
            await sender.start()
            drained = await self._relay(rows, refused, sender)
        except BaseException:
            await sender.abandon()
            raise
        else:
            if not drained:
                await sender.abandon()
            return drained
        finally:
            await sender.stop()

    async def _expire_when_frozen(self, connection: "asyncpg.Connection[Any]") -> None:
        """A frozen process must not keep the lock: its session is silent, and Postgres ends it."""
        idle_ms = self._settings.request_timeout_ms + _IDLE_MARGIN_MS
        await connection.execute(_SET_IDLE_TIMEOUT, str(idle_ms))

    async def _lock(self, connection: "asyncpg.Connection[Any]") -> bool:
        """Waits to be the one relay; false when drained before.

        While another process relays, it is notified of commits here, outside the writers'
        transactions: a notification in those cost them a third of their throughput.
        """
        while not await connection.fetchval(_TRY_LOCK, _LOCK_KEY):
            self._waiting = None
            if self._drain_asked.is_set():
                return False
            if self._wake.is_set():
                self._wake.clear()
                await connection.execute(_NOTIFY)
            await self._wait()
        return True

    async def _relay(self, rows: OutboxRows, refused: RefusedTopics, sender: RecordSender) -> bool:
        """Sends what comes until drained; false when the sender is spent."""
        settings, limit = self._settings, self._settings.relay_records_max
        least_ms, most_ms = settings.relay_gather_least_ms, settings.relay_gather_most_ms
        linger = AdaptiveLinger(least_ms / 1000, most_ms / 1000)
        while not sender.is_spent:
            self._wake.clear()
            if self._own_log is not None and self._gap_suspected:
                await self._own_log.close_gap(rows)
                self._gap_suspected = False
            started = time.monotonic()
            if self._watermark is not None:
                await self._watermark.look(rows.connection)
            found = await rows.next()
            if self._own_log is not None:
                self._own_log.relayed_up_to(rows.last_number)
            if found:
                await self._send(found, rows, refused, sender)
            elif self._drain_asked.is_set():
                return True
            else:
                # All that was committed before this read is in the log, or held back.
                self._waiting = None
            more = await refused.retry_due()
            if not refused:
                last = found[-1]["seq"] if len(found) == limit else None
                await self._publish_watermark(sender, last)
            if not found and not more:
                await self._wait()
            elif len(found) < limit and not self._drain_asked.is_set():
                # All there was is sent: what comes meanwhile gathers, and goes in one round trip.
                await asyncio.sleep(linger.wait_s(time.monotonic() - started))
        return False

    async def _send(
        self, found: Sequence[Any], rows: OutboxRows, refused: RefusedTopics, sender: RecordSender
    ) -> None:
        """Sends rows, except those of topics that are held back, or are refused just now."""
        sent = await sender.send([row for row in found if row["topic"] not in refused])
        rows.acknowledged(sent.acks)
        OUTBOX_RELAYED.inc(len(sent.acks))
        if sent.acks:
            self._waiting = None
            self.last_ack_at = time.time()
            self._backoff.reset()
        held = [row["seq"] for row in found if row["topic"] in refused]
        if held or sent.refused:
            await refused.hold([*held, *sent.refused], sent.errors)
        if sent.failure is not None:
            raise sent.failure

    async def _publish_watermark(self, sender: RecordSender, acknowledged_seq: int | None) -> None:
        """Straight to the log: in the outbox it would be one more row to wait for."""
        if self._watermark is None:
            return
        event = self._watermark.advanced(acknowledged_seq)
        if event is not None:
            sent = await sender.send([unstored(event)])
            self._watermark_refused = sent.errors.get(event.type)
            if sent.failure is not None:
                raise sent.failure

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.relay_poll_s):
                await self._wake.wait()

    def _notified(self, *notification: object) -> None:
        """(connection, process, channel, payload): a row was committed, or a gap is suspected."""
        if notification[-1] == GAP:
            self._gap_suspected = True
        self._wake.set()

    def _new_sender(self) -> RecordSender:
        return RecordSender(self._service, self._settings)
