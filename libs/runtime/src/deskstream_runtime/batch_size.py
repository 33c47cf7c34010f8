"""The size of batches: halved after a failure, and slowly raised again."""


class BatchSize:
    """Halves when a batch fails, and grows by an eighth with each full one that passes.

    As TCP does with its window: a handler that manages a hundred records in its time is soon given
    about a hundred, and not twice as many at every second try.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.now = most

    def failed(self, count: int) -> None:
        """That many were too much at once, or one of them is to blame."""
        self.now = max(1, count // 2)

    def passed(self, count: int) -> None:
        """That many were fine."""
        if count >= self.now:
            self.now = min(self._most, self.now + max(1, self.now // 8))
