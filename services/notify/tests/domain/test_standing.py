"""A circuit breaker: opens, stays open, tries once, closes."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from deskstream_notify.domain.standing import WELL, Patience, Standing

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PATIENCE = Patience(failures_max=3, rest=timedelta(seconds=30))
LATER = NOW + PATIENCE.rest


def failing(times: int) -> Standing:
    standing = WELL
    for _ in range(times):
        standing = standing.failed(NOW, PATIENCE)
    return standing


def test_after_too_many_failures_in_a_row_it_rests():
    assert failing(3).rests(NOW)
    assert failing(3).rests(LATER - timedelta(microseconds=1))
    assert not failing(3).rests(LATER)


def test_fewer_failures_are_no_reason_to_rest():
    assert not failing(2).rests(NOW)
    assert failing(2).called(NOW, PATIENCE) == failing(2)


def test_one_that_answers_well_is_called_at_any_time():
    assert WELL.called(NOW, PATIENCE) == WELL
    assert not WELL.rests(NOW)


def test_after_the_rest_one_call_is_made_and_others_wait_for_its_end():
    trial = failing(3).called(LATER, PATIENCE)
    assert trial.rests(LATER)
    assert trial.failed(LATER, PATIENCE).rests(LATER)


def test_a_trial_that_is_never_heard_of_again_is_followed_by_another():
    assert not failing(3).called(LATER, PATIENCE).rests(LATER + PATIENCE.rest)


def test_a_person_can_end_a_rest_but_not_the_doubt():
    lifted = failing(3).lifted()
    assert not lifted.rests(NOW)
    assert lifted.called(NOW, PATIENCE).rests(NOW)


@given(st.lists(st.tuples(st.sampled_from(["failed", "called", "asked"]), st.floats(0, 100))))
def test_a_rest_never_gets_shorter_by_what_happens_in_it(happenings):
    standing = WELL
    for what, asked_s in happenings:
        before = standing.rests_until
        match what:
            case "failed":
                standing = standing.failed(NOW, PATIENCE)
            case "called":
                standing = standing.called(NOW, PATIENCE)
            case "asked":
                standing = standing.resting_until(NOW + timedelta(seconds=asked_s))
        assert before is None or (standing.rests_until or NOW) >= before
    assert standing.failures == sum(what == "failed" for what, _ in happenings)
