"""Circuit breakers: a receiver that keeps failing is not called for a while.

A call passes through one or more circuits. That of a webhook passes through two: its
subscription's, which any failure trips, and its host's, which only an unreachable host does; so
other subscriptions on the host of a failing one are called as usual.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from deskstream_notify.domain.circuit import CLOSED, BreakerPolicy, CircuitState
from deskstream_notify.domain.send_result import Reason, SendFailed, SendResult, Sent, Withdrawn
from deskstream_runtime.clock import Clock
from deskstream_runtime.work.kind import Shares

# Subscriptions that were removed while failing leave their state behind, up to so many.
_STATES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Circuit:
    """Receivers that fail together. `tripped_by`: the reasons that count; None: any."""

    key: str | UUID
    tripped_by: frozenset[Reason] | None = None

    def is_tripped_by(self, failed: SendFailed) -> bool:
        return self.tripped_by is None or failed.reason in self.tripped_by


class CircuitOpen(Exception):
    """No call may be made for `open_for_s` seconds: too many failed, or the receiver said so."""

    def __init__(self, open_for_s: float) -> None:
        super().__init__(f"the circuit is open for {open_for_s:.0f} s")
        self.open_for_s = open_for_s


class CircuitBreakers:
    """The state of each circuit that is not closed, in the memory of one process."""

    def __init__(self, policy: BreakerPolicy, clock: Clock) -> None:
        self._policy = policy
        self._clock = clock
        self._states: dict[str | UUID, CircuitState] = {}

    async def call(
        self,
        circuits: Sequence[Circuit],
        act: Callable[[], Awaitable[SendResult]],
        *,
        asked_max_s: float,
    ) -> SendResult:
        """Runs `act` and notes its result. Raises `CircuitOpen` if one of the circuits is open.

        The first circuit is the receiver's own: it opens with the others, and for as long as the
        receiver asks (`Retry-After`), `asked_max_s` at most.
        """
        own = circuits[0].key
        now = self._clock()
        ends = (self._state_of(circuit.key).open_until for circuit in circuits)
        until = [end for end in ends if end is not None and end > now]
        if until:
            self._set(own, self._state_of(own).opened_until(max(until)))
            raise CircuitOpen((max(until) - now).total_seconds())
        for circuit in circuits:
            self._set(circuit.key, self._state_of(circuit.key).called(now, self._policy))
        result = await act()
        self._note(circuits, result, asked_max_s)
        return result

    def is_failing(self, circuits: Sequence[Circuit]) -> bool:
        """Whether the last call through one of them failed."""
        return any(self._state_of(circuit.key).failures for circuit in circuits)

    def half_open(self, key: str | UUID) -> None:
        """Allows a call now, because a person asked for it."""
        if key in self._states:
            self._states[key] = self._states[key].half_opened()

    def shares(self) -> Shares:
        """Which subscriptions get no slot of the pool now, and which only one."""
        now = self._clock()
        ids = {key: one for key, one in self._states.items() if isinstance(key, UUID)}
        are_open = {key for key, one in ids.items() if one.is_open(now)}
        return Shares(resting=are_open, suspect=ids.keys() - are_open)

    def open_subscriptions(self) -> int:
        """The number of webhook subscriptions whose circuit is open."""
        return len(self.shares().resting)

    def open_hosts(self) -> int:
        """The number of hosts whose circuit is open: those of webhooks, and the mail server."""
        now = self._clock()
        return sum(isinstance(key, str) and one.is_open(now) for key, one in self._states.items())

    def _note(self, circuits: Sequence[Circuit], result: SendResult, asked_max_s: float) -> None:
        now = self._clock()
        for circuit in circuits:
            match result:
                case SendFailed() if circuit.is_tripped_by(result):
                    self._set(circuit.key, self._state_of(circuit.key).failed(now, self._policy))
                case Sent() | SendFailed():
                    self._states.pop(circuit.key, None)
                case Withdrawn():
                    pass
        own = circuits[0].key
        if isinstance(result, Withdrawn):
            self._states.pop(own, None)
        if isinstance(result, SendFailed) and result.retry_after_s:
            asked = timedelta(seconds=min(result.retry_after_s, asked_max_s))
            self._set(own, self._state_of(own).opened_until(now + asked))

    def _state_of(self, key: str | UUID) -> CircuitState:
        return self._states.get(key, CLOSED)

    def _set(self, key: str | UUID, state: CircuitState) -> None:
        if state == CLOSED:
            self._states.pop(key, None)
            return
        if key not in self._states and len(self._states) >= _STATES_MAX:
            del self._states[next(iter(self._states))]
        self._states[key] = state
