"""How long to let records gather before the next batch: one record costs nearly as much as many."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AdaptiveLinger:
    """Waits about as long as the last batch took, within bounds.

    A quiet system answers at once: the first record after a pause waits for nothing, and the next
    for `least_s`. A busy one spends half its time on batches, which grow until they keep up.
    """

    least_s: float
    most_s: float

    def wait_s(self, took_s: float) -> float:
        """The pause after a batch that took `took_s` and was not full."""
        return min(max(took_s, self.least_s), self.most_s)
