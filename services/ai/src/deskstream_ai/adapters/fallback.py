"""One model in front, another behind it for when the first has no valid answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from deskstream_ai.adapters.circuit import Admission, Circuit
from deskstream_ai.adapters.model_trouble import ModelTrouble
from deskstream_ai.domain.analysis import MessageAnalysis, Summary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_ai.domain.model import (
    Model,
    ModelMisconfigured,
    ModelUnavailable,
    NoAnswer,
)
from deskstream_contracts.events.model_run import ModelRun
from deskstream_runtime.clock import Clock, utc_now

_log = structlog.get_logger()
R = TypeVar("R")

_CAUTION = "model_fallback"


class ModelWithFallback:
    """Asks the first model unless it failed too often of late (circuit breaker), else the second.

    What the second says carries in its run's parameters which model did not answer, and why.
    """

    def __init__(
        self,
        first: Model,
        second: Model,
        *,
        failures_max: int,
        pause_s: float,
        clock: Clock = utc_now,
    ) -> None:
        self._first = first
        self._second = second
        self._circuit = Circuit(failures_max=failures_max, pause_s=pause_s)
        self._trouble = ModelTrouble(first.id, clock, invalid_max=failures_max)

    def warnings(self) -> dict[str, str]:
        """What is wrong with the first model now; empty when it answers."""
        words = self._trouble.in_words()
        return {"model": words} if words else {}

    def circuits_open(self) -> int:
        """1 while the first model is left alone, else 0."""
        return int(self._circuit.is_open)

    @property
    def id(self) -> str:
        return self._first.id

    async def analyze(self, message: CustomerMessage) -> MessageAnalysis:
        said, why = await self._try(lambda: self._first.analyze(message))
        if said is not None:
            return said
        other = await self._second.analyze(message)
        return replace(other, run=self._noted(other.run, why))

    async def draft(
        self,
        message: CustomerMessage,
        summary: Summary,
        options: DraftOptions,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        said, why = await self._try(lambda: self._first.draft(message, summary, options, passages))
        if said is not None:
            return said
        other = await self._second.draft(message, summary, options, passages)
        if isinstance(other, NoDraft):
            return replace(other, run=self._noted(other.run, why) if other.run else None)
        cautions = (*other.cautions, _CAUTION)
        return replace(other, run=self._noted(other.run, why), cautions=cautions)

    async def _try(self, ask: Callable[[], Awaitable[R]]) -> tuple[R | None, str]:
        """The first model's answer, or the word for why there is none."""
        admission = self._circuit.admit()
        if admission is None:
            self._trouble.held_back()
            return None, "circuit_open"
        try:
            said = await ask()
        except NoAnswer as error:
            self._failed(admission, error)
            return None, error.reason
        except BaseException:
            self._circuit.abandoned(admission)
            raise
        self._circuit.answered(admission)
        if not self._circuit.is_open:
            self._trouble.answered()
        if admission.probes:
            _log.info("model.answers_again", model=self._first.id)
        return said, ""

    def _failed(self, admission: Admission, error: NoAnswer) -> None:
        """Notes it. An invalid answer says nothing of whether the provider is well."""
        self._trouble.failed(error)
        _log.warning(
            "model.fallback", model=self._first.id, reason=error.reason, detail=error.detail
        )
        was_open = self._circuit.is_open
        if isinstance(error, ModelUnavailable):
            hopeless = isinstance(error, ModelMisconfigured) and error.is_certain
            self._circuit.failed(admission, hung=error.reason == "timeout", hopeless=hopeless)
        else:
            self._circuit.answered(admission)
        if self._circuit.is_open and not was_open:
            _log.warning("model.left_alone", model=self._first.id, reason=error.reason)

    def _noted(self, run: ModelRun, why: str) -> ModelRun:
        parameters = run.parameters | {"fallback_from": self._first.id, "fallback_reason": why}
        return run.model_copy(update={"parameters": parameters})
