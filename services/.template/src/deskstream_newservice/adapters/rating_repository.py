"""Stores ratings, one per ticket."""

from collections.abc import Sequence

from deskstream_newservice.domain.rating import Rating
from deskstream_runtime.postgres.connection import Transaction

# The same order as in the domain: a stored rating gives way to a later one alone.
_SAVE = """
insert into rating (ticket_id, score, rated_at)
select * from unnest($1::uuid[], $2::smallint[], $3::timestamptz[])
on conflict (ticket_id) do update set score = excluded.score, rated_at = excluded.rated_at
where (rating.rated_at, rating.score) < (excluded.rated_at, excluded.score)
"""


async def save(tx: Transaction, ratings: Sequence[Rating]) -> None:
    """Stores each ticket's rating, unless a later one is stored."""
    await tx.execute(
        _SAVE,
        [rating.ticket_id for rating in ratings],
        [rating.score for rating in ratings],
        [rating.rated_at for rating in ratings],
    )
