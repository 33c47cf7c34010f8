"""Old ledger rows are removed: they hold addresses, and guard nothing that could still be sent."""

from datetime import datetime, timedelta

from deskstream_notify.adapters import webhook_event_repository
from deskstream_notify.adapters.delivery_report_repository import forget_reports
from deskstream_notify.adapters.notification_repository import Ledger
from deskstream_notify.adapters.ticket_words_repository import forget_words
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

EVERY_S = 30.0
_ROWS_MAX = 20_000
# Each is looked up in the ledger, too: 5,000 take a second on a busy machine.
_BODIES_MAX = 5_000
_ALL = 2**62


class Retention:
    """Removes what is older than `kept`, a bounded number of rows at a time.

    What webhooks sent goes before, after `payloads_kept`.
    """

    def __init__(
        self, ledger: Ledger, clock: Clock, kept: timedelta, payloads_kept: timedelta
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._kept = kept
        self._payloads_kept = payloads_kept

    async def act(self, tx: Transaction) -> Effects:
        """One round."""
        await self._forget(tx, self._clock(), _ROWS_MAX, _BODIES_MAX)
        return NO_EFFECTS

    async def all_of_it(self, tx: Transaction, now: datetime) -> None:
        """All that is old by now, for a ledger that was made again from a long log."""
        await self._forget(tx, now, _ALL, _ALL)

    async def _forget(self, tx: Transaction, now: datetime, rows_max: int, bodies_max: int) -> None:
        before = now - self._kept
        await self._ledger.forget(tx, before, rows_max)
        await forget_reports(tx, before, rows_max)
        await webhook_event_repository.forget_bodies(tx, now - self._payloads_kept, bodies_max)
        await webhook_event_repository.forget(tx, before, rows_max)
        await forget_words(tx, before, rows_max)
