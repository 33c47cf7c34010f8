"""One question to the configured provider, through the adapter that the service uses."""

import time
from dataclasses import dataclass
from uuid import UUID

from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.app import build_provider_model
from deskstream_ai.domain.advice import advice
from deskstream_ai.domain.message import CustomerMessage
from deskstream_ai.domain.model import NoAnswer
from deskstream_ai.settings import ModelSettings, OpenAISettings

ANSWERS, NO_ANSWER, NO_PROVIDER = 0, 1, 2

_NOBODY = UUID(int=0)
_MESSAGE = CustomerMessage(
    _NOBODY, _NOBODY, "Refund", "I sent the kettle back last week. When do I get my money?", "rest"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of the question, in plain words, and the exit code that says so to a script."""

    code: int
    words: str


async def check_provider(settings: ModelSettings) -> Finding:
    """Asks what a made-up message means. No word of a customer leaves the house."""
    chosen = settings.openai()
    if chosen is None:
        return Finding(
            NO_PROVIDER,
            "No provider is set: the local model answers everything. To use one, set "
            "DESK_AI_MODEL=openai, DESK_AI_OPENAI_API_KEY and DESK_AI_OPENAI_MODEL.",
        )
    model = build_provider_model(chosen, LocalModel())
    who = f"{chosen.model} at {_address(chosen)}"
    began = time.perf_counter()
    try:
        said = await model.analyze(_MESSAGE)
    except NoAnswer as error:
        return Finding(NO_ANSWER, f"{who} gives no answer: {error}. {advice(error)}")
    took_s = time.perf_counter() - began
    return Finding(ANSWERS, f"{who} answers: {said.run.version}, within {took_s:.1f} s.")


def _address(chosen: OpenAISettings) -> str:
    """The base URL without a password that somebody may have put in it."""
    url = chosen.base_url
    return f"{url.scheme}://{url.host}:{url.port}{url.path or '/'}"
