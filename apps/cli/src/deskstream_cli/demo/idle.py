"""Waits until the pipeline is idle."""

import asyncio
import time
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from deskstream_cli.stack.consumer_lag import consumer_lags
from deskstream_cli.stack.errors import StackError
from deskstream_cli.stack.topic_counts import topic_counts
from deskstream_contracts.watermark import WatermarkAdvanced
from deskstream_runtime.kafka.access import KafkaAccess

QUIET_LOOKS = 3
LOOK_EVERY_S = 0.7


async def wait_until_idle(kafka: KafkaAccess, services: Sequence[str], timeout_s: float) -> None:
    """Returns once no service is behind and no topic grows. Raises StackError when it takes longer.

    Work between two facts (a model at work, a mail on its way) shows as a topic that grows later,
    so it has to stay quiet for a while.
    """
    deadline = time.monotonic() + timeout_s
    quiet, before = 0, -1
    while quiet < QUIET_LOOKS:
        if time.monotonic() > deadline:
            raise StackError(
                f"The pipeline was not idle within {timeout_s:g} s: see `desk status`."
            )
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            lags = await consumer_lags(kafka, services)
            counts = await topic_counts(kafka)
        except (KafkaError, TimeoutError):
            quiet = 0
            continue
        # Watermarks advance in an idle pipeline, too.
        total = counts.total() - counts[WatermarkAdvanced.event_type]
        still = total == before and all(lag.partitions and not lag.behind for lag in lags)
        quiet, before = (quiet + 1 if still else 0), total
