"""Slow or external work: what services need to describe it, and the pool that does it."""

from deskstream_runtime.backoff import backoff_s
from deskstream_runtime.work_kind import (
    AttemptsSpent,
    Finished,
    GivenUp,
    LeasedWork,
    NeverRetry,
    RetryLater,
    Shares,
    WorkKind,
)
from deskstream_runtime.work_pool import WorkPool
from deskstream_runtime.work_rows import payloads_of

__all__ = [
    "AttemptsSpent",
    "Finished",
    "GivenUp",
    "LeasedWork",
    "NeverRetry",
    "RetryLater",
    "Shares",
    "WorkKind",
    "WorkPool",
    "backoff_s",
    "payloads_of",
]
