"""Stores knowledge articles, and their passages for the search."""

from uuid import UUID

from deskstream_ai.adapters import article_queries
from deskstream_ai.domain.articles import Article, passages_of
from deskstream_runtime.postgres.connection import Transaction

# One writer per article at a time, even before the article exists: there is no row to lock then.
_LOCK = "select pg_advisory_xact_lock(hashtextextended($1::text, 0))"
_UPSERT = """
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

_INSERT_PASSAGES = """
insert into passage (article_id, position, text, tags, language, search)
select $1, n.position, n.text, $5, $6,
    setweight(to_tsvector('english', $3), 'A') || setweight(to_tsvector('english', $4), 'B')
        || setweight(to_tsvector('english', n.text), 'D')
from unnest($2::text[]) with ordinality n(text, position)
"""


async def load(tx: Transaction, article_id: UUID) -> Article | None:
    """The article, if there is one, locked until the transaction ends."""
    await tx.execute(_LOCK, str(article_id))
    return await article_queries.get(tx, article_id)


async def save(tx: Transaction, article: Article) -> None:
    """Stores the article. Only a public one that is not withdrawn has passages for drafts."""
    content = article.content
    await tx.execute(
        _UPSERT,
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
            _INSERT_PASSAGES,
            article.id,
            passages,
            content.title,
            tags,
            list(content.tags),
            content.language,
        )
