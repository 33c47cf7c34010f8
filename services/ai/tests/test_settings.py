"""Settings that do not fit together are refused at start."""

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from deskstream_ai.settings import Settings
from deskstream_runtime.settings import KafkaSettings, PostgresSettings

BASE: dict[str, Any] = {
    "postgres": PostgresSettings(dsn=SecretStr("postgresql://ai@localhost/ai")),
    "kafka": KafkaSettings(bootstrap="localhost:9092"),
    "valkey_url": "redis://localhost",
    "http_port": 0,
    "api_keys_file": "keys.json",
}


def test_local_needs_nothing_more() -> None:
    assert Settings(**BASE).openai() is None


def test_openai_needs_a_key_and_a_model() -> None:
    with pytest.raises(ValidationError, match="DESK_AI_OPENAI_API_KEY"):
        Settings(**BASE, ai_model="openai", ai_openai_model="gpt")


def test_the_key_is_never_shown() -> None:
    settings = Settings(
        **BASE, ai_model="openai", ai_openai_model="gpt", ai_openai_api_key=SecretStr("sk-secret")
    )
    assert settings.openai() is not None
    assert "sk-secret" not in repr(settings) + repr(settings.openai())


@pytest.mark.parametrize("key", ["sk-a b", "sk-a\n", "sk-\u2026", " sk-a"])
def test_a_key_that_could_not_be_sent_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValidationError, match="that no key has") as refused:
        Settings(**BASE, ai_model="openai", ai_openai_model="gpt", ai_openai_api_key=SecretStr(key))
    assert "sk-" not in str(refused.value)
