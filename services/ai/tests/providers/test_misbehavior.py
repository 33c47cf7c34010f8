"""However the provider fails, each message is answered, and one warning names the reason."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ai_desk import AiDesk, ticket_created, types
from ai_fake_openai import MODEL, FakeOpenAI, answer_well
from ai_misbehavior import CUSTOMERS_WORDS, MISBEHAVIORS
from ai_provider import MESSAGE, settings

from deskstream_ai.adapters.fallback import ModelWithFallback
from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.adapters.openai.client import ChatClient
from deskstream_ai.adapters.openai.model import OpenAIModel
from deskstream_ai.adapters.openai.prompts import load_prompts
from deskstream_ai.domain.model import NoAnswer
from deskstream_runtime.testing.waiting import eventually

TICKETS = 12
every_way = pytest.mark.parametrize("way", MISBEHAVIORS)


@pytest.fixture
async def impatient(
    provider: FakeOpenAI, local_model: LocalModel, way: str
) -> AsyncIterator[OpenAIModel]:
    """A model behind a provider that fails this way, with a short time-out if it hangs."""
    provider.behave, reason = MISBEHAVIORS[way]
    client = ChatClient(settings(provider, timeout_s=0.3 if reason == "timeout" else 15.0))
    yield OpenAIModel(client, load_prompts(), MODEL, local_model.queues)
    await client.close()


@pytest.fixture
def guarded(impatient: OpenAIModel, local_model: LocalModel) -> ModelWithFallback:
    return ModelWithFallback(impatient, local_model, failures_max=3, pause_s=0.05)


@every_way
async def test_each_failure_has_a_reason(impatient: OpenAIModel, way: str) -> None:
    with pytest.raises(NoAnswer) as failed:
        await impatient.analyze(MESSAGE)
    assert failed.value.reason == MISBEHAVIORS[way][1]
    assert CUSTOMERS_WORDS not in str(failed.value)


@every_way
async def test_every_ticket_has_the_local_answer_and_one_warning_says_why(
    guarded: ModelWithFallback, desk: AiDesk, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    reason = MISBEHAVIORS[way][1]
    desk.use(guarded)
    await desk.handle(*(ticket_created(f"{CUSTOMERS_WORDS} {n}") for n in range(TICKETS)))
    assert await desk.perform_work() == []
    events = await desk.outbox()
    assert [types(events).count(kind) for kind in ("sentiment.scored", "ticket.triaged")] == [
        TICKETS,
        TICKETS,
    ]
    assert sum(kind.startswith("reply.draft") for kind in types(events)) == TICKETS
    scored: list[Any] = [e.data for e in events if e.data.event_type == "sentiment.scored"]
    assert {one.model.provider for one in scored} == {"local"}
    [warning] = guarded.warnings().values()
    assert reason in warning
    assert f"{2 * TICKETS} questions" in warning
    assert "model.fallback" in caplog.text
    assert reason in caplog.text
    for text in (warning, caplog.text):
        assert CUSTOMERS_WORDS not in text


@every_way
async def test_it_recovers_by_itself(
    provider: FakeOpenAI, guarded: ModelWithFallback, way: str
) -> None:
    for _ in range(4):
        await guarded.analyze(MESSAGE)
    provider.behave = answer_well

    async def answers_again() -> bool:
        return (await guarded.analyze(MESSAGE)).run.provider == "openai"

    assert await eventually(answers_again, within_s=5)
    assert guarded.warnings() == {}


@pytest.mark.parametrize(
    ("way", "codes"),
    [
        ("refuses the key", "status 401, code invalid_api_key"),
        ("knows no such model", "status 404, code model_not_found"),
        (
            "refuses the schema",
            "status 400, code invalid_request_error, parameter response_format",
        ),
        ("wants to be paid", "status 429, code insufficient_quota"),
        ("is asked too much", "status 429, code rate_limit_exceeded"),
        ("breaks", "status 500, code server_error"),
        ("is overloaded", "status 503, code overloaded"),
        ("is a proxy's error page", "status 502"),
        ("filters the question", "status 400, code content_filter, parameter prompt"),
    ],
)
async def test_the_providers_own_code_and_parameter_are_shown(
    guarded: ModelWithFallback, caplog: pytest.LogCaptureFixture, codes: str
) -> None:
    for _ in range(3):
        await guarded.analyze(MESSAGE)
    assert f"{codes}. " in guarded.warnings()["model"]
    assert codes in caplog.text


@pytest.mark.parametrize(
    ("way", "is_one"), [("refuses the schema", True), ("wants to be paid", True), ("breaks", False)]
)
async def test_only_a_lasting_error_is_called_a_configuration_error(
    guarded: ModelWithFallback, is_one: bool
) -> None:
    await guarded.analyze(MESSAGE)
    assert ("configuration error" in guarded.warnings()["model"]) is is_one


@pytest.mark.parametrize("way", ["filters the question"])
async def test_one_refused_message_is_no_warning(guarded: ModelWithFallback, way: str) -> None:
    await guarded.analyze(MESSAGE)
    assert guarded.warnings() == {}
