"""What became of notifications, when the ledger is made again: nothing is sent a second time."""

from collections.abc import Sequence

from deskstream_contracts import Event
from deskstream_contracts.events.notification import NotificationFailed, NotificationSent
from deskstream_notify.adapters import ledger_memory
from deskstream_notify.domain.ended import Told, ended
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

TOLD: tuple[type[Told], ...] = (NotificationSent, NotificationFailed)


class Memory:
    """Our own events into the ledger, behind the handlers that decided what they tell of."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ended(self, tx: Transaction, events: Sequence[Event[Told]]) -> Effects:
        """How notifications ended."""
        await ledger_memory.remember(tx, [ended(event) for event in events], self._clock())
        return NO_EFFECTS
