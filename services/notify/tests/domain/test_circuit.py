"""A circuit breaker: opens, stays open, tries once, closes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deskstream_notify.domain.circuit import CLOSED, BreakerPolicy, CircuitState

NOW = datetime(2026, 3, 2, tzinfo=UTC)
POLICY = BreakerPolicy(failures_max=3, rest=timedelta(seconds=30))
LATER = NOW + POLICY.rest


def failing(times: int) -> CircuitState:
    state = CLOSED
    for _ in range(times):
        state = state.failed(NOW, POLICY)
    return state


def test_after_too_many_failures_in_a_row_it_rests():
    assert failing(3).is_open(NOW)
    assert failing(3).is_open(LATER - timedelta(microseconds=1))
    assert not failing(3).is_open(LATER)


def test_fewer_failures_are_no_reason_to_rest():
    assert not failing(2).is_open(NOW)
    assert failing(2).called(NOW, POLICY) == failing(2)


def test_one_that_answers_well_is_called_at_any_time():
    assert CLOSED.called(NOW, POLICY) == CLOSED
    assert not CLOSED.is_open(NOW)


def test_after_the_rest_one_call_is_made_and_others_wait_for_its_end():
    trial = failing(3).called(LATER, POLICY)
    assert trial.is_open(LATER)
    assert trial.failed(LATER, POLICY).is_open(LATER)


def test_a_trial_that_is_never_heard_of_again_is_followed_by_another():
    assert not failing(3).called(LATER, POLICY).is_open(LATER + POLICY.rest)


def test_a_person_can_end_a_rest_but_not_the_doubt():
    half_opened = failing(3).half_opened()
    assert not half_opened.is_open(NOW)
    assert half_opened.called(NOW, POLICY).is_open(NOW)


@given(st.lists(st.tuples(st.sampled_from(["failed", "called", "asked"]), st.floats(0, 100))))
def test_a_rest_never_gets_shorter_by_what_happens_in_it(happenings):
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
