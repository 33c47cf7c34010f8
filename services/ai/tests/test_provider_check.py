"""`python -m deskstream_ai check`: one question, and a diagnosis."""

from typing import Any

import pytest
from ai_fake_openai import KEY, MODEL, SNAPSHOT, FakeOpenAI, fake_openai
from ai_misbehavior import CUSTOMERS_WORDS, MISBEHAVIORS
from click.testing import CliRunner
from pydantic import HttpUrl, SecretStr

from deskstream_ai import __main__ as command_line
from deskstream_ai.app import build_checked_model
from deskstream_ai.handlers.provider_check import (
    ANSWERS,
    NO_ANSWER,
    NO_PROVIDER,
    CheckResult,
    check_provider,
)
from deskstream_ai.settings import ModelSettings


def settings(provider: FakeOpenAI, **changes: Any) -> ModelSettings:
    values: dict[str, Any] = {
        "ai_model": "openai",
        "ai_openai_base_url": HttpUrl(provider.url),
        "ai_openai_api_key": SecretStr(KEY),
        "ai_openai_model": MODEL,
    }
    return ModelSettings(**values | changes)


async def check(chosen: ModelSettings) -> CheckResult:
    return await check_provider(chosen.openai(), build_checked_model)


async def test_a_provider_that_answers() -> None:
    async with fake_openai() as provider:
        found = await check(settings(provider))
    assert found.code == ANSWERS
    assert SNAPSHOT in found.text
    assert len(provider.asked) == 1


async def test_no_provider() -> None:
    found = await check(ModelSettings(ai_model="local"))
    assert found.code == NO_PROVIDER
    assert "DESK_AI_MODEL=openai" in found.text


@pytest.mark.parametrize("way", MISBEHAVIORS)
async def test_each_failure_is_named_and_quotes_nobody(way: str) -> None:
    async with fake_openai() as provider:
        provider.behave, reason = MISBEHAVIORS[way]
        patience_s = 0.3 if reason == "timeout" else 15.0
        found = await check(settings(provider, ai_openai_timeout_s=patience_s))
    assert found.code == NO_ANSWER
    assert f"gives no answer: {reason}" in found.text
    assert CUSTOMERS_WORDS not in found.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ai_openai_api_key": SecretStr("sk-wrong")}, "does not accept the key"),
        ({"ai_openai_model": "gpt-nope"}, "status 404, code model_not_found"),
        ({"ai_openai_base_url": HttpUrl("http://127.0.0.1:1/v1")}, "Nothing answers there"),
        ({"ai_openai_base_url": HttpUrl("http://no-such-host.invalid/v1")}, "cannot be resolved"),
    ],
)
async def test_settings_that_are_wrong(changes: dict[str, Any], words: str) -> None:
    async with fake_openai() as provider:
        found = await check(settings(provider, **changes))
    assert found.code == NO_ANSWER
    assert words in found.text
    assert "sk-" not in found.text


async def test_a_provider_without_tls() -> None:
    async with fake_openai() as provider:
        https = HttpUrl(provider.url.replace("http:", "https:"))
        found = await check(settings(provider, ai_openai_base_url=https))
    assert "tls_failed" in found.text


async def test_a_password_in_the_address_is_not_shown() -> None:
    async with fake_openai() as provider:
        address = HttpUrl(provider.url.replace("http://", "http://me:hidden@"))
        found = await check(settings(provider, ai_openai_base_url=address))
    assert "hidden" not in found.text


def test_the_command_ends_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_AI_MODEL", raising=False)
    done = CliRunner().invoke(command_line.check)
    assert done.exit_code == NO_PROVIDER
    assert "local model" in done.output


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_AI_MODEL", "openai")
    monkeypatch.delenv("DESK_AI_OPENAI_API_KEY", raising=False)
    done = CliRunner().invoke(command_line.check)
    assert done.exit_code == 1
    assert "DESK_AI_OPENAI_API_KEY" in done.output
