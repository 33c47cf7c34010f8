"""The bodies of requests."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, StringConstraints

from deskstream_ai.domain.articles import Audience
from deskstream_contracts.model import Code, LanguageTag, Tags, Url
from deskstream_runtime.http.json_body import NO_NUL


class ArticleContent(BaseModel):
    """The content of an article. Public ones are quoted to customers; tags may name intents."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[
        str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True, pattern=NO_NUL)
    ]
    body: Annotated[
        str,
        StringConstraints(min_length=1, max_length=65_536, strip_whitespace=True, pattern=NO_NUL),
    ]
    language: LanguageTag | None = None
    audience: Audience = "public"
    tags: Tags = ()
    url: Url | None = None


class DraftRequest(BaseModel):
    """The ticket that needs a draft, and how the draft should be."""

    model_config = ConfigDict(extra="forbid")

    ticket_id: UUID
    instructions: Annotated[str, StringConstraints(max_length=2_000, pattern=NO_NUL)] | None = None
    tone: Code | None = None
    language: LanguageTag | None = None
