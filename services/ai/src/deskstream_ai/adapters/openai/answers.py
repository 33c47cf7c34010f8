"""The answers of a model: closed vocabularies and bounded numbers, validated on arrival."""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, create_model

from deskstream_ai.adapters.openai.strict_schema import NotStrict, strict_schema
from deskstream_contracts.events.sentiment import SentimentLabel
from deskstream_contracts.events.ticket import Priority
from deskstream_contracts.model import Language


def without_nul(text: str) -> str:
    """The text. Raises ValueError for a NUL character, which no event may hold."""
    if "\x00" in text:
        raise ValueError("holds a NUL character, which no event may")
    return text


Words = Annotated[str, AfterValidator(without_nul)]
Unit = Annotated[float, Field(ge=0, le=1)]
Tag = Literal["possible_injection", "legal", "churn_risk", "repeated_contact"]
Caution = Literal["legal", "money", "safety", "identity", "unsure"]


_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


class Answer(BaseModel):
    """An answer that a model is asked for. Its limits are validated on arrival, and never sent."""

    model_config = ConfigDict(extra="forbid")


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class AnswerForm(Generic[A]):
    """An answer's type, and the `response_format` that asks for it in strict mode."""

    answer: type[A]
    response_format: Any


def answer_form(answer: type[A]) -> AnswerForm[A]:
    """The only way to make a form. Raises `NotStrict` for a type that a provider would refuse."""
    name = answer.__name__
    if not _NAME.fullmatch(name):
        raise NotStrict(f"{name!r} is not a name for a schema: up to 64 letters, digits, _ and -")
    schema = {"name": name, "strict": True, "schema": strict_schema(answer)}
    return AnswerForm(answer, {"type": "json_schema", "json_schema": schema})


class AnalysisAnswer(Answer):
    """Sentiment, intent and priority of a message. `analysis_answer` narrows `intent`."""

    sentiment: SentimentLabel
    sentiment_score: Annotated[float, Field(ge=-1, le=1)]
    sentiment_confidence: Unit
    intent: str
    intent_confidence: Unit
    priority: Priority
    priority_confidence: Unit
    language: Language | None
    tags: Annotated[list[Tag], Field(max_length=4)]
    reasons: Annotated[list[Annotated[Words, Field(max_length=300)]], Field(max_length=3)]


class DraftAnswer(Answer):
    """A reply with the numbers of the passages it is based on; or that no passage answers."""

    answerable: bool
    body: Annotated[Words, Field(max_length=8_000)]
    confidence: Unit
    language: Language | None
    sources: Annotated[list[Annotated[int, Field(ge=1, le=50)]], Field(max_length=10)]
    cautions: Annotated[list[Caution], Field(max_length=5)]


def analysis_answer(intents: tuple[str, ...]) -> type[AnalysisAnswer]:
    """The answer's type with a closed list of intents."""
    chosen: Any = Literal[(*intents, "other")]
    # The name is part of the request: under another one a model may answer differently.
    return create_model("UnderstandingAnswer", __base__=AnalysisAnswer, intent=(chosen, ...))
