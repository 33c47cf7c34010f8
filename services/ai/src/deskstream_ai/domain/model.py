"""The port every model stands behind."""

from collections.abc import Sequence
from typing import Protocol

from deskstream_ai.domain.analysis import MessageAnalysis, Summary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage


class NoAnswer(Exception):
    """The model gave nothing that can be used. `reason` says why, in one word.

    `detail` says more, in our words or the provider's vocabulary: it may be shown and logged.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ModelUnavailable(NoAnswer):
    """The model did not answer: away, too slow, over its limits."""


class ModelMisconfigured(ModelUnavailable):
    """The model refuses every question until somebody changes a setting or the account.

    `status` is the HTTP status with which it does.
    """

    def __init__(self, reason: str, detail: str, *, status: int) -> None:
        super().__init__(reason, detail)
        self.status = status

    @property
    def is_certain(self) -> bool:
        """Whether no other question would fare better: it is about who asks, not what is asked."""
        return self.status in {401, 403, 404, 429}


class InvalidAnswer(NoAnswer):
    """The model answered, but not with what it was asked for."""


class Model(Protocol):
    """Says what a message means and proposes answers. It has no tools and changes nothing.

    Both methods raise `ModelUnavailable` or `InvalidAnswer`, and nothing else that can be expected.
    """

    @property
    def id(self) -> str:
        """Provider, name and version: another id means it may answer otherwise."""

    async def analyze(self, message: CustomerMessage) -> MessageAnalysis:
        """How the message sounds and what it wants."""

    async def draft(
        self,
        message: CustomerMessage,
        summary: Summary,
        options: DraftOptions,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        """An answer from the passages (best first), or the reason why there is none."""
