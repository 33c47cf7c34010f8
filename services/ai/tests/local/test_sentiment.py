"""The lexicon on support messages."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from vaderSentiment.vaderSentiment import SentiText

from deskstream_ai.adapters.local.sentiment import WORDS_MAX, SentimentScorer

TOML = (files("deskstream_ai.adapters.local") / "sentiment.toml").read_text("utf-8")
SCORER = SentimentScorer(TOML)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Worst service ever, still waiting after 5 hours!!!", {"very_negative"}),
        ("My order is late", {"negative"}),
        ("The website is broken 😡", {"negative", "very_negative"}),
        ("Could you please tell me your opening times?", {"neutral"}),
        ("I need help with my card please", {"neutral"}),
        ("@united when does boarding start?", {"neutral"}),
        ("Thank you, the crew was fantastic 😍", {"very_positive"}),
        ("I love it, thanks", {"positive", "very_positive"}),
        ("", {"neutral"}),
    ],
)
def test_label(text: str, labels: set[str]) -> None:
    assert SCORER.score(text).label in labels


@given(st.text(max_size=300))
def test_any_text_has_a_score(text: str) -> None:
    sentiment = SCORER.score(text)
    assert -1 <= sentiment.score <= 1
    assert 0 <= sentiment.confidence <= 1


def test_a_very_long_text_is_read_only_at_its_start() -> None:
    assert SCORER.score("fine " * 1_000 + "worst " * 10_000).score > 0


@pytest.mark.parametrize("part", ["😀", "👩‍👧 ", "🤷 not bad\n", "so very bad ", "a ", "!? "])
def test_no_text_has_more_words_than_are_scored(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """4,000 emojis, which are 8,000 words to VADER, took 18 s and stopped the whole service."""
    words: list[str] = []

    def counted(text: SentiText) -> list[str]:
        words[:] = text.text.split()
        return words

    monkeypatch.setattr(SentiText, "_words_and_emoticons", counted)
    SCORER.score(part * 10_000)
    assert WORDS_MAX / 2 < len(words) <= WORDS_MAX


def test_a_text_of_few_words_is_scored_whole() -> None:
    text = "Thanks 😍 " * 50
    assert SCORER.scored_part(text) == text


def test_an_invalid_file_is_refused() -> None:
    with pytest.raises(ValidationError, match="positive"):
        SentimentScorer(TOML.replace("positive = 0.4", "positive = -1"))
