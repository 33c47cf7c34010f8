"""Sentiment by VADER (Hutto and Gilbert, ICWSM 2014) with a support team's lexicon."""

from typing import Annotated

from pydantic import Field
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from deskstream_ai.adapters.local.text import readable
from deskstream_ai.adapters.local.toml_file import TomlTable
from deskstream_ai.domain.analysis import Sentiment, SentimentBands
from deskstream_contracts.model import Line

WORDS_MAX = 500
"""Only this many words are scored: VADER's time grows with their square. 500 take ≤ 0.1 s."""


class _Bands(TomlTable):
    negative: Annotated[float, Field(gt=-0.6, lt=0)]
    positive: Annotated[float, Field(gt=0, lt=0.6)]


class _Words(TomlTable):
    words: list[Line]
    valence: Annotated[float, Field(ge=-4, le=4)] = 0.0


class _File(TomlTable):
    bands: _Bands
    neutral: _Words
    valences: list[_Words]


class SentimentScorer:
    """Scores texts by a lexicon. Raises pydantic's `ValidationError` for an invalid file."""

    def __init__(self, toml: str) -> None:
        file = _File.parse(toml)
        self._bands = SentimentBands(file.bands.negative, file.bands.positive)
        self._analyzer = SentimentIntensityAnalyzer()
        for group in (file.neutral, *file.valences):
            self._analyzer.lexicon.update(dict.fromkeys(group.words, group.valence))
        emojis: dict[str, str] = self._analyzer.emojis
        self._words_of_emoji = {emoji: len(text.split()) for emoji, text in emojis.items()}

    def score(self, text: str) -> Sentiment:
        """The sentiment of a text. Without a word of the lexicon it is neutral."""
        score: float = self._analyzer.polarity_scores(self.scored_part(text))["compound"]
        confidence = round(self._bands.confidence(score), 3)
        return Sentiment(self._bands.label(score), score, confidence)

    def scored_part(self, text: str) -> str:
        """The text's beginning, of at most `WORDS_MAX` words. VADER reads an emoji as its name."""
        read = readable(text)
        words = 1
        for index, character in enumerate(read):
            words += self._words_of_emoji.get(character, character.isspace())
            if words > WORDS_MAX:
                return read[:index]
        return read
