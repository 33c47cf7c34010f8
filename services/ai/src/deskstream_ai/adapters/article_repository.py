"""Knowledge articles as they stand, and their passages for the search."""

from typing import Any
from uuid import UUID

from deskstream_ai.domain.articles import Article, Content, passages_of
from deskstream_runtime.postgres.connection import Connection, Transaction

_COLUMNS = """article_id, version, title, body, language, audience, tags, url, author_id,
    published_at, withdrawn_at"""

# One writer an article at a time, also before the article is there: a row cannot be locked then.
_LOCK = "select pg_advisory_xact_lock(hashtextextended($1::text, 0))"
_GET = f"select {_COLUMNS} from article where article_id = $1"  # noqa: S608

_PUT = """
insert into article (article_id, version, title, body, sha256, language, audience, tags, url,
    author_id, published_at, withdrawn_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (article_id) do update set
    version = excluded.version, title = excluded.title, body = excluded.body,
    sha256 = excluded.sha256, language = excluded.language, audience = excluded.audience,
    tags = excluded.tags, url = excluded.url, author_id = excluded.author_id,
    published_at = excluded.published_at, withdrawn_at = excluded.withdrawn_at
"""

_DELETE_PASSAGES = "delete from passage where article_id = $1"

_PUT_PASSAGES = """
insert into passage (article_id, position, text, tags, language, search)
select $1, n.position, n.text, $5, $6,
    setweight(to_tsvector('english', $3), 'A') || setweight(to_tsvector('english', $4), 'B')
        || setweight(to_tsvector('english', n.text), 'D')
from unnest($2::text[]) with ordinality n(text, position)
"""

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


async def lock(tx: Transaction, article_id: UUID) -> Article | None:
    """The article, if there is one; nobody else writes it until the transaction ends."""
    await tx.execute(_LOCK, str(article_id))
    return await get(tx, article_id)


async def get(connection: Connection, article_id: UUID) -> Article | None:
    """The article, if there is one."""
    row = await connection.fetchrow(_GET, article_id)
    return _article(row) if row else None


async def put(tx: Transaction, article: Article) -> None:
    """Stores the article. Only a public one that is not withdrawn can be found for a draft."""
    content = article.content
    await tx.execute(
        _PUT,
        article.id,
        article.version,
        content.title,
        content.body,
        content.sha256,
        content.language,
        content.audience,
        list(content.tags),
        content.url,
        article.author_id,
        article.published_at,
        article.withdrawn_at,
    )
    await tx.execute(_DELETE_PASSAGES, article.id)
    if content.audience == "public" and article.withdrawn_at is None:
        tags = " ".join(tag.replace("_", " ") for tag in content.tags)
        passages = list(passages_of(content.body))
        await tx.execute(
            _PUT_PASSAGES,
            article.id,
            passages,
            content.title,
            tags,
            list(content.tags),
            content.language,
        )


async def page(
    connection: Connection, *, after: UUID | None, withdrawn: bool, limit: int
) -> list[Article]:
    """Articles in the order of their ids, those after `after`."""
    rows = await connection.fetch(_PAGE, after, withdrawn, limit)
    return [_article(row) for row in rows]


async def find(connection: Connection, text: str, limit: int) -> list[Article]:
    """Articles with a title like the text, or its words in the body; the likest title first."""
    rows = await connection.fetch(_FIND, text, limit)
    return [_article(row) for row in rows]


def _article(row: Any) -> Article:
    content = Content(
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
