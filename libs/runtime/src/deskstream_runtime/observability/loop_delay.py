"""How late the event loop runs what is due: code that computes for long stops all else."""

import asyncio
import time

import structlog

from deskstream_runtime.observability.metrics import LOOP_DELAY_SECONDS

_log = structlog.get_logger()


async def measure_loop_delay(interval_s: float, warn_after_s: float) -> None:
    """Measures until cancelled. A longer delay is logged, as it may cost the group membership."""
    while True:
        # The loop's own clock is read once in a turn of it, and so misses the turn that is late.
        due = time.monotonic() + interval_s
        # This sleep is what is measured: whatever it lasts longer, the loop was not free.
        await asyncio.sleep(interval_s)
        delay_s = max(0.0, time.monotonic() - due)
        LOOP_DELAY_SECONDS.observe(delay_s)
        if delay_s >= warn_after_s:
            _log.warning("event_loop.blocked", delay_s=round(delay_s, 3))
