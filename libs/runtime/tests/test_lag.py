"""How far behind, in records and in time, and whether anything moves."""

from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from deskstream_runtime.consuming.lag import CAUGHT_UP, Behind, Lag
from deskstream_runtime.testing.clock import ManualClock

ONE, TWO, OTHER = (
    TopicPartition("a", 0),
    TopicPartition("a", 1),
    TopicPartition("b", 0),
)


@pytest.fixture
def lag(clock: ManualClock) -> Lag:
    return Lag(clock)


def handled_at(place: TopicPartition, seconds: float) -> SimpleNamespace:
    return SimpleNamespace(topic=place.topic, partition=place.partition, timestamp=seconds * 1000)


def test_caught_up_it_is_behind_by_nothing(lag: Lag, clock: ManualClock) -> None:
    lag.measured({ONE: 5, OTHER: 0}, {ONE: 5, OTHER: 0})
    clock.advance(1_000)
    assert lag.by_topic() == {"a": CAUGHT_UP, "b": CAUGHT_UP}
    assert lag.stands_still(30) is None


def test_behind_since_it_was_last_seen_caught_up(lag: Lag, clock: ManualClock) -> None:
    lag.measured({ONE: 5}, {ONE: 5})
    clock.advance(5)
    lag.measured({ONE: 5}, {ONE: 8})
    clock.advance(2)
    assert lag.by_topic() == {"a": Behind(3, 7.0)}


def test_a_topic_is_behind_by_all_records_and_by_its_worst_partition(
    lag: Lag, clock: ManualClock
) -> None:
    lag.measured({ONE: 1, TWO: 1}, {ONE: 1, TWO: 4})
    clock.advance(10)
    lag.measured({ONE: 1, TWO: 1}, {ONE: 3, TWO: 4})
    assert lag.by_topic() == {"a": Behind(5, 10.0)}


def test_catching_up_it_is_behind_by_the_age_of_what_it_handles(
    lag: Lag, clock: ManualClock
) -> None:
    """A log read from its beginning: what was handled last says how old the next is at the most."""
    lag.measured({ONE: 0}, {ONE: 100})
    lag._since = {}
    lag.handled([handled_at(ONE, clock().timestamp() - 3_600)])
    lag.measured({ONE: 1}, {ONE: 100})
    assert lag.by_topic() == {"a": Behind(99, 3_600.0)}


def test_what_is_held_no_more_is_forgotten(lag: Lag, clock: ManualClock) -> None:
    lag.measured({ONE: 0}, {ONE: 9})
    lag.measured({OTHER: 0}, {OTHER: 1})
    assert set(lag.by_topic()) == {"b"}


def test_it_stands_still_when_records_wait_and_none_is_handled(
    lag: Lag, clock: ManualClock
) -> None:
    lag.measured({ONE: 0}, {ONE: 9})
    clock.advance(29)
    lag.measured({ONE: 0}, {ONE: 12})
    assert lag.stands_still(30) is None
    clock.advance(1)
    assert lag.stands_still(30) == "stands still: 12 records behind, none handled for 30 s"


@pytest.mark.parametrize("how", ["handled", "moved"])
def test_what_moves_does_not_stand_still_however_far_behind(
    lag: Lag, clock: ManualClock, how: str
) -> None:
    lag.measured({ONE: 0}, {ONE: 1_000})
    clock.advance(29)
    if how == "handled":
        lag.handled([handled_at(ONE, 0)])
    else:
        lag.measured({ONE: 1}, {ONE: 1_000})
    clock.advance(29)
    assert lag.stands_still(30) is None
