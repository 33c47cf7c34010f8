"""Alert batching: alerts about one ticket to one recipient within a few seconds are one mail.

Each alert is a notification with its own work, in the lane of its recipient and ticket. The first
whose turn comes takes the others into its mail. That is committed before the mail is sent, so a
repetition is the same mail, and the others find themselves sent when their turn comes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from deskstream_notify.adapters import attempt_repository
from deskstream_notify.domain.message import AlertMail, TicketWords
from deskstream_notify.handlers.attempts import Attempt
from deskstream_runtime.postgres.connection import Connection
from deskstream_runtime.postgres.database import Database
from deskstream_runtime.work.work_rows import payloads_of


class AlertBatching:
    """Begins attempts at alert mails. `window`: how much later an alert in a batch may be."""

    def __init__(self, database: Database, window: timedelta, *, customer_words: bool) -> None:
        self._database = database
        self._window = window
        self._customer_words = customer_words

    async def begin(
        self, notification_id: UUID, message: AlertMail, now: datetime
    ) -> Attempt[AlertMail] | None:
        """Commits that the mail is about to be sent, and its content; None if it must not be."""
        async with self._database.connection() as connection:
            begun = await attempt_repository.begin_batch(
                connection, notification_id, now, self._window
            )
            if begun is None:
                return None
            others = [one for one in begun.notifications if one != notification_id]
            also = await _messages(connection, others)
            about = await self._about(connection, notification_id, message, begun.words)
        mail = message.model_copy(update={"about": about, "also": also})
        return Attempt(begun.mail_id, mail, begun.number)

    async def _about(
        self, connection: Connection, notification_id: UUID, message: AlertMail, words: str | None
    ) -> TicketWords:
        """The customer's words, if alerts may quote them: those of the first attempt."""
        if not self._customer_words:
            return TicketWords()
        if words is None:
            ticket_id = message.cause.subject
            words = await attempt_repository.save_words(connection, notification_id, ticket_id)
        return TicketWords.model_validate_json(words)


async def _messages(connection: Connection, ids: Sequence[UUID]) -> tuple[AlertMail, ...]:
    if not ids:
        return ()
    payloads = await payloads_of(connection, ids)
    return tuple(AlertMail.model_validate_json(payloads[id_]) for id_ in ids)
