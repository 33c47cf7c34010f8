"""The input of a model: a message with its conversation, and passages that may answer it."""

from dataclasses import dataclass
from uuid import UUID

from deskstream_contracts.events.model_run import Source


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier message of the conversation. `kind` is inbound, outbound or note."""

    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class CustomerMessage:
    """A customer's message in its conversation. `earlier` is oldest first."""

    message_id: UUID
    ticket_id: UUID
    subject: str
    body: str
    channel: str
    customer_id: UUID | None = None
    customer_name: str | None = None
    language: str | None = None
    earlier: tuple[Turn, ...] = ()

    @property
    def text(self) -> str:
        """Subject and body as one text; the body alone where the subject only repeats it."""
        start = self.subject.rstrip(".… ")
        if not start or self.body.startswith(start):
            return self.body
        return f"{self.subject}\n{self.body}"


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a public article. `score`, from 0 to 1, is its relevance to the message."""

    article_id: UUID
    version: int
    sha256: str
    title: str
    text: str
    score: float

    def as_source(self) -> Source:
        """The passage as the source of a draft, which names the article's version by its hash."""
        return Source(
            kind="article",
            id=self.article_id,
            version=self.version,
            sha256=self.sha256,
            score=round(self.score, 4),
            title=self.title,
        )
