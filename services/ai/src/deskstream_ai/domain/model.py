"""The port that every model implements."""

from collections.abc import Sequence
from typing import Protocol

from deskstream_ai.domain.analysis import MessageAnalysis, MessageSummary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage


class NoAnswer(Exception):
    """The model gave no usable answer. `reason` is a code for why.

    `detail` explains it in our words and the provider's codes: it may be shown and logged.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class ModelUnavailable(NoAnswer):
    """The model did not answer: unreachable, too slow, or over its limits."""


class ModelMisconfigured(ModelUnavailable):
    """Every call is refused, with HTTP `status`, until a setting or the account is changed."""

    def __init__(self, reason: str, detail: str, *, status: int) -> None:
        super().__init__(reason, detail)
        self.status = status

    @property
    def is_certain(self) -> bool:
        """Whether any other call would fail too: the status is about the account, not the call."""
        return self.status in {401, 403, 404, 429}


class InvalidAnswer(NoAnswer):
    """The model answered, but not in the requested form."""


class Model(Protocol):
    """Analyzes messages and proposes replies. It has no tools and changes nothing.

    Both methods raise `ModelUnavailable` or `InvalidAnswer`.
    """

    @property
    def id(self) -> str:
        """Provider, name and version: models with different ids may answer differently."""

    async def analyze(self, message: CustomerMessage) -> MessageAnalysis:
        """The sentiment and the triage of the message."""

    async def draft(
        self,
        message: CustomerMessage,
        summary: MessageSummary,
        options: DraftOptions,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        """A reply based on the passages (best first), or the reason why there is none."""
