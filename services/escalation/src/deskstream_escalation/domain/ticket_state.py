"""What escalation knows of one ticket and decided on it, whatever order events came in."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, TypeVar, get_args
from uuid import UUID

from pydantic import Field

from deskstream_contracts import Event, EventData
from deskstream_contracts.events.sentiment import SentimentLabel
from deskstream_contracts.events.sla import SlaClockKind
from deskstream_contracts.events.ticket import Priority, Status
from deskstream_escalation.domain.conversation import Conversation
from deskstream_escalation.domain.course import Course

Topic = Literal[
    "ticket", "conversation", "sentiment", "triage", "draft", "request", "rating", "service_level"
]
"""The subject of a fact: rules are judged again when a topic they read has news."""

_ALL_TOPICS: frozenset[Topic] = frozenset(get_args(Topic))
_JUDGED_ASLEEP: frozenset[Topic] = frozenset({"request", "rating"})


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """The event a fact is known from, and when the fact occurred. The later is the newer."""

    at: datetime
    event_id: UUID
    revision: int = 1

    @classmethod
    def of(cls, event: Event[EventData], at: datetime) -> "Origin":
        return cls(at, event.id, event.revision)


@dataclass(frozen=True, slots=True)
class TicketSnapshot:
    """The ticket itself, at its highest version seen.

    `imported_until` is the last version of the past that an imported ticket was brought in with.
    """

    origin: Origin
    version: int
    status: Status
    priority: Priority
    channel: str
    queue: str | None
    tags: tuple[str, ...]
    created_at: datetime
    imported_until: int | None = None
    resumed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status not in ("resolved", "closed")

    @property
    def is_asleep(self) -> bool:
        """The ticket was brought in with a past, and the customer has not written since."""
        return self.imported_until is not None and self.resumed_at is None


@dataclass(frozen=True, slots=True)
class Sentiment:
    """How the latest scored message sounds."""

    origin: Origin
    message_id: UUID
    label: SentimentLabel
    score: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Triage:
    """What the latest triaged message wants."""

    origin: Origin
    message_id: UUID
    intent: str
    intent_confidence: float
    priority: Priority
    priority_confidence: float


@dataclass(frozen=True, slots=True)
class Draft:
    """The latest proposed answer. It is `requested` if a person asked for it, to look at it."""

    origin: Origin
    draft_id: UUID
    message_id: UUID
    confidence: float
    cautions: tuple[str, ...]
    requested: bool


@dataclass(frozen=True, slots=True)
class Request:
    """Someone asked for a higher level."""

    origin: Origin
    level: int


@dataclass(frozen=True, slots=True)
class Rating:
    """What the customer said of our handling, from 1 (bad) to 5 (good)."""

    origin: Origin
    score: int


@dataclass(frozen=True, slots=True)
class Breach:
    """The clocks that ran out, and the latest of those events."""

    origin: Origin
    clocks: tuple[SlaClockKind, ...]


Fact = Sentiment | Triage | Draft | Request | Rating | Breach
"""A fact of which only the newest is kept."""

F = TypeVar("F", bound=Fact)


def newest(known: F | None, fact: F) -> F:
    """The newer of two facts. The same event again changes nothing."""
    return fact if known is None or fact.origin > known.origin else known


@dataclass(frozen=True, slots=True)
class StandingHit:
    """A rule that fired and is not settled. `at` and `event_id` are those of the fact behind it."""

    rule: str
    level: int
    at: datetime
    event_id: UUID


@dataclass(frozen=True, slots=True)
class TicketState:
    """One ticket's facts, and what was decided on them.

    Facts older than `settled_until` (a resolution, or a rule that deescalates) escalate no more.
    `level` is the one last announced: 0 is normal handling. `proposed_priority` is the highest that
    triage proposed. Rules are judged on the newest facts; clocks follow `course`, in the order of
    versions.

    Rows hold it as JSON by these names, or by their aliases, which are older.
    """

    ticket_id: UUID
    correlation_id: UUID | None = None
    snapshot: Annotated[TicketSnapshot | None, Field(alias="head")] = None
    conversation: Conversation = field(default_factory=Conversation)
    course: Course = field(default_factory=Course)
    sentiment: Sentiment | None = None
    triage: Triage | None = None
    proposed_priority: Priority | None = None
    draft: Draft | None = None
    request: Request | None = None
    rating: Rating | None = None
    breach: Breach | None = None
    settled_until: datetime | None = None
    level: int = 0
    escalation_id: UUID | None = None
    hits: tuple[StandingHit, ...] = ()
    approved_draft_id: UUID | None = None

    @property
    def newest_facts(self) -> dict[Topic, TicketSnapshot | Fact | None]:
        """The fact by which each topic is known; None where it is not. Conversations have none."""
        return {
            "ticket": self.snapshot,
            "sentiment": self.sentiment,
            "triage": self.triage,
            "draft": self.draft,
            "request": self.request,
            "rating": self.rating,
            "service_level": self.breach,
        }

    def topics_changed_since(self, before: "TicketState") -> frozenset[Topic]:
        """The topics in which this state differs from the one that it evolved from.

        A part without news is the same object, so no fact need be compared.
        """
        known = before.newest_facts
        changed = {topic for topic, fact in self.newest_facts.items() if fact is not known[topic]}
        if self.conversation is not before.conversation:
            changed.add("conversation")
        return frozenset(changed)

    def topics_to_judge(self, before: "TicketState") -> frozenset[Topic]:
        """The topics with news that rules are judged on.

        While an imported ticket sleeps, only requests and ratings count: its past is nobody's
        alarm. The other topics are judged when it wakes, as the sentiment of the message that wakes
        it may be known before the message itself.
        """
        changed = self.topics_changed_since(before)
        if self.is_asleep:
            return changed & _JUDGED_ASLEEP
        return changed | (_ALL_TOPICS - _JUDGED_ASLEEP) if before.is_asleep else changed

    @property
    def expected_priority(self) -> Priority:
        """The ticket's priority once `ingest` has applied the triage that is known here.

        Its rule: as long as nobody chose a priority, it is the highest that triage proposed.
        """
        current = self.course.priority
        if self.course.priority_is_given:
            return current
        return self.proposed_priority or current

    @property
    def is_asleep(self) -> bool:
        """See `TicketSnapshot`; a ticket that is not known yet is not."""
        return self.snapshot is not None and self.snapshot.is_asleep

    @property
    def origins(self) -> dict[Topic, Origin]:
        """The event behind the latest news of each known topic."""
        origins = {
            topic: fact.origin for topic, fact in self.newest_facts.items() if fact is not None
        }
        if inbound := self.conversation.last_inbound:
            origins["conversation"] = Origin(inbound.accepted_at, inbound.event_id)
        return origins
