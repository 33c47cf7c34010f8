"""What a model says of a message: how it sounds, what it wants, what could be answered."""

from dataclasses import dataclass, replace

from deskstream_contracts.events.model_run import ModelRun, Source
from deskstream_contracts.events.sentiment import SentimentLabel
from deskstream_contracts.events.ticket import Entity, Priority

VERY = 0.6
"""From here on, either side of zero, a sentiment is a very strong one."""


@dataclass(frozen=True, slots=True)
class SentimentBands:
    """Where neutral ends: a score up to `negative` is negative, from `positive` on positive."""

    negative: float
    positive: float

    def label(self, score: float) -> SentimentLabel:
        """The label of a score from -1 to 1."""
        if score <= -VERY:
            return "very_negative"
        if score <= self.negative:
            return "negative"
        if score >= VERY:
            return "very_positive"
        return "positive" if score >= self.positive else "neutral"

    def confidence(self, score: float) -> float:
        """From 0.5 at the border of neutral to 1 where the score could not be clearer."""
        if score <= self.negative:
            return 0.5 + 0.5 * (self.negative - score) / (1 + self.negative)
        if score >= self.positive:
            return 0.5 + 0.5 * (score - self.positive) / (1 - self.positive)
        half = (self.positive - self.negative) / 2
        middle = (self.positive + self.negative) / 2
        return 0.5 + 0.5 * (1 - abs(score - middle) / half)


@dataclass(frozen=True, slots=True)
class Sentiment:
    """How a message sounds: `score` from -1 (very negative) to 1 (very positive)."""

    label: SentimentLabel
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Triage:
    """What a message wants, and how much it presses."""

    intent: str
    intent_confidence: float
    priority: Priority
    priority_confidence: float
    queue: str | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True)
class Summary:
    """What a draft needs to know of an understood message."""

    intent: str
    intent_confidence: float
    sentiment: SentimentLabel
    language: str | None = None
    tags: tuple[str, ...] = ()


def model_id(run: ModelRun) -> str:
    """Which model ran, in one word."""
    return f"{run.provider}:{run.name}:{run.version}"


@dataclass(frozen=True, slots=True)
class MessageAnalysis:
    """Both, and the run of the model that said so."""

    sentiment: Sentiment
    triage: Triage
    run: ModelRun

    @property
    def model_id(self) -> str:
        """Which model said so, in one word."""
        return model_id(self.run)

    @property
    def summary(self) -> Summary:
        """The understanding in short."""
        said = self.triage
        label = self.sentiment.label
        return Summary(said.intent, said.intent_confidence, label, said.language, said.tags)


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer a model proposes. `cautions` are reasons for a human to look closely."""

    body: str
    confidence: float
    run: ModelRun
    language: str | None = None
    tone: str | None = None
    sources: tuple[Source, ...] = ()
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoDraft:
    """The model has no answer: `reason` in one word."""

    reason: str
    detail: str
    run: ModelRun | None = None


def cautious(draft: Draft, summary: Summary, confidence_low: float) -> Draft:
    """The draft with the cautions that hold whatever model wrote it.

    A message that talks to the machine, or threatens with law, must be seen by a human.
    """
    found: list[str] = [tag for tag in ("possible_injection", "legal") if tag in summary.tags]
    if draft.confidence < confidence_low:
        found.append("low_confidence")
    return replace(draft, cautions=tuple(dict.fromkeys((*draft.cautions, *found))))
