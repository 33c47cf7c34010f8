"""The relevance of a passage to a message."""

import math

_TEXT_SHARE = 0.6
_INTENT_SHARE = 0.4
_HALF_LIFE_WEIGHT = 2.0


def relevance(matched_weight: float, intent_confidence: float, *, same_intent: bool) -> float:
    """From 0 to 1: mostly by shared words, the rest if the article is tagged with the intent.

    `matched_weight` is the sum of the shared words' weights (1 in the title, 0.7 in a tag, 0.3 in
    the text). It saturates: after a few words, more of them add little.
    """
    words = 1 - math.exp(-matched_weight / _HALF_LIFE_WEIGHT)
    intent = intent_confidence if same_intent else 0.0
    return _TEXT_SHARE * words + _INTENT_SHARE * intent
