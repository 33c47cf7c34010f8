"""When setting records aside stops: a run of them or a large share, never on a quiet topic."""

from hypothesis import given
from hypothesis import strategies as st

from deskstream_runtime.dead_letters.dead_letter_limit import (
    DeadLetterLimit,
    DeadLetterLimitReached,
)

GOOD, DEAD = False, True


def admitted(limit: DeadLetterLimit, *batches: list[bool]) -> list[int]:
    numbers = []
    for outcomes in batches:
        number, limit = limit.admit(outcomes)
        numbers.append(number)
    return numbers


def test_a_run_is_admitted_up_to_the_limit_and_no_further() -> None:
    assert admitted(DeadLetterLimit(3, 1.0), [DEAD] * 5) == [3]
    assert admitted(DeadLetterLimit(3, 1.0), [DEAD] * 3, [GOOD, DEAD]) == [3, 2]


def test_a_run_goes_on_over_batches() -> None:
    assert admitted(DeadLetterLimit(3, 1.0), [DEAD] * 2, [DEAD], [DEAD]) == [2, 1, 0]


def test_a_good_record_ends_a_run() -> None:
    batch = [DEAD, DEAD, GOOD] * 50
    assert admitted(DeadLetterLimit(3, 1.0), batch) == [len(batch)]


def test_good_records_before_the_limit_are_admitted() -> None:
    assert admitted(DeadLetterLimit(2, 1.0), [GOOD, GOOD, DEAD, DEAD, DEAD, GOOD]) == [4]


def test_a_share_counts_once_there_are_enough_dead() -> None:
    batch = [GOOD, DEAD] * 50
    (number,) = admitted(DeadLetterLimit(10, 0.25), batch)
    assert batch[:number].count(DEAD) == 10


def test_a_small_share_never_stops() -> None:
    batch = ([GOOD] * 49 + [DEAD]) * 10
    assert admitted(DeadLetterLimit(5, 0.05), *[batch] * 30) == [len(batch)] * 30


def test_the_first_bad_record_of_a_quiet_topic_stops_nothing() -> None:
    assert admitted(DeadLetterLimit(100, 0.01), [DEAD], [GOOD], [DEAD]) == [1, 1, 1]


def test_what_is_said_names_the_limits() -> None:
    _, limit = DeadLetterLimit(2, 1.0).admit([DEAD] * 3)
    error = limit.reached()
    assert isinstance(error, DeadLetterLimitReached)
    assert "2 records in a row" in str(error)
    assert "limit 2" in str(error)


@given(
    st.integers(1, 20),
    st.floats(0.01, 1.0),
    st.lists(st.lists(st.booleans(), min_size=1, max_size=60), max_size=12),
)
def test_what_is_admitted_keeps_to_the_limit(
    run_max: int, ratio_max: float, batches: list[list[bool]]
) -> None:
    """Whatever comes, no run grows past its limit, and only a dead record is ever refused."""
    limit = DeadLetterLimit(run_max, ratio_max)
    taken: list[bool] = []
    for outcomes in batches:
        number, limit = limit.admit(outcomes)
        taken += outcomes[:number]
        if number < len(outcomes):
            assert outcomes[number] is DEAD
            break
    longest, run = 0, 0
    for is_dead in taken:
        run = run + 1 if is_dead else 0
        longest = max(longest, run)
    assert longest <= run_max
    if taken.count(DEAD) > run_max:
        assert taken.count(DEAD) / len(taken) <= ratio_max + 1 / len(taken)


@given(st.integers(1, 20), st.lists(st.booleans(), max_size=200))
def test_how_records_are_cut_into_batches_changes_nothing(
    run_max: int, outcomes: list[bool]
) -> None:
    one_batch, _ = DeadLetterLimit(run_max, 0.3).admit(outcomes)
    limit, one_by_one = DeadLetterLimit(run_max, 0.3), 0
    for outcome in outcomes:
        number, limit = limit.admit([outcome])
        one_by_one += number
        if not number:
            break
    assert one_by_one == one_batch
