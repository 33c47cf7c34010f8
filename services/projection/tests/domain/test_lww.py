"""Last-writer-wins registers: ranks, and rows that keep the highest."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from ticket_history import TicketHistory

from deskstream_contracts import Event, EventData
from deskstream_projection.domain.lww import Rows, moment, rank

A, B = UUID(int=1), UUID(int=2)
EVENT: Event[EventData] = TicketHistory(1).events[0]


class Word(NamedTuple):
    word: str


class Number(NamedTuple):
    number: int


orders = st.tuples(st.integers(0, 2**64 - 1), st.integers(1, 32_767), st.integers(0, 2**64 - 1))


@given(orders, orders)
def test_ranks_compare_as_order_then_revision_then_id(
    one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    ranks = [
        rank(order, EVENT._replace(revision=revision, id=UUID(int=id_)))
        for order, revision, id_ in (one, other)
    ]
    assert (ranks[0] < ranks[1]) == (one < other)
    assert (ranks[0] == ranks[1]) == (one == other)


def test_two_events_never_tie() -> None:
    """Two ids of version 7 differ in their last eight bytes, of which all are compared."""
    first, last = (EVENT._replace(id=UUID(int=id_)) for id_ in (1 << 56, 2 << 56))
    assert rank(0, first) < rank(0, last)
    assert len(rank(0, first)) == 18


def test_a_moment_is_in_microseconds_since_the_year_1() -> None:
    begin = datetime(1, 1, 1, tzinfo=UTC)
    assert moment(begin) == 0
    assert moment(begin + timedelta(seconds=1)) == 1_000_000
    assert moment(datetime.max.replace(tzinfo=UTC)) < 2**59


def test_a_register_keeps_the_values_of_the_highest_rank() -> None:
    rows = Rows[Word]()
    for each, word in ((b"2", "kept"), (b"1", "lower"), (b"2", "the same rank")):
        rows.put(A, each, Word(word))
    assert [*rows.in_key_order()] == [((A,), {Word: (b"2", ("kept",))})]
    rows.put(A, b"3", Word("higher"))
    assert [*rows.in_key_order()] == [((A,), {Word: (b"3", ("higher",))})]


def test_registers_of_a_row_are_ranked_apart() -> None:
    rows = Rows[Word | Number]()
    rows.put(A, b"2", Word("one"))
    rows.put(A, b"1", Number(1))
    assert [*rows.in_key_order()] == [((A,), {Word: (b"2", ("one",)), Number: (b"1", (1,))})]


def test_rows_come_in_the_order_of_their_keys_with_their_parents() -> None:
    rows = Rows[Word]()
    rows.put(B, b"1", Word("b"), A)
    rows.put(A, b"1", Word("a"))
    assert [ids for ids, _ in rows.in_key_order()] == [(A,), (B, A)]
    assert len(rows) == 2
