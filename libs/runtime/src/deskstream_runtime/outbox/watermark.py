"""The watermark of a writer: until when everything that was accepted is in the log.

An event gets its time inside the transaction that decides it. So whatever is committed later is
younger than the oldest transaction still open, and what was committed before is in the outbox or in
the log. The relay takes that time first and the outbox after it; when the rows that were there are
acknowledged, the time is true for ever.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from deskstream_contracts import Event
from deskstream_contracts.watermark import WATERMARK_SUBJECT, WatermarkAdvanced
from deskstream_runtime.ids import new_id
from deskstream_runtime.settings import WatermarkSettings

# The sessions of all processes of this service. One that we may not look into (another role's) has
# no state to show: then there is no watermark. A cut-off is taken off as clocks differ, and as a
# transaction that begins now shows itself a moment later.
_UNTIL = """
select case when bool_and(state is not null)
       then least(clock_timestamp(), min(xact_start)) - $1::interval end
from pg_stat_activity
where datname = current_database() and application_name = current_setting('application_name')
  and pid <> pg_backend_pid()
"""
# Asked afterwards: no row that was committed when `_UNTIL` looked has a higher number.
_LAST_SEQ = "select last_value from outbox_seq_seq"


@dataclass(frozen=True, slots=True)
class PendingWatermark:
    """All events timed before `until` have been acknowledged, or are in rows up to `last_seq`."""

    until: datetime
    last_seq: int

    def is_published(self, acknowledged_seq: int | None) -> bool:
        """Whether it is so, now that all rows up to this one were acknowledged; None: all rows."""
        return acknowledged_seq is None or acknowledged_seq >= self.last_seq


class Watermark:
    """The watermarks of one relay, one after the other."""

    def __init__(self, settings: WatermarkSettings) -> None:
        self._settings = settings
        self._pending: PendingWatermark | None = None
        self._next_s = 0.0

    async def look(self, connection: "asyncpg.Connection[Any]") -> None:
        """Takes a watermark if one is due. To be called before the outbox is read."""
        if self._pending is not None or time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + self._settings.interval_s
        margin = timedelta(seconds=self._settings.clocks_differ_max_s)
        until = await connection.fetchval(_UNTIL, margin)
        if until is not None:
            self._pending = PendingWatermark(until, await connection.fetchval(_LAST_SEQ))

    def advanced(self, acknowledged_seq: int | None) -> Event[WatermarkAdvanced] | None:
        """The event to publish, once all rows up to this one are acknowledged (None: all rows)."""
        pending = self._pending
        if pending is None or not pending.is_published(acknowledged_seq):
            return None
        self._pending = None
        return Event(
            id=new_id(),
            subject=WATERMARK_SUBJECT,
            time=pending.until,
            data=WatermarkAdvanced(until=pending.until),
        )
