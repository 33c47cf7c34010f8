"""Searches for passages that may answer a message."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deskstream_ai.domain.analysis import MessageSummary
from deskstream_ai.domain.message import Passage
from deskstream_ai.domain.relevance import relevance
from deskstream_runtime.postgres.connection import Connection

PASSAGES_MAX = 5
_TEXT_MAX_CHARS = 1_000

# plainto_tsquery accepts any text and joins its words by "and"; a passage may answer with a few of
# them, hence "or". ts_rank of such a query is the mean weight of its words in the passage
# (Postgres: calc_rank_or), divided by pi²/6; times the number of words (a tree of n words has 2n-1
# nodes) it is the sum that `relevance` takes. "Materialized", since the planner otherwise builds
# the query again for each row and reads all of them: a bitmap scan on passage_search per text takes
# 0.26 s for 16 texts over 20,000 passages, the other plan 13.9 s (EXPLAIN ANALYZE).
_SEARCH = """
with wanted as materialized (
    select number, intent, language,
        replace(plainto_tsquery('english', text)::text, '&', '|')::tsquery
            || plainto_tsquery('english', replace(intent, '_', ' ')) as query
    from unnest($1::text[], $2::text[], $3::text[]) with ordinality
        as given(text, intent, language, number)
)
select wanted.number, found.text, found.same_intent, found.matched_weight,
    a.article_id, a.version, a.sha256, a.title
from wanted
cross join lateral (
    select p.article_id, p.position, p.text, wanted.intent = any(p.tags) as same_intent,
        ts_rank('{0.3, 0.3, 0.7, 1.0}', p.search, wanted.query) * 1.644934
            * (numnode(wanted.query) + 1) / 2 as matched_weight
    from passage p
    where p.search @@ wanted.query
      and (p.language is null or wanted.language is null
        or split_part(p.language, '-', 1) = split_part(wanted.language, '-', 1))
    order by same_intent desc, matched_weight desc, p.article_id, p.position
    limit $4
) found
join article a on a.article_id = found.article_id
order by wanted.number, found.same_intent desc, found.matched_weight desc, a.article_id,
    found.position
"""


@dataclass(frozen=True, slots=True)
class PassageQuery:
    """The message that passages are searched for."""

    text: str
    summary: MessageSummary


async def search(
    connection: Connection, queries: Sequence[PassageQuery]
) -> list[tuple[Passage, ...]]:
    """The passages of public articles that fit each query, best first; all in one statement."""
    rows = await connection.fetch(
        _SEARCH,
        [_searchable(one.text) for one in queries],
        [one.summary.intent for one in queries],
        [one.summary.language for one in queries],
        PASSAGES_MAX,
    )
    found: list[list[Passage]] = [[] for _ in queries]
    for row in rows:
        number = row["number"] - 1
        found[number].append(_passage(row, queries[number].summary.intent_confidence))
    return [tuple(sorted(one, key=lambda passage: -passage.score)) for one in found]


def _searchable(text: str) -> str:
    return text[:_TEXT_MAX_CHARS].replace("\x00", " ")


def _passage(row: Any, intent_confidence: float) -> Passage:
    return Passage(
        article_id=row["article_id"],
        version=row["version"],
        sha256=row["sha256"],
        title=row["title"],
        text=row["text"],
        score=relevance(row["matched_weight"], intent_confidence, same_intent=row["same_intent"]),
    )
