"""The answers a model may give: closed vocabularies and bounded numbers, checked on arrival."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from deskstream_contracts.events.ticket import Priority
from deskstream_contracts.events.understanding import SentimentLabel


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a NUL character, which no event may")
    return text


Words = Annotated[str, AfterValidator(_without_nul)]
Unit = Annotated[float, Field(ge=0, le=1)]
Tag = Literal["possible_injection", "legal", "churn_risk", "repeated_contact"]
Caution = Literal["legal", "money", "safety", "identity", "unsure"]


class UnderstandingAnswer(BaseModel):
    """How a message sounds and what it wants. `intent` is narrowed by `understanding_answer`."""

    model_config = ConfigDict(extra="forbid")

    sentiment: SentimentLabel
    sentiment_score: Annotated[float, Field(ge=-1, le=1)]
    sentiment_confidence: Unit
    intent: str
    intent_confidence: Unit
    priority: Priority
    priority_confidence: Unit
    language: Annotated[str | None, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    tags: Annotated[list[Tag], Field(max_length=4)]
    reasons: Annotated[list[Annotated[Words, Field(max_length=300)]], Field(max_length=3)]


class DraftAnswer(BaseModel):
    """A reply, and the numbers of the passages it rests on; or that the passages do not answer."""

    model_config = ConfigDict(extra="forbid")

    answerable: bool
    body: Annotated[Words, Field(max_length=8_000)]
    confidence: Unit
    language: Annotated[str | None, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    sources: Annotated[list[Annotated[int, Field(ge=1, le=50)]], Field(max_length=10)]
    cautions: Annotated[list[Caution], Field(max_length=5)]


def understanding_answer(intents: tuple[str, ...]) -> type[UnderstandingAnswer]:
    """The answer's type with the intents that may be chosen as a closed list."""
    chosen: Any = Literal[(*intents, "other")]
    return create_model(
        "UnderstandingAnswer",
        __base__=UnderstandingAnswer,
        intent=(chosen, ...),
    )
