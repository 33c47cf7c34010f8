"""The tasks that a service's parts run in: their crash, and their end."""

import asyncio
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

import structlog

_log = structlog.get_logger()

_CLEAN_UP_STEPS = 4


class Tasks:
    """The tasks of a service's parts; those that a drain ends one after the other stand apart."""

    def __init__(self) -> None:
        self.consumer: list[asyncio.Task[None]] = []
        self.work: list[asyncio.Task[None]] = []
        self.relay: list[asyncio.Task[None]] = []
        self.others: list[asyncio.Task[None]] = []

    def __iter__(self) -> Iterator[asyncio.Task[None]]:
        return chain(self.consumer, self.work, self.relay, self.others)


def start_part(
    failed: "asyncio.Future[None]", name: str, act: Awaitable[None]
) -> "asyncio.Task[None]":
    """Starts a part. If it ends with an error, the service ends: its supervisor restarts it."""
    task = asyncio.ensure_future(act)
    task.set_name(name)
    task.add_done_callback(partial(_note_crash, failed))
    return task


def _note_crash(failed: "asyncio.Future[None]", task: "asyncio.Task[None]") -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None and not failed.done():
        _log.error("service.part_crashed", part=task.get_name(), exc_info=error)
        failed.set_exception(error)


async def finished(tasks: "Sequence[asyncio.Task[None]]", timeout_s: float) -> None:
    """Waits for tasks to come to their end by themselves, but no longer than this."""
    if tasks:
        await asyncio.wait(tasks, timeout=timeout_s)


async def ended(tasks: "Iterable[asyncio.Task[None]]", within_s: float) -> None:
    """Cancels tasks and waits until they are gone.

    One that cleans up and waits there for a frozen broker is cancelled there, too, step by step.
    """
    left = set(tasks)
    for _ in range(_CLEAN_UP_STEPS):
        if not left:
            return
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=within_s / _CLEAN_UP_STEPS)
    for task in left:
        _log.warning("service.part_left_behind", part=task.get_name())
