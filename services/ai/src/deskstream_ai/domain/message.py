"""What a model is shown: a message, what was said before, and what is known to answer with."""

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
    """A message to be understood, in its conversation. `earlier` is oldest first."""

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
        """Subject and body as one text; without a subject that only repeats the body."""
        start = self.subject.rstrip(".… ")
        if not start or self.body.startswith(start):
            return self.body
        return f"{self.subject}\n{self.body}"


@dataclass(frozen=True, slots=True)
class DraftOptions:
    """What a person asks of a draft."""

    instructions: str | None = None
    tone: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a public article that may answer. `score`, 0 to 1, is how well it fits."""

    article_id: UUID
    version: int
    sha256: str
    title: str
    text: str
    score: float

    def as_source(self) -> Source:
        """The passage as a draft names it: which version it was then, by hash."""
        return Source(
            kind="article",
            id=self.article_id,
            version=self.version,
            sha256=self.sha256,
            score=round(self.score, 4),
            title=self.title,
        )
