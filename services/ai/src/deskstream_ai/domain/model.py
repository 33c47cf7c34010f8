"""The port every model stands behind."""

from collections.abc import Sequence
from typing import Protocol

from deskstream_ai.domain.message import CustomerMessage, DraftWish, Passage
from deskstream_ai.domain.understanding import Draft, Gist, NoDraft, Understanding


class ModelUnavailable(Exception):
    """The model did not answer: away, too slow, over its limits. `reason` is a word for which."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class InvalidAnswer(Exception):
    """The model answered, but not with what it was asked for. `reason` says how, in one word."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class Model(Protocol):
    """Says what a message means and proposes answers. It has no tools and changes nothing.

    Both methods raise `ModelUnavailable` or `InvalidAnswer`, and nothing else that can be expected.
    """

    @property
    def id(self) -> str:
        """Provider, name and version: another id means it may answer otherwise."""

    async def understand(self, message: CustomerMessage) -> Understanding:
        """How the message sounds and what it wants."""

    async def draft(
        self,
        message: CustomerMessage,
        gist: Gist,
        wish: DraftWish,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        """An answer from the passages (best first), or the reason why there is none."""
