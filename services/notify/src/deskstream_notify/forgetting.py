"""Old ledger rows are removed: they hold addresses, and guard nothing that could still be sent."""

from datetime import timedelta

from deskstream_notify.adapters import webhook_events
from deskstream_notify.adapters.delivery_reports import forget_reports
from deskstream_notify.adapters.ledger import Ledger
from deskstream_notify.adapters.ticket_words import forget_words
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NOTHING, Effects, Transaction

EVERY_S = 30.0
_ROWS_MAX = 20_000
# Each is looked up in the ledger, too: 5,000 take a second on a busy machine.
_BODIES_MAX = 5_000


class Forgetting:
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
        now = self._clock()
        before = now - self._kept
        await self._ledger.forget(tx, before, _ROWS_MAX)
        await forget_reports(tx, before, _ROWS_MAX)
        await webhook_events.forget_bodies(tx, now - self._payloads_kept, _BODIES_MAX)
        await webhook_events.forget(tx, before, _ROWS_MAX)
        await forget_words(tx, before, _ROWS_MAX)
        return NOTHING
