"""The database server freezes in mid-import and resumes: nothing lost, doubled or parked."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from log_and_views import assert_log_and_views_agree, assert_nothing_parked
from ticket_import import imported, mid_import
from whole_stack import WholeStack

from deskstream_cli.stack.service_readiness import ServiceReadiness
from deskstream_contracts.topics import SERVICES
from deskstream_runtime.testing.waiting import eventually

ROWS = 200
FREEZE_AFTER_TICKETS = 30


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process and all that it started stand still; none starts another meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    stopped = [pid]
    try:
        for child in psutil.Process(pid).children(recursive=True):
            os.kill(child.pid, signal.SIGSTOP)
            stopped.append(child.pid)
        yield
    finally:
        for one in reversed(stopped):
            os.kill(one, signal.SIGCONT)


@pytest.mark.faults
async def test_postgres_frozen_in_mid_import(stack: WholeStack, tmp_path: Path) -> None:
    source = "frozen_postgres"

    def none_is_ready() -> bool:
        return not any(ServiceReadiness.read(stack.state.ports[name]).ready for name in SERVICES)

    async with mid_import(stack, tmp_path, source, ROWS, FREEZE_AFTER_TICKETS):
        with frozen(stack.pid("postgres")):
            # They notice after the time-out of a statement: so it is frozen for longer than that.
            await eventually(none_is_ready, within_s=90, what="five services that say so")
    tickets = await imported(stack, source, ROWS)
    await assert_log_and_views_agree(stack, tickets)
    await assert_nothing_parked(stack, tickets)
