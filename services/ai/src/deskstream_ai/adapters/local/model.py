"""The local model: a lexicon, rules and quotations."""

import hashlib
import time
from collections.abc import Sequence
from importlib.resources import files

from deskstream_ai.adapters.local.extractive_draft import extractive_draft
from deskstream_ai.adapters.local.language import language_of
from deskstream_ai.adapters.local.rules import TriageRules
from deskstream_ai.adapters.local.sentiment import WORDS_MAX, SentimentScorer
from deskstream_ai.adapters.local.text import TEXT_MAX_CHARS, readable
from deskstream_ai.adapters.local.triage import triage
from deskstream_ai.adapters.local.wording import Wording
from deskstream_ai.domain.analysis import MessageAnalysis, MessageSummary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_contracts.events.model_run import ModelRun

_FILES = ("sentiment.toml", "rules.toml", "drafts.toml")


class LocalModel:
    """Needs no account and no download. Its version is the hash of its files."""

    def __init__(self) -> None:
        folder = files(__package__)
        texts = {name: (folder / name).read_text("utf-8") for name in _FILES}
        self._scorer = SentimentScorer(texts["sentiment.toml"])
        self._rules = TriageRules(texts["rules.toml"])
        self._wording = Wording(texts["drafts.toml"])
        self._version = hashlib.sha256("\n".join(texts.values()).encode()).hexdigest()[:12]

    @property
    def id(self) -> str:
        return f"local:rules:{self._version}"

    @property
    def queues(self) -> dict[str, str]:
        """Every intent of the rules (all but "other"), with the queue that handles it."""
        return {name: rule.queue for name, rule in self._rules.intents.items()}

    async def analyze(self, message: CustomerMessage) -> MessageAnalysis:
        began = time.perf_counter()
        text = message.text
        language = message.language or language_of(readable(text))
        sentiment = self._scorer.score(text)
        triaged = triage(self._rules, text, sentiment, language)
        return MessageAnalysis(sentiment, triaged, self._run(text, began))

    async def draft(
        self,
        message: CustomerMessage,
        summary: MessageSummary,
        options: DraftOptions,
        passages: Sequence[Passage],
    ) -> Draft | NoDraft:
        run = self._run(message.text, time.perf_counter())
        return extractive_draft(self._wording, run, message, summary, options, passages)

    def _run(self, text: str, began: float) -> ModelRun:
        return ModelRun(
            provider="local",
            name="rules",
            version=self._version,
            parameters={
                "text_max_chars": str(TEXT_MAX_CHARS),
                "scored_words_max": str(WORDS_MAX),
            },
            latency_ms=round((time.perf_counter() - began) * 1000, 3),
            input_sha256=hashlib.sha256(text.encode()).hexdigest(),
        )
