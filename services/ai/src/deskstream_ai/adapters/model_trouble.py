"""What is wrong with the first model now, kept for whoever asks how the service is."""

from datetime import datetime

from deskstream_ai.domain.advice import advice
from deskstream_ai.domain.model import InvalidAnswer, ModelMisconfigured, NoAnswer
from deskstream_runtime.clock import Clock


class ModelTrouble:
    """Since when, why, and how many questions the second model had to answer.

    One invalid answer may be the fault of one customer's text; only so many in a row are trouble.
    """

    def __init__(self, model_id: str, clock: Clock, *, invalid_max: int) -> None:
        self._model_id = model_id
        self._clock = clock
        self._invalid_max = invalid_max
        self._error: NoAnswer | None = None
        self._since: datetime | None = None
        self._fallbacks = 0

    def failed(self, error: NoAnswer) -> None:
        """The model was asked and gave nothing that can be used."""
        self._error = error
        self.held_back()

    def held_back(self) -> None:
        """The model was not asked, since it had failed before."""
        self._since = self._since or self._clock()
        self._fallbacks += 1

    def answered(self) -> None:
        """All is well again."""
        self._error = None
        self._since = None
        self._fallbacks = 0

    def in_words(self) -> str | None:
        """What is wrong and what to do; none when all is well. It quotes nobody."""
        error, since = self._error, self._since
        if error is None or since is None:
            return None
        if isinstance(error, InvalidAnswer) and self._fallbacks < self._invalid_max:
            return None
        kind = "configuration error, " if isinstance(error, ModelMisconfigured) else ""
        return (
            f"{self._model_id} gives no answers: {kind}{error}. {advice(error)} "
            f"The local model has answered {self._fallbacks} questions instead "
            f"(up to two a message) since {since:%Y-%m-%d %H:%M:%S} UTC."
        )
