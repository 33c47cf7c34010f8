"""A circuit breaker: opens, stays open, tries once, closes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deskstream_notify.domain.circuit import CLOSED, BreakerPolicy, CircuitState

NOW = datetime(2026, 3, 2, tzinfo=UTC)
POLICY = BreakerPolicy(failures_max=3, open_for=timedelta(seconds=30))
LATER = NOW + POLICY.open_for


def failing(times: int) -> CircuitState:
    state = CLOSED
    for _ in range(times):
        state = state.failed(NOW, POLICY)
    return state


def test_after_too_many_failures_in_a_row_it_opens() -> None:
    assert failing(3).is_open(NOW)
    assert failing(3).is_open(LATER - timedelta(microseconds=1))
    assert not failing(3).is_open(LATER)


def test_fewer_failures_do_not_open_it() -> None:
    assert not failing(2).is_open(NOW)
    assert failing(2).called(NOW, POLICY) == failing(2)


def test_a_closed_circuit_allows_calls_at_any_time() -> None:
    assert CLOSED.called(NOW, POLICY) == CLOSED
    assert not CLOSED.is_open(NOW)


def test_after_a_while_one_call_is_made_and_others_wait_for_its_result() -> None:
    trial = failing(3).called(LATER, POLICY)
    assert trial.is_open(LATER)
    assert trial.failed(LATER, POLICY).is_open(LATER)


def test_a_trial_without_a_result_is_followed_by_another() -> None:
    assert not failing(3).called(LATER, POLICY).is_open(LATER + POLICY.open_for)


def test_a_person_can_half_open_it_but_not_close_it() -> None:
    half_opened = failing(3).half_opened()
    assert not half_opened.is_open(NOW)
    assert half_opened.called(NOW, POLICY).is_open(NOW)


def test_a_failure_is_counted_once() -> None:
    assert failing(2).failures == 2
    assert CLOSED.failures == 0
    assert failing(3).half_opened() == CircuitState(failures=3)


def test_it_is_open_until_the_latest_moment_asked_for() -> None:
    opened = CLOSED.opened_until(LATER)
    assert opened.open_until == LATER
    assert opened.opened_until(NOW) == opened
    assert opened.opened_until(LATER + POLICY.open_for).open_until == LATER + POLICY.open_for


@given(st.lists(st.tuples(st.sampled_from(["failed", "called", "asked"]), st.floats(0, 100))))
def test_nothing_shortens_the_time_it_is_open(
    happenings: list[tuple[str, float]],
) -> None:
    state = CLOSED
    for what, asked_s in happenings:
        before = state.open_until
        match what:
            case "failed":
                state = state.failed(NOW, POLICY)
            case "called":
                state = state.called(NOW, POLICY)
            case "asked":
                state = state.opened_until(NOW + timedelta(seconds=asked_s))
        assert before is None or (state.open_until or NOW) >= before
    assert state.failures == sum(what == "failed" for what, _ in happenings)
