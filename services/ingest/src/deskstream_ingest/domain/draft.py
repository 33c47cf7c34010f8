"""A reply that a model proposed and nobody has sent yet."""

from typing import Literal
from uuid import UUID

from deskstream_contracts.model import Language, Part
from deskstream_ingest.domain.decision import Decision

DraftStatus = Literal["awaited", "open", "approved", "rejected"]
"""awaited: approved by a rule before the draft itself arrived; open: waits for a decision."""


class Draft(Part):
    """`rule` is the one that let it go out alone, if any did; `sent_as` the message it became.

    The body is kept while the draft is open, and is empty before and after, or once erased.
    `decision` says who approved or rejected it (none: before that was kept); `edited`, whether
    another text than the draft's was sent.
    """

    id: UUID
    status: DraftStatus
    body: str = ""
    message_id: UUID | None = None
    language: Language | None = None
    rule: str | None = None
    sent_as: UUID | None = None
    decision: Decision | None = None
    edited: bool = False

    @property
    def is_settled(self) -> bool:
        """A decision was made, and stays."""
        return self.status in ("approved", "rejected")

    @property
    def is_erased(self) -> bool:
        """The text is gone for good, because the person it was for was erased."""
        return self.status == "open" and not self.body
