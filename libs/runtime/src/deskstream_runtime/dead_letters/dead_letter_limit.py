"""When to stop dead-lettering: then the cause is not in the records."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from deskstream_runtime.errors import Halt

_WINDOW_RECORDS = 2_000


class DeadLetterLimitReached(Halt):
    """So many records were refused that the cause is most likely ours or their producer's."""


@dataclass(frozen=True, slots=True)
class DeadLetterLimit:
    """Counts dead letters and says when to stop: a long run of them, or too large a share.

    The share is that of the last `_WINDOW_RECORDS` or so; it counts once `run_max` records are
    dead, so that the first bad record of a quiet topic is not a share of 100 %.
    """

    run_max: int
    ratio_max: float
    run: int = 0
    dead: float = 0.0
    total: float = 0.0

    def admit(self, outcomes: Sequence[bool]) -> "tuple[int, DeadLetterLimit]":
        """How many of the next records may be taken, and the count after those.

        `outcomes` says of each, in order, whether it is dead. The first dead one past the limit is
        not admitted, nor is anything behind it.
        """
        kept = 0.5 if self.total >= _WINDOW_RECORDS else 1.0
        run, dead, total = self.run, self.dead * kept, self.total * kept
        for admitted, is_dead in enumerate(outcomes):
            if is_dead and self._is_passed(run + 1, dead + 1, total + 1):
                return admitted, replace(self, run=run, dead=dead, total=total)
            run = run + 1 if is_dead else 0
            dead += is_dead
            total += 1
        return len(outcomes), replace(self, run=run, dead=dead, total=total)

    def reached(self) -> DeadLetterLimitReached:
        """The error when a record was not admitted."""
        return DeadLetterLimitReached(
            f"{self.run} records in a row could not be taken (limit {self.run_max}), "
            f"{self.dead / max(self.total, 1):.0%} of the last ones (limit {self.ratio_max:.0%}). "
            "No further one is dead-lettered: look at the dead letters, fix the cause and restart, "
            "or skip records with `desk positions skip`."
        )

    def _is_passed(self, run: int, dead: float, total: float) -> bool:
        share_counts = dead > self.run_max
        return run > self.run_max or (share_counts and dead / total > self.ratio_max)
