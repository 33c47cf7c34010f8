"""Intent and priority of a message, by the phrases in it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from deskstream_ai.adapters.local.entities import entities_in
from deskstream_ai.adapters.local.rules import Hit, TriageRules
from deskstream_ai.adapters.local.text import plain_words, readable, stems
from deskstream_ai.domain.analysis import Sentiment, Triage
from deskstream_contracts.events.ticket import Priority

OTHER = "other"
_LEVELS: tuple[Priority, ...] = ("low", "normal", "high", "urgent")
_PHRASES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class _Intent:
    name: str
    confidence: float
    reason: str


def triage(rules: TriageRules, text: str, sentiment: Sentiment, language: str | None) -> Triage:
    """The triage of a text. `reasons` explain each step, and quote the rules but never the text."""
    read = readable(text)
    stemmed = stems(plain_words(read), rules.ignored)
    intent = _intent(rules, rules.intent_phrases.found_in(stemmed))
    rule = rules.intents.get(intent.name)
    urgency = rules.priority_phrases.found_in(stemmed)
    priority, confidence, reasons = _priority(
        rule.priority if rule else "normal", urgency, sentiment
    )
    return Triage(
        intent=intent.name,
        intent_confidence=intent.confidence,
        priority=priority,
        priority_confidence=confidence,
        queue=rule.queue if rule else None,
        language=language,
        tags=tuple(dict.fromkeys(rules.tag_phrases.found_in(stemmed))),
        reasons=(intent.reason, *reasons),
        entities=entities_in(read),
    )


def _intent(rules: TriageRules, hits: Sequence[Hit]) -> _Intent:
    """The intent with the most weight; of equal ones the first in the file.

    The confidence falls with the weight of the runner-up (to 0.5 if both are equal), and if the
    total weight is low.
    """
    weights: defaultdict[str, int] = defaultdict(int)
    for hit in hits:
        weights[hit.intent] += hit.weight
    ranked = sorted(rules.intents, key=lambda name: -weights[name])
    best, second = weights[ranked[0]], weights[ranked[1]] if len(ranked) > 1 else 0
    if best < rules.intent_floor:
        return _Intent(OTHER, 0.3, "No phrase of a known intent was found.")
    name = ranked[0]
    confidence = round(best / (best + second) * min(1.0, 0.4 + 0.2 * best), 3)
    phrases = sorted((h for h in hits if h.intent == name), key=lambda h: -h.weight)
    shown = ", ".join(f"“{hit.phrase}”" for hit in phrases[:_PHRASES_SHOWN])
    return _Intent(name, confidence, f"It is about {name.replace('_', ' ')}: it says {shown}.")


def _priority(
    base: Priority, urgency: Sequence[tuple[Priority, str]], sentiment: Sentiment
) -> tuple[Priority, float, list[str]]:
    """The intent's own priority, raised by urgent phrases and by a negative sentiment."""
    level = _LEVELS.index(base)
    reasons = [f"Messages of this kind have priority {base}."]
    confidence = 0.6
    for priority, phrase in sorted(urgency, key=lambda item: -_LEVELS.index(item[0]))[:1]:
        if _LEVELS.index(priority) > level:
            level = _LEVELS.index(priority)
            reasons.append(f"Raised to {priority}: it says “{phrase}”.")
        confidence = 0.8
    if sentiment.label == "very_negative" and level < _LEVELS.index("high"):
        level = _LEVELS.index("high")
        reasons.append("Raised to high: it sounds very negative.")
    elif sentiment.label == "negative" and level < _LEVELS.index("normal"):
        level = _LEVELS.index("normal")
        reasons.append("Raised to normal: it sounds negative.")
    return _LEVELS[level], confidence, reasons
