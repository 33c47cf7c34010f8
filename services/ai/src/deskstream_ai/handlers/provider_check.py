"""One question to the configured provider, through the adapter that the service uses."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from deskstream_ai.domain.advice import advice
from deskstream_ai.domain.message import CustomerMessage
from deskstream_ai.domain.model import Model, NoAnswer
from deskstream_ai.settings import OpenAISettings

ANSWERS, NO_ANSWER, NO_PROVIDER = 0, 1, 2

_NO_ID = UUID(int=0)
_MESSAGE = CustomerMessage(
    _NO_ID, _NO_ID, "Refund", "I sent the kettle back last week. When do I get my money?", "rest"
)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of the question: a text for people, and an exit code for scripts."""

    code: int
    text: str


async def check_provider(
    chosen: OpenAISettings | None, build: Callable[[OpenAISettings], Model]
) -> CheckResult:
    """Asks for the analysis of an invented message: no text of a customer is sent."""
    if chosen is None:
        return CheckResult(
            NO_PROVIDER,
            "No provider is set: the local model answers everything. To use one, set "
            "DESK_AI_MODEL=openai, DESK_AI_OPENAI_API_KEY and DESK_AI_OPENAI_MODEL.",
        )
    model = build(chosen)
    name = f"{chosen.model} at {_address(chosen)}"
    began = time.perf_counter()
    try:
        analysis = await model.analyze(_MESSAGE)
    except NoAnswer as error:
        return CheckResult(NO_ANSWER, f"{name} gives no answer: {error}. {advice(error)}")
    took_s = time.perf_counter() - began
    return CheckResult(ANSWERS, f"{name} answers: {analysis.run.version}, within {took_s:.1f} s.")


def _address(chosen: OpenAISettings) -> str:
    """The base URL without any password in it."""
    url = chosen.base_url
    return f"{url.scheme}://{url.host}:{url.port}{url.path or '/'}"
