"""How a process ends: nothing more is taken, what is in hand is finished, the rest given back."""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog

from deskstream_runtime.consuming.consumer import Consumer
from deskstream_runtime.deadline import Deadline
from deskstream_runtime.http.server import HttpServer
from deskstream_runtime.infrastructure import Infrastructure
from deskstream_runtime.outbox.relay import Relay
from deskstream_runtime.process.tasks import ended, finished
from deskstream_runtime.work.pool import WorkPool

_log = structlog.get_logger()

# Shares of the time to drain by which each step is over.
_TAKEN_BY, _GIVEN_BACK_BY, _ANSWERED_BY, _SENT_BY, _ENDED_BY = 0.5, 0.6, 0.7, 0.8, 0.95


async def drain(
    infrastructure: Infrastructure,
    tasks: "list[asyncio.Task[None]]",
    consumer: Consumer,
    pools: Sequence[WorkPool],
    http: HttpServer,
    relay: Relay,
) -> None:
    """Stops taking, finishes what is in hand, sends what it left, leaves the group.

    All within `drain_timeout_s`: each step has until its share of that is over, and whatever
    earlier ones left. Work that is not done by then is given back. `tasks` are those of the parts,
    told apart by their names; none is left.

    The consumer's task is ended first: a start that waits for the broker would undo the stop.
    """
    deadline = Deadline(infrastructure.settings.drain_timeout_s)
    _log.info("service.draining")
    await ended(_named("consumer", tasks), deadline.left_s(_TAKEN_BY))
    for pool in pools:
        pool.drain()
    await asyncio.gather(
        consumer.stop(deadline.left_s(_TAKEN_BY)),
        finished(_named("work", tasks), deadline.left_s(_TAKEN_BY)),
    )
    for pool in pools:
        pool.interrupt()
    await finished(_named("work", tasks), deadline.left_s(_GIVEN_BACK_BY))
    await http.stop(deadline.left_s(_ANSWERED_BY))
    relay.drain()
    await finished(_named("relay", tasks), deadline.left_s(_SENT_BY))
    await ended(tasks, deadline.left_s(_ENDED_BY))
    tasks.clear()
    with contextlib.suppress(Exception):  # a connection that is broken already
        await infrastructure.valkey.aclose()
    await infrastructure.database.close(deadline.left_s())


def _named(name: str, tasks: "Sequence[asyncio.Task[None]]") -> "list[asyncio.Task[None]]":
    return [task for task in tasks if task.get_name() == name]
