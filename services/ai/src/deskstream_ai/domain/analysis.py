"""A model's analysis of a message: its sentiment, its intent and its priority."""

from dataclasses import dataclass

from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.events.sentiment import SentimentLabel
from deskstream_contracts.events.ticket import Entity, Priority

VERY = 0.6
"""The absolute score from which a sentiment counts as very strong."""


@dataclass(frozen=True, slots=True)
class SentimentBands:
    """The bounds of neutral: a score is negative up to `negative` and positive from `positive`."""

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
        """From 0.5 at a bound of neutral to 1 at the extremes and in the middle of neutral."""
        if score <= self.negative:
            return 0.5 + 0.5 * (self.negative - score) / (1 + self.negative)
        if score >= self.positive:
            return 0.5 + 0.5 * (score - self.positive) / (1 - self.positive)
        half = (self.positive - self.negative) / 2
        middle = (self.positive + self.negative) / 2
        return 0.5 + 0.5 * (1 - abs(score - middle) / half)


@dataclass(frozen=True, slots=True)
class Sentiment:
    """The mood of a message: `score` from -1 (very negative) to 1 (very positive)."""

    label: SentimentLabel
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Triage:
    """The intent of a message and its priority. `reasons` explain both to a person."""

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
class MessageSummary:
    """The part of an analysis that a draft needs."""

    intent: str
    intent_confidence: float
    sentiment: SentimentLabel
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageAnalysis:
    """Sentiment and triage of a message, with the run of the model that made them."""

    sentiment: Sentiment
    triage: Triage
    run: ModelRun

    @property
    def summary(self) -> MessageSummary:
        triage, label = self.triage, self.sentiment.label
        return MessageSummary(
            triage.intent, triage.intent_confidence, label, triage.language, triage.tags
        )
