"""Whether the consumer joins its group again and again, and so hardly reads."""

from collections import deque

from deskstream_runtime.clock import Clock
from deskstream_runtime.observability.metrics import REBALANCES

_WINDOW_S = 60.0


class Rejoins:
    """Counts the times partitions were assigned in the last minute.

    Others that come and go in a deployment are a few. Two processes with one instance id take the
    membership from each other every second, for ever: Kafka lets the newer one in, and the client
    of the older joins again.
    """

    def __init__(self, clock: Clock, per_minute_max: int) -> None:
        self._clock = clock
        self._per_minute_max = per_minute_max
        self._moments: deque[float] = deque(maxlen=per_minute_max + 1)

    def assigned(self) -> None:
        REBALANCES.inc()
        self._moments.append(self._clock().timestamp())

    def problem(self, instance_id: str | None) -> str | None:
        """Why this is too often; None when it is not."""
        since = self._clock().timestamp() - _WINDOW_S
        if sum(moment > since for moment in self._moments) <= self._per_minute_max:
            return None
        text = f"joined its group more than {self._per_minute_max} times in a minute"
        if instance_id is None:
            return f"{text}: look at the broker and at other members of the group"
        return f"{text}: does another process run with DESK_INSTANCE_ID={instance_id}?"
