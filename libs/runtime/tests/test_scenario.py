"""The given-when-then kit fails when it should: a test of a domain must not pass by accident."""

import pytest

from deskstream_runtime.testing.scenario import Decider, given


class TooMuch(Exception):
    """The toy domain's rule: a total over ten is refused."""


def decide(total: int, command: int) -> list[int]:
    if total + command > 10:
        raise TooMuch
    return [command] if command else []


ADDING = Decider(decide=decide, evolve=lambda total, added: total + added, initial=0)


def test_what_follows() -> None:
    given(ADDING, 1, 2).when(3).then(3)


def test_nothing_follows() -> None:
    given(ADDING, 1).when(0).then_nothing()


def test_it_is_refused() -> None:
    error = given(ADDING, 9).when(5).then_refused(TooMuch)
    assert isinstance(error, TooMuch)


def test_another_outcome_fails() -> None:
    with pytest.raises(AssertionError):
        given(ADDING).when(3).then(4)


def test_too_few_events_fail() -> None:
    with pytest.raises(AssertionError):
        given(ADDING).when(3).then(3, 3)


def test_something_where_nothing_was_expected_fails() -> None:
    with pytest.raises(AssertionError):
        given(ADDING).when(3).then_nothing()


def test_a_refusal_where_events_were_expected_fails() -> None:
    with pytest.raises(AssertionError, match="refused"):
        given(ADDING, 9).when(5).then(5)


def test_events_where_a_refusal_was_expected_fail() -> None:
    with pytest.raises(AssertionError, match="not refused"):
        given(ADDING).when(5).then_refused(TooMuch)


def test_a_refusal_of_another_kind_fails() -> None:
    with pytest.raises(AssertionError):
        given(ADDING, 9).when(5).then_refused(KeyError)
