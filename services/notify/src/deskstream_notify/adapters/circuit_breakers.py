"""Circuit breakers: who keeps failing is left alone for a while, and takes nobody else's time.

What is called has one or more fuses. A webhook has two: its subscription's, which any failure
counts against, and its host's, which only being out of reach does; so those who share a host with
one that fails are called as ever.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from deskstream_notify.domain.circuit import CLOSED, BreakerPolicy, CircuitState
from deskstream_notify.domain.send_result import Reason, SendFailed, SendResult, Sent, Withdrawn
from deskstream_runtime.clock import Clock
from deskstream_runtime.work.kind import Shares

# Standings of those who are gone and were failing when they went are kept until there are so many.
_STATES_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Circuit:
    """What fails as one. `troubles`: the refusals that speak against it; none given: any."""

    key: str | UUID
    troubles: frozenset[Reason] | None = None

    def is_tripped_by(self, refused: SendFailed) -> bool:
        """Whether this refusal speaks against it."""
        return self.troubles is None or refused.reason in self.troubles


class CircuitOpen(Exception):
    """One of the fuses failed too often, or asked to be left alone; wait `open_for_s` seconds."""

    def __init__(self, open_for_s: float) -> None:
        super().__init__("resting")
        self.open_for_s = open_for_s


class CircuitBreakers:
    """The standing of each fuse that has not answered well of late; of one process, in memory."""

    def __init__(self, failures_max: int, rest_s: float, clock: Clock) -> None:
        self._policy = BreakerPolicy(failures_max, timedelta(seconds=rest_s))
        self._clock = clock
        self._states: dict[str | UUID, CircuitState] = {}

    async def call(
        self,
        circuits: Sequence[Circuit],
        act: Callable[[], Awaitable[SendResult]],
        *,
        asked_max_s: float,
    ) -> SendResult:
        """Runs `act` unless one of the fuses rests, then raises `CircuitOpen`.

        The first is the receiver's own: it rests with the others, and for as long as it asks to be
        left alone (`Retry-After`), `asked_max_s` at the most.
        """
        own = circuits[0].key
        now = self._clock()
        ends = (self._of(circuit).open_until for circuit in circuits)
        until = [end for end in ends if end is not None and end > now]
        if until:
            self._set(own, self._state_of(own).opened_until(max(until)))
            raise CircuitOpen((max(until) - now).total_seconds())
        for circuit in circuits:
            self._set(circuit.key, self._of(circuit).called(now, self._policy))
        outcome = await act()
        self._note(circuits, outcome, asked_max_s)
        return outcome

    def is_failing(self, circuits: Sequence[Circuit]) -> bool:
        """Whether the last that was heard of one of them was a failure."""
        return any(self._of(circuit).failures for circuit in circuits)

    def half_open(self, key: str | UUID) -> None:
        """Ends a rest, as a person wants to see a call made now."""
        if key in self._states:
            self._states[key] = self._states[key].half_opened()

    def shares(self) -> Shares:
        """How those are doing who share a pool's places: the fuses known by an id."""
        now = self._clock()
        ids = {key: one for key, one in self._states.items() if isinstance(key, UUID)}
        resting = {key for key, one in ids.items() if one.is_open(now)}
        return Shares(resting=resting, suspect=ids.keys() - resting)

    def open_subscriptions(self) -> int:
        """How many of the fuses known by an id rest now: webhook subscriptions."""
        return len(self.shares().resting)

    def open_hosts(self) -> int:
        """How many of the others do: hosts of webhooks, the mail server."""
        now = self._clock()
        return sum(isinstance(key, str) and one.is_open(now) for key, one in self._states.items())

    def _note(self, circuits: Sequence[Circuit], outcome: SendResult, asked_max_s: float) -> None:
        now = self._clock()
        for circuit in circuits:
            match outcome:
                case SendFailed() if circuit.is_tripped_by(outcome):
                    self._set(circuit.key, self._of(circuit).failed(now, self._policy))
                case Sent() | SendFailed():
                    self._states.pop(circuit.key, None)
                case Withdrawn():
                    pass
        own = circuits[0].key
        if isinstance(outcome, Withdrawn):
            self._states.pop(own, None)
        if isinstance(outcome, SendFailed) and outcome.retry_after_s:
            asked = timedelta(seconds=min(outcome.retry_after_s, asked_max_s))
            self._set(own, self._state_of(own).opened_until(now + asked))

    def _of(self, circuit: Circuit) -> CircuitState:
        return self._state_of(circuit.key)

    def _state_of(self, key: str | UUID) -> CircuitState:
        return self._states.get(key, CLOSED)

    def _set(self, key: str | UUID, state: CircuitState) -> None:
        if state == CLOSED:
            self._states.pop(key, None)
            return
        if key not in self._states and len(self._states) >= _STATES_MAX:
            del self._states[next(iter(self._states))]
        self._states[key] = state
