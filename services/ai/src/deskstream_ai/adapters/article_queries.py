"""Reads knowledge articles."""

from typing import Any
from uuid import UUID

from deskstream_ai.domain.articles import Article, ArticleText
from deskstream_runtime.postgres.connection import Connection

_COLUMNS = """article_id, version, title, body, language, audience, tags, url, author_id,
    published_at, withdrawn_at"""

_GET = f"select {_COLUMNS} from article where article_id = $1"  # noqa: S608

# By the primary key, from where the last page ended.
_PAGE = f"""
select {_COLUMNS} from article
where ($1::uuid is null or article_id > $1) and ($2 or withdrawn_at is null)
order by article_id limit $3
"""  # noqa: S608

# By article_title_trgm (the operator <% uses it) and by the words of the body (passage_search).
_FIND = f"""
select {_COLUMNS} from article
where withdrawn_at is null and ($1 <% title or article_id in (
    select article_id from passage where search @@ websearch_to_tsquery('english', $1)))
order by word_similarity($1, title) desc, article_id limit $2
"""  # noqa: S608


async def get(connection: Connection, article_id: UUID) -> Article | None:
    row = await connection.fetchrow(_GET, article_id)
    return _article(row) if row else None


async def page(
    connection: Connection, *, after: UUID | None, withdrawn: bool, limit: int
) -> list[Article]:
    """Up to `limit` articles in the order of their ids, from the one behind `after`."""
    rows = await connection.fetch(_PAGE, after, withdrawn, limit)
    return [_article(row) for row in rows]


async def find(connection: Connection, text: str, limit: int) -> list[Article]:
    """Articles whose title resembles the text or whose body has its words; best title first."""
    rows = await connection.fetch(_FIND, text, limit)
    return [_article(row) for row in rows]


def _article(row: Any) -> Article:
    content = ArticleText(
        title=row["title"],
        body=row["body"],
        language=row["language"],
        audience=row["audience"],
        tags=tuple(row["tags"]),
        url=row["url"],
    )
    return Article(
        id=row["article_id"],
        version=row["version"],
        content=content,
        published_at=row["published_at"],
        author_id=row["author_id"],
        withdrawn_at=row["withdrawn_at"],
    )
