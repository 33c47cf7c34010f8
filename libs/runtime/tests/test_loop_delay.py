"""A loop that is blocked is seen from outside."""

import asyncio
import time

from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from deskstream_runtime.observability.loop_delay import measure_loop_delay
from deskstream_runtime.testing.waiting import eventually

NAME = "deskstream_event_loop_delay_seconds"


def _blocked_for_s() -> float:
    return REGISTRY.get_sample_value(f"{NAME}_sum") or 0.0


def _measurements() -> float:
    return REGISTRY.get_sample_value(f"{NAME}_count") or 0.0


async def _measured(block_s: float, warn_after_s: float) -> list[str]:
    """What is logged when the loop was blocked for so long."""
    measured = asyncio.create_task(measure_loop_delay(0.001, warn_after_s))
    try:
        with capture_logs() as logs:
            await asyncio.sleep(0)  # one turn, in which the measurement begins to wait
            before = _measurements()
            time.sleep(block_s)  # noqa: ASYNC251  (it is what is tried)
            await eventually(lambda: _measurements() > before, within_s=10)
    finally:
        measured.cancel()
    return [entry["event"] for entry in logs]


async def test_a_blocked_loop_is_measured_and_told() -> None:
    before_s = _blocked_for_s()
    assert "event_loop.blocked" in await _measured(block_s=0.3, warn_after_s=0.2)
    assert _blocked_for_s() - before_s >= 0.2


async def test_a_short_delay_is_measured_and_not_told() -> None:
    before_s = _blocked_for_s()
    assert await _measured(block_s=0.01, warn_after_s=60) == []
    assert _blocked_for_s() > before_s
