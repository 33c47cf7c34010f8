"""Refusals as problems."""

from types import MappingProxyType

from deskstream_ai.domain.articles import ArticleUnknown
from deskstream_ai.domain.draft import NoDraft
from deskstream_runtime.http.problems import Problem, Refusals


def no_draft(answer: NoDraft) -> Problem:
    """409: no reply can be proposed. The problem's type names the reason."""
    detail = f"{answer.detail} Publish an article that does, or write the reply yourself."
    return Problem(409, answer.reason.replace("_", "-"), "No draft could be made", detail)


def _article_unknown(error: ArticleUnknown) -> Problem:
    return Problem(404, "not-found", "Not found", str(error))


REFUSALS: Refusals = MappingProxyType({ArticleUnknown: _article_unknown})
