"""An extractive draft: quoted passages between polite phrases; or the reason for none."""

from collections.abc import Sequence

from deskstream_ai.adapters.local.wording import Wording
from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.draft import Draft, DraftOptions, NoDraft
from deskstream_ai.domain.message import CustomerMessage, Passage
from deskstream_contracts.events.model_run import ModelRun

_LANGUAGE = "en"
_NEARLY_AS_GOOD = 0.8
_SORRY_FOR = ("negative", "very_negative")


def extractive_draft(
    wording: Wording,
    run: ModelRun,
    message: CustomerMessage,
    summary: MessageSummary,
    options: DraftOptions,
    passages: Sequence[Passage],
) -> Draft | NoDraft:
    """Quotes the best passages, which are given best first, or says why there is no draft."""
    language = options.language or summary.language or _LANGUAGE
    if language.split("-")[0].lower() != _LANGUAGE:
        return NoDraft("unsupported_language", f"The local model writes no {language}.", run)
    quoted = _quotable(wording, passages)
    complete = summary.intent in wording.complete_intents
    if not quoted and not complete:
        return NoDraft("no_knowledge", "No public article answers this message.", run)
    tone = wording.tone(options.tone)
    if complete:
        quoted = ()
        confidence = wording.complete_confidence * summary.intent_confidence
    else:
        confidence = quoted[0].score * (0.5 + 0.5 * summary.intent_confidence)
    return Draft(
        body=wording.body(
            tone,
            summary.intent,
            message.customer_name,
            sorry=summary.sentiment in _SORRY_FOR,
            passages=[passage.text for passage in quoted],
        ),
        confidence=round(confidence, 3),
        run=run,
        language=_LANGUAGE,
        tone=tone,
        sources=tuple(passage.as_source() for passage in quoted),
        # It quotes and cannot follow instructions: a human must see that they were not.
        cautions=("instructions_not_followed",) if options.instructions else (),
    )


def _quotable(wording: Wording, passages: Sequence[Passage]) -> tuple[Passage, ...]:
    good = [passage for passage in passages if passage.score >= wording.score_floor]
    if not good:
        return ()
    best = good[0]
    same_article = [
        passage
        for passage in good
        if passage.article_id == best.article_id and passage.score >= _NEARLY_AS_GOOD * best.score
    ]
    return tuple(same_article[: wording.passages_max])
