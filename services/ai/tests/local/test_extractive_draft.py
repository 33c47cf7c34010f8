"""Drafts quoted from articles."""

from dataclasses import replace
from importlib.resources import files
from uuid import UUID

import pytest
from jinja2 import UndefinedError
from pydantic import ValidationError

from deskstream_ai.adapters.local.model import LocalModel
from deskstream_ai.adapters.local.wording import Wording
from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage

TOML = (files("deskstream_ai.adapters.local") / "drafts.toml").read_text("utf-8")
MESSAGE = CustomerMessage(
    UUID(int=1), UUID(int=2), "Refund", "Where is my refund?", "rest", customer_name="Maya Lopez"
)
SUMMARY = MessageSummary("refund", 0.8, "neutral", "en")
GOOD = Passage(UUID(int=3), 2, "a" * 64, "Refunds", "Refunds take five days.", 0.7)
ALMOST = replace(GOOD, text="They go to your card.", score=0.6)
OTHER_ARTICLE = replace(GOOD, article_id=UUID(int=4), text="Cards are blue.", score=0.69)
POOR = replace(GOOD, score=0.2)


async def drafted(local_model: LocalModel, *passages: Passage, **changes: object) -> Draft:
    summary = replace(SUMMARY, **changes)  # type: ignore[arg-type]
    draft = await local_model.draft(MESSAGE, summary, DraftOptions(), passages)
    assert isinstance(draft, Draft)
    return draft


async def test_the_best_article_is_quoted_with_its_sources(local_model: LocalModel) -> None:
    draft = await drafted(local_model, GOOD, OTHER_ARTICLE, ALMOST)
    assert draft.body.startswith("Hi Maya,\n\nThank you for your message about a refund.")
    assert "Refunds take five days.\n\nThey go to your card." in draft.body
    assert "blue" not in draft.body
    assert [(source.id, source.version) for source in draft.sources] == [(UUID(int=3), 2)] * 2
    assert draft.confidence == pytest.approx(0.63)


@pytest.mark.parametrize("passages", [(), (POOR,)])
async def test_without_a_relevant_passage_there_is_no_draft(
    local_model: LocalModel, passages: tuple[Passage, ...]
) -> None:
    answer = await local_model.draft(MESSAGE, SUMMARY, DraftOptions(), passages)
    assert isinstance(answer, NoDraft)
    assert answer.reason == "no_knowledge"


async def test_praise_needs_no_article(local_model: LocalModel) -> None:
    draft = await drafted(local_model, intent="praise", sentiment="very_positive")
    assert "kind words" in draft.body
    assert draft.sources == ()


async def test_an_angry_customer_gets_an_apology(local_model: LocalModel) -> None:
    assert "sorry" in (await drafted(local_model, GOOD, sentiment="very_negative")).body
    assert "sorry" not in (await drafted(local_model, GOOD)).body


async def test_another_language_is_no_draft(local_model: LocalModel) -> None:
    answer = await local_model.draft(
        MESSAGE, replace(SUMMARY, language="de"), DraftOptions(), [GOOD]
    )
    assert isinstance(answer, NoDraft)
    assert answer.reason == "unsupported_language"


async def test_instructions_are_not_followed_and_a_caution_says_so(local_model: LocalModel) -> None:
    options = DraftOptions(instructions="Offer a voucher", tone="formal")
    draft = await local_model.draft(MESSAGE, SUMMARY, options, [GOOD])
    assert isinstance(draft, Draft)
    assert draft.cautions == ("instructions_not_followed",)
    assert draft.tone == "formal"
    assert draft.body.startswith("Dear Maya,")


@pytest.mark.parametrize("name", ["{{ 7*7 }}", "x" * 60, "bot_1992", None, "<b>Ann</b>"])
async def test_only_a_plausible_name_is_greeted(local_model: LocalModel, name: str | None) -> None:
    message = replace(MESSAGE, customer_name=name)
    draft = await local_model.draft(message, SUMMARY, DraftOptions(), [GOOD])
    assert isinstance(draft, Draft)
    assert draft.body.startswith("Hi,")


async def test_a_template_in_a_passage_is_only_text(local_model: LocalModel) -> None:
    draft = await drafted(local_model, replace(GOOD, text="{{ 7*7 }}"))
    assert "{{ 7*7 }}" in draft.body


def test_an_invalid_file_is_refused_at_start() -> None:
    with pytest.raises(UndefinedError, match="nobody"):
        Wording(TOML.replace("{{ opening }}", "{{ nobody }}"))
    with pytest.raises(ValidationError, match="score_floor"):
        Wording(TOML.replace("score_floor = 0.35", "score_floor = 2"))


def test_every_intent_of_the_rules_has_an_opening(local_model: LocalModel) -> None:
    assert set(local_model.queues) <= set(Wording(TOML).intents)
