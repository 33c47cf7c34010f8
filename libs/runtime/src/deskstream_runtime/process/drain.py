"""The end of a process: nothing more is taken, work in hand is finished, the rest given back."""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.deadline import Deadline
from deskstream_runtime.http.server import HttpServer
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.process.tasks import Tasks, ended, finished
from deskstream_runtime.work.pool import WorkPool

_log = structlog.get_logger()

# Shares of the time to drain by which each step is over.
_TAKEN_BY, _GIVEN_BACK_BY, _ANSWERED_BY, _SENT_BY, _ENDED_BY = 0.5, 0.6, 0.7, 0.8, 0.95


async def drain(
    infrastructure: Infrastructure,
    tasks: Tasks,
    consumer: Consumer,
    pools: Sequence[WorkPool],
    http: HttpServer,
    relay: Relay,
) -> None:
    """Stops taking, finishes work in hand, sends its events, leaves the group.

    All within `drain_timeout_s`: each step has until its share of that is over, and whatever
    earlier ones left. Work that is not done by then is given back. None of the tasks is left.

    The consumer's task is ended first: a start that waits for the broker would undo the stop.
    """
    deadline = Deadline(infrastructure.settings.drain_timeout_s)
    _log.info("service.draining")
    await ended(tasks.consumer, deadline.left_s(_TAKEN_BY))
    for pool in pools:
        pool.drain()
    await asyncio.gather(
        consumer.stop(deadline.left_s(_TAKEN_BY)),
        finished(tasks.work, deadline.left_s(_TAKEN_BY)),
    )
    for pool in pools:
        pool.interrupt()
    await finished(tasks.work, deadline.left_s(_GIVEN_BACK_BY))
    await http.stop(deadline.left_s(_ANSWERED_BY))
    relay.drain()
    await finished(tasks.relay, deadline.left_s(_SENT_BY))
    await ended(tasks, deadline.left_s(_ENDED_BY))
    with contextlib.suppress(Exception):  # a connection that is broken already
        await infrastructure.valkey.aclose()
    await infrastructure.database.close(deadline.left_s())
