"""The parts of a provider's response that are used; all others are ignored.

The library's own types are not used: they accept any text as a completion and fail later, and
providers other than OpenAI leave out half of the fields.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, StringConstraints, ValidationError

from deskstream_ai.adapters.openai.answers import A, without_nul
from deskstream_ai.domain.model import InvalidAnswer, ModelUnavailable
from deskstream_contracts.model import Count


class CompletionMessage(BaseModel):
    """The model's text, or its refusal."""

    content: str | None = None
    refusal: str | None = None


class Choice(BaseModel):
    """One answer; `finish_reason` says whether it is complete."""

    message: CompletionMessage
    finish_reason: str | None = None


class Usage(BaseModel):
    """Tokens of the request and of the response."""

    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None


class Completion(BaseModel):
    """The provider's response. `model` is the model's exact version: names are reassigned."""

    model: Annotated[str, StringConstraints(min_length=1), AfterValidator(without_nul)]
    choices: list[Choice]
    usage: Usage | None = None


def read_completion(body: bytes, content_type: str) -> Completion:
    """Parses a body of status 200. Raises `ModelUnavailable` if it is no completion."""
    try:
        return Completion.model_validate_json(body)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_input=False)):
            html = "html" in content_type.lower() or body.lstrip()[:1] == b"<"
            what = "an HTML page" if html else "not JSON, or incomplete"
            raise ModelUnavailable("not_json", f"the response is {what}") from None
        raise ModelUnavailable("not_a_completion", "the response is no completion") from None


def answer_of(completion: Completion, answer: type[A]) -> A:
    """The answer in a completion, within its limits. Raises `InvalidAnswer`."""
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
