"""What became of notifications, when the ledger is made again: nothing is sent a second time."""

from collections.abc import Sequence

from deskstream_contracts import Event
from deskstream_contracts.events.notification import NotificationFailed, NotificationSent
from deskstream_notify.adapters import notification_rebuild
from deskstream_notify.domain.rebuilt import OutcomeEvent, ended
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

OUTCOME_EVENTS: tuple[type[OutcomeEvent], ...] = (NotificationSent, NotificationFailed)


class RebuildHandlers:
    """Our own events into the ledger, behind the handlers that decided what they tell of."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def ended(self, tx: Transaction, events: Sequence[Event[OutcomeEvent]]) -> Effects:
        """How notifications ended."""
        await notification_rebuild.remember(tx, [ended(event) for event in events], self._clock())
        return NO_EFFECTS
