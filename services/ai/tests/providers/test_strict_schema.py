"""Every schema we send is accepted by every provider's strict mode."""

import importlib
import pkgutil
from typing import Annotated, Any, Literal

import pytest
from ai_fake_openai import FakeOpenAI
from ai_provider import MESSAGE, PASSAGE, SUMMARY
from ai_strict_api import not_strict
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, ValidationError, conlist, create_model

import deskstream_ai
from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.adapters.openai.answers import Answer, DraftAnswer, analysis_answer, answer_form
from deskstream_ai.adapters.openai.model import OpenAIModel
from deskstream_ai.adapters.openai.strict_schema import NotStrict, strict_schema
from deskstream_ai.domain.draft import DraftOptions


def every_answer() -> list[type[Answer]]:
    """All types that a model can be asked for: `AnswerForm` accepts no others."""
    for module in pkgutil.walk_packages(deskstream_ai.__path__, "deskstream_ai."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found: list[type[Answer]] = []
    waiting = [Answer]
    while waiting:
        below = waiting.pop().__subclasses__()
        found += [one for one in below if one.__module__.startswith("deskstream_ai")]
        waiting += below
    return found


def test_every_schema_is_strict(local_model: LocalModel) -> None:
    narrowed = analysis_answer(tuple(local_model.queues))
    answers = every_answer()
    assert {narrowed, DraftAnswer} <= set(answers)
    for answer in answers:
        asked = answer_form(answer).response_format["json_schema"]
        assert not_strict(asked["schema"]) is None, answer


async def test_a_strict_provider_accepts_our_requests(
    provider: FakeOpenAI, model: OpenAIModel
) -> None:
    await model.analyze(MESSAGE)
    await model.draft(MESSAGE, SUMMARY, DraftOptions(), [PASSAGE])
    assert (len(provider.asked), provider.refused) == (2, [])


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (DraftAnswer, {"body": "x" * 8_001}),
        (DraftAnswer, {"confidence": 1.01}),
        (DraftAnswer, {"language": "English, of course"}),
        (DraftAnswer, {"sources": [0]}),
        (DraftAnswer, {"sources": [1] * 11}),
        (DraftAnswer, {"cautions": ["legal"] * 6}),
        (DraftAnswer, {"more": 1}),
    ],
)
def test_limits_that_are_not_sent_are_validated(
    answer: type[Answer], wrong: dict[str, Any]
) -> None:
    good = {
        "answerable": True,
        "body": "x",
        "confidence": 1.0,
        "language": None,
        "sources": [1],
        "cautions": [],
    }
    answer.model_validate(good)
    with pytest.raises(ValidationError):
        answer.model_validate(good | wrong)


def made_of(name: str, fields: dict[str, Any]) -> type[BaseModel]:
    content: dict[str, Any] = {field: (kind, ...) for field, kind in fields.items()}
    made: type[BaseModel] = create_model(name, **content)
    return made


LEAVES: list[Any] = [
    Annotated[str, Field(min_length=1, max_length=9, pattern="^a", description="Text")],
    Annotated[int, Field(ge=0, lt=7, multiple_of=2)],
    Annotated[float, Field(gt=0, le=1)],
    Annotated[bool, Field(title="Yes")],
    Literal["one"],
    Literal["one", "two"],
]
kinds = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        inner.map(lambda kind: conlist(kind, min_length=1, max_length=3)),
        inner.map(lambda kind: kind | None),
        st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(
            lambda fields: made_of("Inner", fields)
        ),
    ),
    max_leaves=3,
)


@given(st.dictionaries(st.sampled_from("abc"), kinds, min_size=1))
def test_every_supported_shape_is_strict(fields: dict[str, Any]) -> None:
    assert not_strict(strict_schema(made_of("Made", fields))) is None


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    a: int


class Endless(BaseModel):
    inside: "Endless | None"


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Chosen(BaseModel):
    animal: Annotated[Cat | Dog, Field(discriminator="kind")]


MANY: Any = Literal[tuple(f"value {n}" for n in range(251))]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (create_model("Any", a=(Any, ...)), "of any"),
        (made_of("Mixed", {"a": Literal["one", 2]}), "of several types"),
        (create_model("Map", a=(dict[str, int], ...)), "names all its properties"),
        (create_model("Tuple", a=(tuple[int, str], ...)), "prefixItems"),
        (create_model("Empty"), "names all its properties"),
        (Open, "names all its properties"),
        (Endless, "refers to itself"),
        (Chosen, "oneOf"),
        (made_of("Wide", {f"f{n}": int for n in range(101)}), "at most 100"),
        (create_model("Many", a=(MANY, ...)), "at most 250"),
    ],
)
def test_an_unsupported_shape_is_refused_at_start(answer: type[BaseModel], what: str) -> None:
    with pytest.raises(NotStrict, match=what):
        strict_schema(answer)


def test_an_invalid_name_of_a_schema_is_refused() -> None:
    with pytest.raises(NotStrict, match="not a name for a schema"):
        answer_form(create_model("Größe", __base__=Answer, a=(int, ...)))
