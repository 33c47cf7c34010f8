"""A primary model, and a fallback for when it has no valid answer."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import structlog

from deskstream_ai.adapters.circuit import Admission, Circuit
from deskstream_ai.adapters.model_health import ModelHealth
from deskstream_ai.domain.analysis import MessageAnalysis, MessageSummary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_ai.domain.model import Model, ModelMisconfigured, ModelUnavailable, NoAnswer
from deskstream_contracts.events.model_run import ModelRun
from deskstream_runtime.clock import Clock, utc_now

_log = structlog.get_logger()
R = TypeVar("R")

_CAUTION = "model_fallback"


class ModelWithFallback:
    """Asks the primary model, or the fallback while the primary's circuit breaker is open.

    The run of a fallback's answer names the primary model in its parameters, and why it failed.
    """

    def __init__(
        self,
        primary: Model,
        fallback: Model,
        *,
        failures_max: int,
        pause_s: float,
        clock: Clock = utc_now,
    ) -> None:
        self._primary = primary
        self._fallback = fallback
        self._circuit = Circuit(failures_max=failures_max, pause_s=pause_s)
        self._health = ModelHealth(primary.id, clock, invalid_max=failures_max)

    def warnings(self) -> dict[str, str]:
        """What is wrong with the primary model now; empty when it answers."""
        warning = self._health.warning()
        return {"model": warning} if warning else {}

    def circuits_open(self) -> int:
        """1 while the primary model is not asked, else 0."""
        return int(self._circuit.is_open)

    @property
    def id(self) -> str:
        return self._primary.id

    async def analyze(self, message: CustomerMessage) -> MessageAnalysis:
        analysis, reason = await self._try(lambda: self._primary.analyze(message))
        if analysis is not None:
            return analysis
        other = await self._fallback.analyze(message)
        return replace(other, run=self._fallback_run(other.run, reason))

    async def draft(
        self,
        message: CustomerMessage,
        summary: MessageSummary,
        options: DraftOptions,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        answer, reason = await self._try(
            lambda: self._primary.draft(message, summary, options, passages)
        )
        if answer is not None:
            return answer
        other = await self._fallback.draft(message, summary, options, passages)
        if isinstance(other, NoDraft):
            return replace(other, run=self._fallback_run(other.run, reason) if other.run else None)
        cautions = (*other.cautions, _CAUTION)
        return replace(other, run=self._fallback_run(other.run, reason), cautions=cautions)

    async def _try(self, ask: Callable[[], Awaitable[R]]) -> tuple[R | None, str]:
        """The primary model's answer, or the reason why there is none."""
        admission = self._circuit.admit()
        if admission is None:
            self._health.skipped()
            return None, "circuit_open"
        try:
            answer = await ask()
        except NoAnswer as error:
            self._failed(admission, error)
            return None, error.reason
        except BaseException:
            self._circuit.abandoned(admission)
            raise
        self._circuit.answered(admission)
        if not self._circuit.is_open:
            self._health.answered()
        if admission.probes:
            _log.info("model.circuit_closed", model=self._primary.id)
        return answer, ""

    def _failed(self, admission: Admission, error: NoAnswer) -> None:
        """Records the failure. An invalid answer shows that the provider works."""
        self._health.failed(error)
        _log.warning(
            "model.fallback", model=self._primary.id, reason=error.reason, detail=error.detail
        )
        was_open = self._circuit.is_open
        if isinstance(error, ModelUnavailable):
            hopeless = isinstance(error, ModelMisconfigured) and error.is_certain
            self._circuit.failed(admission, hung=error.reason == "timeout", hopeless=hopeless)
        else:
            self._circuit.answered(admission)
        if self._circuit.is_open and not was_open:
            _log.warning("model.circuit_opened", model=self._primary.id, reason=error.reason)

    def _fallback_run(self, run: ModelRun, reason: str) -> ModelRun:
        parameters = {"fallback_from": self._primary.id, "fallback_reason": reason}
        return run.model_copy(update={"parameters": run.parameters | parameters})
