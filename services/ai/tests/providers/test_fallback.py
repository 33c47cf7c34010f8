"""The local model answers when the provider has no valid answer."""

import pytest
from ai_fake_openai import MODEL, FakeOpenAI, error, good_analysis
from ai_provider import MESSAGE, PASSAGE, SUMMARY

from deskstream_ai.adapters.fallback import ModelWithFallback
from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.adapters.openai.model import OpenAIModel
from deskstream_ai.domain.draft import Draft, DraftOptions
from deskstream_runtime.testing.waiting import eventually


@pytest.fixture
def guarded(model: OpenAIModel, local_model: LocalModel) -> ModelWithFallback:
    return ModelWithFallback(model, local_model, failures_max=3, pause_s=60.0)


async def test_the_local_model_answers_instead_and_says_so(
    provider: FakeOpenAI, guarded: ModelWithFallback
) -> None:
    provider.behave = lambda _: error(500, "server_error", "oops")
    analysis = await guarded.analyze(MESSAGE)
    assert analysis.run.provider == "local"
    assert analysis.run.parameters["fallback_reason"] == "server_error"
    assert analysis.run.parameters["fallback_from"].startswith(f"openai:{MODEL}")
    draft = await guarded.draft(MESSAGE, SUMMARY, DraftOptions(), [PASSAGE])
    assert isinstance(draft, Draft)
    assert "model_fallback" in draft.cautions


async def test_an_answer_of_the_primary_model_is_unchanged(
    provider: FakeOpenAI, guarded: ModelWithFallback
) -> None:
    analysis = await guarded.analyze(MESSAGE)
    assert analysis.run.provider == "openai"
    assert "fallback_from" not in analysis.run.parameters


async def test_after_some_failures_the_provider_is_not_asked(
    provider: FakeOpenAI, guarded: ModelWithFallback
) -> None:
    provider.behave = lambda _: error(500, "server_error", "oops")
    reasons = [(await guarded.analyze(MESSAGE)).run.parameters["fallback_reason"] for _ in range(5)]
    assert reasons == ["server_error"] * 3 + ["circuit_open"] * 2
    assert guarded.circuits_open() == 1
    assert len(provider.asked) == 3


async def test_invalid_answers_do_not_open_the_circuit(
    provider: FakeOpenAI, guarded: ModelWithFallback
) -> None:
    provider.behave = lambda _: "{not json"
    for _ in range(5):
        assert (await guarded.analyze(MESSAGE)).run.parameters["fallback_reason"] == "malformed"
    assert len(provider.asked) == 5


async def test_the_circuit_closes_again_after_the_pause(
    provider: FakeOpenAI, model: OpenAIModel, local_model: LocalModel
) -> None:
    guarded = ModelWithFallback(model, local_model, failures_max=1, pause_s=0.05)
    assert guarded.circuits_open() == 0
    provider.behave = lambda _: error(500, "server_error", "oops")
    await guarded.analyze(MESSAGE)
    provider.behave = lambda _: good_analysis()

    async def answered_by_the_provider() -> bool:
        return (await guarded.analyze(MESSAGE)).run.provider == "openai"

    assert await eventually(answered_by_the_provider, within_s=5)
