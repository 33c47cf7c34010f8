"""For tests of provider models: a message, a passage, and settings for the fake provider."""

from typing import Any
from uuid import UUID

from ai_fake_openai import KEY, MODEL, FakeOpenAI
from pydantic import HttpUrl, SecretStr

from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.message import CustomerMessage, Passage, Turn
from deskstream_ai.settings import OpenAISettings

MESSAGE = CustomerMessage(
    UUID(int=1),
    UUID(int=2),
    "Refund",
    "Where is my refund?",
    "rest",
    customer_id=UUID(int=9),
    customer_name="Maya",
    earlier=(Turn("outbound", "Hello"), Turn("note", "A secret among agents")),
)
SUMMARY = MessageSummary("refund", 0.9, "neutral", "en")
PASSAGE = Passage(UUID(int=3), 2, "a" * 64, "Refunds", "Refunds take five days.", 0.7)


def settings(provider: FakeOpenAI, **changes: Any) -> OpenAISettings:
    return OpenAISettings(
        base_url=HttpUrl(provider.url),
        api_key=SecretStr(KEY),
        model=MODEL,
        timeout_s=15.0,
        answer_tokens_max=500,
        failures_max=3,
        pause_s=60.0,
    ).model_copy(update=changes)
