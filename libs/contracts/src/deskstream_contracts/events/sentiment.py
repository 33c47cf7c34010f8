"""How a customer's message sounds."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from deskstream_contracts.events.model_run import ModelRun
from deskstream_contracts.model import Confidence, HistoricalData, Instant, ServiceName, Tags

SentimentLabel = Literal["very_negative", "negative", "neutral", "positive", "very_positive"]


class SentimentScored(HistoricalData):
    """How a customer's message sounds: `score` from -1 (very negative) to 1 (very positive).

    Of an imported message `occurred_at` is when it was written.
    """

    event_type: ClassVar[str] = "sentiment.scored"
    owner: ClassVar[ServiceName] = "ai"

    message_id: UUID
    label: SentimentLabel
    score: Annotated[float, Field(ge=-1.0, le=1.0)]
    confidence: Confidence
    model: ModelRun
    occurred_at: Instant
    emotions: Tags = ()
