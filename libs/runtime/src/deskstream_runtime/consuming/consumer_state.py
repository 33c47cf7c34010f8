"""The state of the consumer, for health: it reads, or why it does not."""

import structlog

from deskstream_runtime.consuming.log_reader import NoTopicYet
from deskstream_runtime.errors import Halt

_log = structlog.get_logger()


class ConsumerState:
    """`problem` is what it waits for by itself; `halted`, what a person has to look at."""

    def __init__(self) -> None:
        self.halted: str | None = None
        self.problem: str | None = "not started"
        self._batch_failed = False

    def waits(self, error: Exception) -> None:
        """It could not join its group yet."""
        if isinstance(error, NoTopicYet):
            self.problem = str(error)
        else:
            self.problem = f"the broker does not answer ({type(error).__name__})"
        _log.warning("consumer.waiting", error=type(error).__name__)

    def pauses(self, error: Exception) -> None:
        """Something went wrong, and is tried again."""
        self.problem = f"reading is paused ({type(error).__name__})"
        _log.warning("consumer.paused", error=type(error).__name__)

    def batch_fails(self) -> None:
        """Until a batch passes, new positions do not end the problem."""
        self._batch_failed = True

    def halts(self, error: Halt) -> None:
        """No further record is parked or dead-lettered."""
        self.halted = str(error)
        _log.error("consumer.halted", why=self.halted)

    def is_positioned(self) -> None:
        if not self._batch_failed:
            self.problem = None

    def works(self) -> None:
        """It reads, and handles what it reads."""
        self._batch_failed = False
        self.halted = self.problem = None
