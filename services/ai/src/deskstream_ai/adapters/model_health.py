"""Whether the primary model answers, for the health of the service."""

from datetime import datetime

from deskstream_ai.domain.advice import advice
from deskstream_ai.domain.model import InvalidAnswer, ModelMisconfigured, NoAnswer
from deskstream_runtime.clock import Clock


class ModelHealth:
    """The last error of the model, since when it fails, and how often the fallback answered.

    One invalid answer may be due to one customer's text: only `invalid_max` in a row are a warning.
    """

    def __init__(self, model_id: str, clock: Clock, *, invalid_max: int) -> None:
        self._model_id = model_id
        self._clock = clock
        self._invalid_max = invalid_max
        self._error: NoAnswer | None = None
        self._since: datetime | None = None
        self._fallbacks = 0

    def failed(self, error: NoAnswer) -> None:
        """The model was called and gave no usable answer."""
        self._error = error
        self.skipped()

    def skipped(self) -> None:
        """The model was not called, since it had failed before."""
        self._since = self._since or self._clock()
        self._fallbacks += 1

    def answered(self) -> None:
        """The model answers again."""
        self._error = None
        self._since = None
        self._fallbacks = 0

    def warning(self) -> str | None:
        """The problem and its remedy, without any text of a customer; None if there is none."""
        error, since = self._error, self._since
        if error is None or since is None:
            return None
        if isinstance(error, InvalidAnswer) and self._fallbacks < self._invalid_max:
            return None
        kind = "configuration error, " if isinstance(error, ModelMisconfigured) else ""
        return (
            f"{self._model_id} gives no answers: {kind}{error}. {advice(error)} "
            f"The local model has answered {self._fallbacks} questions instead "
            f"(up to two per message) since {since:%Y-%m-%d %H:%M:%S} UTC."
        )
