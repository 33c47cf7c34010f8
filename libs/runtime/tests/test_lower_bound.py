"""Where the relay begins to read: behind what is sent, never past what may still be committed."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from deskstream_runtime.outbox.lower_bound import LowerBound


@dataclass
class Table:
    """An outbox in little: numbers are taken at once, rows are seen when their writer commits."""

    last_seq: int = 0
    open_writers: dict[int, list[int]] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    committed: int = 0
    sent: list[int] = field(default_factory=list)

    def write(self, writer: int) -> None:
        self.last_seq += 1
        self.open_writers.setdefault(writer, []).append(self.last_seq)

    def end(self, writer: int, *, commit: bool) -> None:
        seqs = self.open_writers.pop(writer, [])
        if commit:
            self.seen |= {*seqs}
            self.committed += len(seqs)

    def relay(self, bound: LowerBound, limit: int) -> None:
        rows = sorted(seq for seq in self.seen if seq > bound.seq)[:limit]
        bound.read(rows[0] if rows else None, len(rows))
        self.sent += rows
        self.seen -= {*rows}

    def names(self) -> list[str]:
        return [str(writer) for writer in self.open_writers]


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "commit", "roll back", "relay", "relay", "look"]),
        st.integers(0, 4),
    ),
    max_size=120,
)


@given(STEPS)
def test_no_row_is_passed_over_however_late_it_is_committed(steps: Any) -> None:
    table, bound, generation = Table(), LowerBound(), 0
    ids = list(range(5))
    for act, number in steps:
        if act == "write":
            table.write(ids[number])
        elif act in ("commit", "roll back"):
            table.end(ids[number], commit=act == "commit")
            # A transaction that follows on the same connection has another name.
            generation += 5
            ids[number] = number + generation
        elif act == "look":
            bound.looked(table.last_seq, table.names())
        else:
            before = bound.seq
            table.relay(bound, limit=2 + number)
            assert before <= bound.seq <= table.last_seq
    for writer in list(table.open_writers):
        table.end(writer, commit=True)
    while table.seen and len(table.sent) < table.committed:
        left = len(table.seen)
        table.relay(bound, limit=500)
        assert len(table.seen) < left, "rows are left that no read finds"
    assert sorted(table.sent) == sorted(set(table.sent))
    assert len(table.sent) == table.committed


def test_it_moves_when_all_is_sent_and_nobody_writes() -> None:
    bound = LowerBound()
    bound.looked(700, [])
    bound.read(None, 0)
    assert bound.seq == 700


def test_it_waits_for_whoever_wrote_then_and_for_nobody_else() -> None:
    bound = LowerBound()
    bound.looked(700, ["3/17", "4/1"])
    bound.read(None, 0)
    assert bound.seq == 0
    bound.looked(900, ["4/1", "5/1"])
    bound.read(801, 10)
    assert bound.seq == 0
    bound.looked(950, ["5/1"])
    bound.read(None, 0)
    assert bound.seq == 700


def test_it_stays_before_the_first_row_that_is_there() -> None:
    bound = LowerBound()
    bound.looked(700, [])
    bound.read(600, 50)
    assert bound.seq == 599
    bound.read(650, 50)
    assert bound.seq == 649
    bound.read(701, 1)
    assert bound.seq == 700
