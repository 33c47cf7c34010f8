"""Retention: old rows hold addresses, and guard nothing that could still be sent."""

from datetime import datetime, timedelta

from deskstream_notify.adapters import (
    delivery_report_repository,
    notification_repository,
    ticket_words_repository,
    webhook_event_repository,
)
from deskstream_runtime.clock import Clock
from deskstream_runtime.effects import NO_EFFECTS, Effects
from deskstream_runtime.postgres.connection import Transaction

EVERY_S = 30.0
_ROWS_MAX = 20_000
# For each of these the notifications are searched, too: 5,000 take a second on a busy machine.
_BODIES_MAX = 5_000
_ALL = 2**62


class Retention:
    """Deletes rows older than `kept`, and the bodies of webhooks' events after `payloads_kept`."""

    def __init__(self, clock: Clock, kept: timedelta, payloads_kept: timedelta) -> None:
        self._clock = clock
        self._kept = kept
        self._payloads_kept = payloads_kept

    async def delete_some(self, tx: Transaction) -> Effects:
        """Deletes a bounded number of old rows."""
        await self._delete(tx, self._clock(), _ROWS_MAX, _BODIES_MAX)
        return NO_EFFECTS

    async def delete_all(self, tx: Transaction, now: datetime) -> None:
        """Deletes all rows that are old now, after a rebuild from a long log."""
        await self._delete(tx, now, _ALL, _ALL)

    async def _delete(self, tx: Transaction, now: datetime, rows_max: int, bodies_max: int) -> None:
        before = now - self._kept
        await notification_repository.delete_old(tx, before, rows_max)
        await delivery_report_repository.delete_old(tx, before, rows_max)
        bodies_before = now - self._payloads_kept
        await webhook_event_repository.delete_old_bodies(tx, bodies_before, bodies_max)
        await webhook_event_repository.delete_old(tx, before, rows_max)
        await ticket_words_repository.delete_old(tx, before, rows_max)
