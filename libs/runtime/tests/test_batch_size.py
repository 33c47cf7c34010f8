"""How many at once: what is too much is found in few steps, and seldom asked for again."""

from hypothesis import given
from hypothesis import strategies as st

from deskstream_runtime.batch_size import BatchSize


def tries(size: BatchSize, bearable: int, number: int) -> list[int]:
    """The sizes tried by somebody who always has more than enough."""
    tried = []
    for _ in range(number):
        tried.append(size.now)
        (size.passed if size.now <= bearable else size.failed)(size.now)
    return tried


def test_it_halves_down_to_one_and_no_further() -> None:
    assert tries(BatchSize(20), 0, 7) == [20, 10, 5, 2, 1, 1, 1]


def test_it_grows_to_its_most_and_no_further() -> None:
    size = BatchSize(500)
    tries(size, 0, 12)
    assert tries(size, 500, 50)[-1] == 500


def test_less_than_was_allowed_proves_nothing() -> None:
    size = BatchSize(100)
    size.failed(100)
    size.passed(49)
    assert size.now == 50


@given(st.integers(1, 10_000), st.integers(8, 10_000))
def test_somebody_who_bears_less_fails_once_in_four_at_the_most(most: int, bearable: int) -> None:
    size = BatchSize(most)
    tries(size, bearable, 20)
    later = tries(size, bearable, 200)
    assert max(later) <= most
    assert sum(tried > bearable for tried in later) <= 51
