"""When to stop parking tickets: then the cause is not in single records."""

from dataclasses import dataclass

from deskstream_runtime.errors import Halt
from deskstream_runtime.postgres.connection import Transaction

_WINDOW_RECORDS = 2_000

_LOCK = """
select run, parked, handled,
       (select count(*) from (select from parked_record
                              where topic = $1 and error = $2 limit $3) same) as waiting
from parking_count for update
"""
_STORE = "update parking_count set run = $1, parked = $2, handled = $3"
_BEGIN_ANEW = "update parking_count set run = 0, parked = 0, handled = 0"


class ParkingLimitReached(Halt):
    """So many tickets were parked that the cause is most likely ours, and would park them all."""


@dataclass(frozen=True, slots=True)
class ParkingCount:
    """Parked records in a row, and how many of the last `_WINDOW_RECORDS` or so were parked."""

    run: int = 0
    parked: float = 0.0
    handled: float = 0.0

    def with_one_more(self, passed: int) -> "ParkingCount":
        """The count after `passed` good records and then one that is parked."""
        kept = 0.5 if self.handled >= _WINDOW_RECORDS else 1.0
        return ParkingCount(
            run=1 if passed else self.run + 1,
            parked=self.parked * kept + 1,
            handled=self.handled * kept + passed + 1,
        )


@dataclass(frozen=True, slots=True)
class ParkingLimit:
    """How much parking is borne: as with dead letters a run and a share, and besides one cause.

    The share counts once more than `run_max` are parked, so that the first bad record of a quiet
    topic is not a share of 100 %. A cause is a kind of error in a topic; it counts what waits now.
    """

    run_max: int
    ratio_max: float
    cause_max: int

    def check(self, count: ParkingCount, waiting: int, cause: str) -> None:
        """Raises `ParkingLimitReached` if one more record, counted already, is one too many.

        `waiting` says how many records wait for the same cause without it.
        """
        share = count.parked / count.handled
        if count.run > self.run_max:
            why = f"more than {self.run_max} records in a row failed"
        elif count.parked > self.run_max and share > self.ratio_max:
            why = f"{share:.0%} of the last records failed (limit {self.ratio_max:.0%})"
        elif waiting >= self.cause_max:
            why = f"{waiting} tickets wait for the same cause (limit {self.cause_max})"
        else:
            return
        raise ParkingLimitReached(
            f"{why}, the last one with {cause}. No further ticket is parked: fix the cause, "
            "let tickets continue with `desk parked replay` or `discard`, or pass the record with "
            "`desk positions skip`"
        )


async def admit_parking(
    tx: Transaction, limit: ParkingLimit, topic: str, error: str, passed: int
) -> None:
    """Counts one more parked record, after `passed` that this process handled since the last one.

    Raises `ParkingLimitReached`, and nothing is counted.
    """
    row = await tx.fetchrow(_LOCK, topic, error, limit.cause_max)
    assert row is not None
    count = ParkingCount(row["run"], row["parked"], row["handled"]).with_one_more(passed)
    limit.check(count, row["waiting"], f"{error} in {topic}")
    await tx.execute(_STORE, count.run, count.parked, count.handled)


async def begin_anew(tx: Transaction) -> None:
    """Somebody has looked at what is parked and decided on it: the counts begin again."""
    await tx.execute(_BEGIN_ANEW)
