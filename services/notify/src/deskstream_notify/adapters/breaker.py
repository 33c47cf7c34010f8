"""Circuit breakers: who keeps failing is left alone for a while, and takes nobody else's time.

What is called has one or more fuses. A webhook has two: its subscription's, which any failure
counts against, and its host's, which only being out of reach does; so those who share a host with
one that fails are called as ever.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from deskstream_notify.domain.outcome import Accepted, Outcome, Reason, Refused, Withdrawn
from deskstream_notify.domain.standing import WELL, Patience, Standing
from deskstream_runtime.clock import Clock
from deskstream_runtime.work.kind import Shares

# Standings of those who are gone and were failing when they went are kept until there are so many.
_STANDINGS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Fuse:
    """What fails as one. `troubles`: the refusals that speak against it; none given: any."""

    key: str | UUID
    troubles: frozenset[Reason] | None = None

    def is_blown_by(self, refused: Refused) -> bool:
        """Whether this refusal speaks against it."""
        return self.troubles is None or refused.reason in self.troubles


class Resting(Exception):
    """One of the fuses failed too often, or asked to be left alone; wait `for_s` seconds."""

    def __init__(self, for_s: float) -> None:
        super().__init__("resting")
        self.for_s = for_s


class Breakers:
    """The standing of each fuse that has not answered well of late; of one process, in memory."""

    def __init__(self, failures_max: int, rest_s: float, clock: Clock) -> None:
        self._patience = Patience(failures_max, timedelta(seconds=rest_s))
        self._clock = clock
        self._standings: dict[str | UUID, Standing] = {}

    async def call(
        self,
        fuses: Sequence[Fuse],
        act: Callable[[], Awaitable[Outcome]],
        *,
        asked_max_s: float,
    ) -> Outcome:
        """Runs `act` unless one of the fuses rests, then raises `Resting`.

        The first is the receiver's own: it rests with the others, and for as long as it asks to be
        left alone (`Retry-After`), `asked_max_s` at the most.
        """
        own = fuses[0].key
        now = self._clock()
        ends = (self._of(fuse).rests_until for fuse in fuses)
        until = [end for end in ends if end is not None and end > now]
        if until:
            self._set(own, self._standing(own).resting_until(max(until)))
            raise Resting((max(until) - now).total_seconds())
        for fuse in fuses:
            self._set(fuse.key, self._of(fuse).called(now, self._patience))
        outcome = await act()
        self._note(fuses, outcome, asked_max_s)
        return outcome

    def is_failing(self, fuses: Sequence[Fuse]) -> bool:
        """Whether the last that was heard of one of them was a failure."""
        return any(self._of(fuse).failures for fuse in fuses)

    def lift(self, key: str | UUID) -> None:
        """Ends a rest, as a person wants to see a call made now."""
        if key in self._standings:
            self._standings[key] = self._standings[key].lifted()

    def shares(self) -> Shares:
        """How those are doing who share a pool's places: the fuses known by an id."""
        now = self._clock()
        ids = {key: one for key, one in self._standings.items() if isinstance(key, UUID)}
        resting = {key for key, one in ids.items() if one.rests(now)}
        return Shares(resting=resting, suspect=ids.keys() - resting)

    def receivers_resting(self) -> int:
        """How many of the fuses known by an id rest now: webhook subscriptions."""
        return len(self.shares().resting)

    def hosts_resting(self) -> int:
        """How many of the others do: hosts of webhooks, the mail server."""
        now = self._clock()
        return sum(isinstance(key, str) and one.rests(now) for key, one in self._standings.items())

    def _note(self, fuses: Sequence[Fuse], outcome: Outcome, asked_max_s: float) -> None:
        now = self._clock()
        for fuse in fuses:
            match outcome:
                case Refused() if fuse.is_blown_by(outcome):
                    self._set(fuse.key, self._of(fuse).failed(now, self._patience))
                case Accepted() | Refused():
                    self._standings.pop(fuse.key, None)
                case Withdrawn():
                    pass
        own = fuses[0].key
        if isinstance(outcome, Withdrawn):
            self._standings.pop(own, None)
        if isinstance(outcome, Refused) and outcome.retry_after_s:
            asked = timedelta(seconds=min(outcome.retry_after_s, asked_max_s))
            self._set(own, self._standing(own).resting_until(now + asked))

    def _of(self, fuse: Fuse) -> Standing:
        return self._standing(fuse.key)

    def _standing(self, key: str | UUID) -> Standing:
        return self._standings.get(key, WELL)

    def _set(self, key: str | UUID, standing: Standing) -> None:
        if standing == WELL:
            self._standings.pop(key, None)
            return
        if key not in self._standings and len(self._standings) >= _STANDINGS_MAX:
            del self._standings[next(iter(self._standings))]
        self._standings[key] = standing
