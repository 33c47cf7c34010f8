"""Alerts about one ticket to one reader that come close together are one mail.

Each alert has its row in the ledger and its piece of work, in a lane of the reader and the ticket.
The first whose turn comes tells the rest too, and the ledger notes that before the mail is sent: so
it is the same mail at any repetition. Those behind find themselves told when their turn comes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from deskstream_notify.adapters.notification_repository import BatchAttempt, Ledger
from deskstream_notify.domain.message import AlertMail, TicketWords
from deskstream_notify.handlers.workers import Attempt
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.work.work_rows import payloads_of


class AlertBatching:
    """Puts alerts together when the first of them is sent."""

    def __init__(
        self, database: Database, ledger: Ledger, gather: timedelta, *, customer_words: bool
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._gather = gather
        self._customer_words = customer_words

    async def begin(
        self, notification_id: UUID, message: AlertMail, now: datetime
    ) -> Attempt[AlertMail] | None:
        """Commits that the mail is about to be sent, and what it tells."""
        begun = await self._ledger.begin_batch(notification_id, now, self._gather)
        if begun is None:
            return None
        others = await self._messages([one for one in begun.told if one != notification_id])
        about = await self._about(notification_id, message, begun)
        mail = message.model_copy(update={"about": about, "also": tuple(others)})
        return Attempt(begun.mail_id, mail, begun.number)

    async def _messages(self, ids: Sequence[UUID]) -> list[AlertMail]:
        if not ids:
            return []
        async with self._database.connection() as connection:
            payloads = await payloads_of(connection, ids)
        return [AlertMail.model_validate_json(payloads[id_]) for id_ in ids]

    async def _about(
        self, notification_id: UUID, message: AlertMail, begun: BatchAttempt
    ) -> TicketWords:
        """The customer's words, if they may be told: those of the first attempt."""
        if not self._customer_words:
            return TicketWords()
        about = begun.about
        if about is None:
            about = await self._ledger.note_about(notification_id, message.cause.subject)
        return TicketWords.model_validate_json(about)
