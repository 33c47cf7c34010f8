"""What a provider sends back, as far as it is used; whatever else it holds is ignored.

The library's own types are not asked: they take any text for a completion and fail later, and other
providers than OpenAI leave out half of the fields.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from deskstream_ai.adapters.openai.answers import A, without_nul
from deskstream_ai.domain.model import InvalidAnswer, ModelUnavailable
from deskstream_contracts.model import Count


class Message(BaseModel):
    """What the model says, or that it will not."""

    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    """One answer; `finish_reason` says whether it is whole."""

    message: Message
    finish_reason: str | None = None


class Usage(BaseModel):
    """Tokens of question and answer."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None


class Completion(BaseModel):
    """The provider's answer. `model` is the snapshot that spoke: names of models move."""

    model: Annotated[str, StringConstraints(min_length=1), AfterValidator(without_nul)]
    choices: list[Choice]
    usage: Usage | None = None


def read_completion(body: bytes, content_type: str) -> Completion:
    """The body of an answer with status 200. Raises `ModelUnavailable` for anything else."""
    try:
        return Completion.model_validate_json(body)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_input=False)):
            html = "html" in content_type.lower() or body.lstrip()[:1] == b"<"
            what = "an HTML page" if html else "something that is not JSON, or not all of it"
            raise ModelUnavailable("not_json", f"{what} came instead of an answer") from None
        raise ModelUnavailable("not_a_completion", "JSON of another shape came") from None


def answer_of(completion: Completion, answer: type[A]) -> A:
    """The answer in it, within its limits. Raises `InvalidAnswer`."""
    if not completion.choices:
        raise InvalidAnswer("empty", "the provider sent no choice")
    choice = completion.choices[0]
    if choice.finish_reason == "length":
        raise InvalidAnswer("too_long", "the answer was cut off")
    if choice.finish_reason == "content_filter":
        raise InvalidAnswer("content_filter", "the provider withheld the answer")
    if choice.message.refusal:
        raise InvalidAnswer("refusal", "the model refused to answer")
    if not choice.message.content:
        raise InvalidAnswer("empty", "the answer has no content")
    try:
        return answer.model_validate_json(choice.message.content)
    except ValidationError:
        raise InvalidAnswer("malformed", "the answer does not fit its schema or limits") from None
