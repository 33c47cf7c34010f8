"""What the consumer says of itself: that it reads, or why it does not."""

import structlog

from deskstream_runtime.consuming.log_reader import NoTopicYet
from deskstream_runtime.errors import Standstill

_log = structlog.get_logger()


class ConsumerState:
    """`trouble` is what it waits for by itself; `halted`, what a person has to look at."""

    def __init__(self) -> None:
        self.halted: str | None = None
        self.trouble: str | None = "not started"
        self._batch_failed = False

    def waits(self, error: Exception) -> None:
        """It could not join its group yet."""
        if isinstance(error, NoTopicYet):
            self.trouble = str(error)
        else:
            self.trouble = f"the broker does not answer ({type(error).__name__})"
        _log.warning("consumer.waiting", error=type(error).__name__)

    def pauses(self, error: Exception) -> None:
        """Something went wrong, and is tried again."""
        self.trouble = f"reading is paused ({type(error).__name__})"
        _log.warning("consumer.paused", error=type(error).__name__)

    def batch_fails(self) -> None:
        """Until a batch passes, to be placed again is no end of trouble."""
        self._batch_failed = True

    def halts(self, error: Standstill) -> None:
        """Nothing more is set aside."""
        self.halted = str(error)
        _log.error("consumer.halted", why=self.halted)

    def is_placed(self) -> None:
        """It knows where to read on."""
        if not self._batch_failed:
            self.trouble = None

    def goes_on(self) -> None:
        """It reads, and handles what it reads."""
        self._batch_failed = False
        self.halted = self.trouble = None
