"""Latencies in few numbers."""

from collections.abc import Sequence

from pydantic import BaseModel


class Latency(BaseModel):
    """Percentiles of measured times, in milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float

    def __str__(self) -> str:
        return f"p50 {self.p50_ms:.1f} ms, p99 {self.p99_ms:.1f} ms"


def latency(times_s: Sequence[float]) -> Latency | None:
    """Percentiles by nearest rank; nothing when nothing was measured."""
    if not times_s:
        return None
    ordered = sorted(times_s)
    return Latency(
        count=len(ordered),
        p50_ms=_at(ordered, 0.50) * 1000,
        p99_ms=_at(ordered, 0.99) * 1000,
        max_ms=ordered[-1] * 1000,
    )


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
