"""The relevance of a passage."""

from hypothesis import given
from hypothesis import strategies as st

from deskstream_ai.domain.relevance import relevance

weights = st.floats(0, 50)
confidences = st.floats(0, 1)


@given(weights, confidences, st.booleans())
def test_it_is_from_zero_to_one(weight: float, confidence: float, same: bool) -> None:
    assert 0 <= relevance(weight, confidence, same_intent=same) <= 1


@given(weights, weights, confidences)
def test_more_shared_words_never_fit_worse(one: float, other: float, confidence: float) -> None:
    low, high = sorted((one, other))
    assert relevance(low, confidence, same_intent=True) <= relevance(
        high, confidence, same_intent=True
    )


def test_the_same_intent_counts_by_its_confidence() -> None:
    assert relevance(1, 0.9, same_intent=True) > relevance(1, 0.3, same_intent=True)
    assert relevance(1, 0.9, same_intent=False) == relevance(1, 0.3, same_intent=False)
