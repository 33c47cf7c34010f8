"""One model in front, another behind it for when the first has no valid answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog
from purgatory import AsyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from deskstream_ai.domain.message import CustomerMessage, DraftWish, Passage
from deskstream_ai.domain.model import InvalidAnswer, Model, ModelUnavailable
from deskstream_ai.domain.understanding import Draft, Gist, NoDraft, Understanding
from deskstream_contracts.events.model_run import ModelRun

_log = structlog.get_logger()
R = TypeVar("R")

_CAUTION = "model_fallback"


class ModelWithFallback:
    """Asks the first model unless it failed too often of late (circuit breaker), else the second.

    What the second says carries in its run's parameters which model did not answer, and why.
    """

    def __init__(self, first: Model, second: Model, *, failures_max: int, pause_s: float) -> None:
        self._first = first
        self._second = second
        # An invalid answer says nothing of whether the provider is well.
        self._breakers = AsyncCircuitBreakerFactory(
            default_threshold=failures_max, default_ttl=pause_s, exclude=[InvalidAnswer]
        )

    @property
    def id(self) -> str:
        return self._first.id

    async def understand(self, message: CustomerMessage) -> Understanding:
        said, why = await self._try(lambda: self._first.understand(message))
        if said is not None:
            return said
        other = await self._second.understand(message)
        return replace(other, run=self._noted(other.run, why))

    async def draft(
        self,
        message: CustomerMessage,
        gist: Gist,
        wish: DraftWish,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        said, why = await self._try(lambda: self._first.draft(message, gist, wish, passages))
        if said is not None:
            return said
        other = await self._second.draft(message, gist, wish, passages)
        if isinstance(other, NoDraft):
            return replace(other, run=self._noted(other.run, why) if other.run else None)
        cautions = (*other.cautions, _CAUTION)
        return replace(other, run=self._noted(other.run, why), cautions=cautions)

    async def _try(self, ask: Callable[[], Awaitable[R]]) -> tuple[R | None, str]:
        """The first model's answer, or the word for why there is none."""
        try:
            async with await self._breakers.get_breaker(self._first.id):
                return await ask(), ""
        except (ModelUnavailable, InvalidAnswer) as error:
            why = error.reason
        except OpenedState:
            why = "circuit_open"
        _log.warning("model.fallback", model=self._first.id, reason=why)
        return None, why

    def _noted(self, run: ModelRun, why: str) -> ModelRun:
        parameters = run.parameters | {"fallback_from": self._first.id, "fallback_reason": why}
        return run.model_copy(update={"parameters": parameters})
