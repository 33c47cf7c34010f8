"""Labels and confidences of sentiment scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskstream_ai.domain.analysis import SentimentBands

BANDS = SentimentBands(negative=-0.05, positive=0.4)
ORDER = ["very_negative", "negative", "neutral", "positive", "very_positive"]
scores = st.floats(-1, 1)


@pytest.mark.parametrize(
    ("score", "label"),
    [
        (-1.0, "very_negative"),
        (-0.6, "very_negative"),
        (-0.59, "negative"),
        (-0.05, "negative"),
        (-0.04, "neutral"),
        (0.39, "neutral"),
        (0.4, "positive"),
        (0.6, "very_positive"),
    ],
)
def test_label(score: float, label: str) -> None:
    assert BANDS.label(score) == label


@given(scores, scores)
def test_a_higher_score_never_sounds_worse(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert ORDER.index(BANDS.label(low)) <= ORDER.index(BANDS.label(high))


@given(scores)
def test_confidence_is_from_a_half_to_one(score: float) -> None:
    assert 0.5 - 1e-9 <= BANDS.confidence(score) <= 1.0 + 1e-9


@pytest.mark.parametrize(
    ("score", "confidence"),
    [
        (-1.0, 1.0),
        (-0.525, 0.75),
        (-0.05, 0.5),
        (0.0625, 0.75),
        (0.175, 1.0),
        (0.4, 0.5),
        (0.7, 0.75),
        (1.0, 1.0),
    ],
)
def test_confidence_grows_evenly_from_the_bounds_of_neutral(
    score: float, confidence: float
) -> None:
    assert BANDS.confidence(score) == pytest.approx(confidence)
