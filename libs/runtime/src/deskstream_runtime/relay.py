"""Outbox rows to Kafka: one active relay a service, in order, deleted once the broker has them."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import ProducerClosed

from deskstream_contracts import Service, encode
from deskstream_runtime.backoff import Backoff
from deskstream_runtime.commit import Committer
from deskstream_runtime.database import Database
from deskstream_runtime.errors import is_transient
from deskstream_runtime.gathering import Gathering
from deskstream_runtime.kafka_access import KafkaAccess
from deskstream_runtime.metrics import OUTBOX_FAILED, OUTBOX_RELAYED
from deskstream_runtime.outbox import headers_from_text
from deskstream_runtime.settings import KafkaSettings
from deskstream_runtime.watermark import Watermark

_log = structlog.get_logger()

_LOCK_KEY = 7_305_441_226_690_001
_TRY_LOCK = "select pg_try_advisory_lock($1)"
# One round trip forgets what the broker has and finds what comes next.
_NEXT = """
with sent as (delete from outbox where seq = any($1::bigint[]))
select seq, topic, partition, key, headers, value from outbox
where seq <> all($1::bigint[]) order by seq limit $2
"""
_CHANNEL = "deskstream_outbox"
_NOTIFY = f"notify {_CHANNEL}"
_SET_IDLE_TIMEOUT = "select set_config('idle_session_timeout', $1, false)"
_IDLE_MARGIN_MS = 5_000
_STOP_TIMEOUT_S = 5.0


class Relay:
    """Sends what transactions left in the outbox.

    It finds rows by their presence, never by "after the last one" (a late commit would hide there),
    and never skips a locked row (version 2 of a ticket could pass version 1).
    """

    def __init__(
        self,
        service: Service,
        settings: KafkaSettings,
        database: Database,
        committer: Committer,
        *,
        watermark: Watermark | None = None,
    ) -> None:
        """`watermark`: given where others count on this service to say how far it published."""
        self._service = service
        self._watermark = watermark
        self._settings = settings
        self._database = database
        self._wake = committer.events_stored
        self._drain_asked = asyncio.Event()
        self.trouble: str | None = "not started"

    def drain(self) -> None:
        """Send what is there, then return from `run`."""
        self._drain_asked.set()
        self._wake.set()

    async def run(self) -> None:
        """Relays until drained; whatever fails, it starts again from the rows that are left."""
        backoff = Backoff()
        while True:
            try:
                await self._run_once(backoff)
            except Exception as error:
                if not is_transient(error):
                    _log.error("relay.unexpected", exc_info=error)
                OUTBOX_FAILED.labels(type(error).__name__).inc()
                self.trouble = f"events wait in the outbox ({type(error).__name__})"
                _log.warning("relay.waiting", error=type(error).__name__)
                if self._drain_asked.is_set():
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(backoff.next_s()):
                        await self._drain_asked.wait()
            else:
                return

    async def _run_once(self, backoff: Backoff) -> None:
        """One life of a connection, a lock and a producer: an error in any ends all three."""
        connection = await self._database.connect()
        try:
            await self._expire_when_frozen(connection)
            if not await self._lock(connection):
                return
            await connection.add_listener(_CHANNEL, self._notified)
            producer = self._new_producer()
            try:
                await producer.start()
                self.trouble = None
                backoff.reset()
                await self._relay(connection, producer)
            except BaseException:
                await _stopped_within(_abandon(producer), "sender")
                raise
            finally:
                await _stopped_within(producer.stop(), "producer")
        finally:
            connection.terminate()

    async def _expire_when_frozen(self, connection: "asyncpg.Connection[Any]") -> None:
        """A frozen process must not keep the lock: its session is silent, and Postgres ends it."""
        idle_ms = self._settings.request_timeout_ms + _IDLE_MARGIN_MS
        await connection.execute(_SET_IDLE_TIMEOUT, str(idle_ms))

    async def _lock(self, connection: "asyncpg.Connection[Any]") -> bool:
        """Waits to be the one relay; false when drained before.

        While another process relays, it is told of what is committed here, outside the writers'
        transactions: a notification in those cost them a third of their throughput.
        """
        while not await connection.fetchval(_TRY_LOCK, _LOCK_KEY):
            self.trouble = None
            if self._drain_asked.is_set():
                return False
            if self._wake.is_set():
                self._wake.clear()
                await connection.execute(_NOTIFY)
            await self._wait()
        return True

    async def _relay(
        self, connection: "asyncpg.Connection[Any]", producer: AIOKafkaProducer
    ) -> None:
        limit = self._settings.relay_records_max
        gathering = Gathering(
            self._settings.relay_gather_least_ms / 1000, self._settings.relay_gather_most_ms / 1000
        )
        sent: list[int] = []
        while True:
            self._wake.clear()
            started = time.monotonic()
            if self._watermark is not None:
                await self._watermark.look(connection)
            rows = await connection.fetch(_NEXT, sent, limit)
            OUTBOX_RELAYED.inc(len(sent))
            if rows:
                await self._send(producer, rows)
            elif self._drain_asked.is_set():
                return
            sent = [row["seq"] for row in rows]
            await self._tell_watermark(producer, None if len(rows) < limit else sent[-1])
            if not rows:
                await self._wait()
            elif len(rows) < limit and not self._drain_asked.is_set():
                # All there was is sent: what comes meanwhile gathers, and goes in one round trip.
                await asyncio.sleep(gathering.wait_s(time.monotonic() - started))

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[Any]) -> None:
        """Sends rows in order and waits until the broker has them all.

        Bounded here: aiokafka itself waits for a broker that is away as long as that takes.
        """
        async with asyncio.timeout(self._settings.request_timeout_ms / 1000):
            acks = [
                await producer.send(
                    row["topic"],
                    value=row["value"],
                    key=row["key"],
                    partition=row["partition"],
                    headers=headers_from_text(row["headers"]),
                )
                for row in rows
            ]
            await asyncio.gather(*acks)

    async def _tell_watermark(
        self, producer: AIOKafkaProducer, acknowledged_seq: int | None
    ) -> None:
        """Straight to the log: in the outbox it would be one more row to wait for."""
        if self._watermark is None:
            return
        event = self._watermark.advanced(acknowledged_seq)
        if event is not None:
            record = encode(event)
            async with asyncio.timeout(self._settings.request_timeout_ms / 1000):
                await producer.send_and_wait(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    partition=record.partition,
                    headers=record.headers,
                )

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._settings.relay_poll_s):
                await self._wake.wait()

    def _notified(self, *_: object) -> None:
        self._wake.set()

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            **KafkaAccess(self._settings.bootstrap, self._settings.security).client_options(),
            client_id=f"deskstream-{self._service}-relay",
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            max_batch_size=131_072,
            max_request_size=1_048_576,
            request_timeout_ms=self._settings.request_timeout_ms,
        )


async def _abandon(producer: AIOKafkaProducer) -> None:
    """Ends a failed producer without what it still holds: `stop` would send that first.

    So it would pass the rows that failed. All of them are sent again from the outbox, in order.
    aiokafka has no public way to end a producer at once.
    """
    producer._message_accumulator.fail_all(ProducerClosed())
    if producer._sender is not None:
        await producer._sender.close()


async def _stopped_within(stopping: Any, what: str) -> None:
    """Stops a client that may hang on a broker that is away."""
    try:
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            await stopping
    except Exception as error:
        _log.warning("relay.stop_failed", what=what, error=type(error).__name__)
