"""The conversation on a ticket: the customer's messages that have no answer yet."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

UNANSWERED_WINDOW = timedelta(hours=24)
_REMEMBERED_MAX = 20


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A customer's message. `version` is the ticket's after it: it orders messages and names them.

    `occurred_at` is when the customer wrote, `accepted_at` when we accepted it.
    """

    version: int
    message_id: UUID
    event_id: UUID
    occurred_at: datetime
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """The customer's messages since our last answer, and that answer.

    An answer is a message to the customer or a resolution. `unanswered` is in the order of versions
    and holds the newest only; `waiting_since` is the first one of them after an answer, for as long
    as it waits.
    """

    unanswered: tuple[InboundMessage, ...] = ()
    waiting_since: InboundMessage | None = None
    last_inbound: InboundMessage | None = None
    answered_version: int = 0
    answered_at: datetime | None = None

    def with_inbound(self, message: InboundMessage) -> "Conversation":
        """The customer wrote. A message seen before, or older than our answer, changes nothing."""
        newest = self.last_inbound
        if newest is None or message.version > newest.version:
            newest = message
        known = {waiting.version for waiting in self.unanswered}
        if message.version <= self.answered_version or message.version in known:
            return self if newest is self.last_inbound else replace(self, last_inbound=newest)
        unanswered = tuple(sorted((*self.unanswered, message), key=lambda each: each.version))
        waiting = self.waiting_since
        if self.answered_version and (waiting is None or message.version < waiting.version):
            waiting = message
        return replace(
            self,
            unanswered=unanswered[-_REMEMBERED_MAX:],
            waiting_since=waiting,
            last_inbound=newest,
        )

    def with_answer(self, version: int, at: datetime) -> "Conversation":
        """We answered, or settled the matter, at this version."""
        if version <= self.answered_version:
            return self
        unanswered = tuple(message for message in self.unanswered if message.version > version)
        return replace(
            self,
            unanswered=unanswered,
            waiting_since=unanswered[0] if unanswered else None,
            answered_version=version,
            answered_at=at,
        )

    @property
    def unanswered_in_window(self) -> int:
        """How many unanswered messages the customer wrote in the 24 hours up to the latest."""
        if not self.unanswered:
            return 0
        opens_at = self.unanswered[-1].occurred_at - UNANSWERED_WINDOW
        return sum(message.occurred_at > opens_at for message in self.unanswered)
