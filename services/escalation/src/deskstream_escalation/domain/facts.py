"""The facts that a rule may read: name, type, meaning and topic of each."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from deskstream_contracts.events.escalation import LEVELS
from deskstream_contracts.events.sentiment import SentimentLabel
from deskstream_contracts.events.sla import SlaClockKind
from deskstream_contracts.events.ticket import Priority, Status
from deskstream_contracts.model import Code, Confidence, Count
from deskstream_escalation.domain.ticket_state import TicketState, Topic

Unknown = Literal["unknown"]


class Facts(BaseModel):
    """What is known of a ticket, for rules. What is not known yet has its default."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    open: bool = Field(default=True, description="The ticket is neither resolved nor closed.")
    status: Status = Field("open", description="The ticket's status.")
    priority: Priority = Field("normal", description="The ticket's priority.")
    channel: Code = Field("unknown", description="Where the ticket came from.")
    queue: Annotated[str, Field(max_length=100)] = Field("", description="Its queue, or empty.")
    tags: Annotated[list[Code], Field(max_length=50)] = Field(
        default_factory=list, description="Its tags."
    )
    level: Annotated[int, Field(ge=0, le=LEVELS[-1])] = Field(
        0, description="The level it is escalated to; 0 is normal handling."
    )
    unanswered_24h: Count = Field(
        0,
        description="Customer messages since our last answer, in the 24 hours up to the latest.",
    )
    sentiment: SentimentLabel | Unknown = Field(
        "unknown", description="How the latest scored message sounds."
    )
    sentiment_score: Annotated[float, Field(ge=-1.0, le=1.0)] = Field(
        0.0, description="The same as a number, from -1.0 (very negative) to 1.0."
    )
    sentiment_confidence: Confidence = Field(0.0, description="How sure the model is of it.")
    intent: Code = Field("unknown", description="What the latest triaged message wants.")
    intent_confidence: Confidence = Field(0.0, description="How sure the model is of it.")
    triage_priority: Priority | Unknown = Field(
        "unknown", description="The priority that triage proposed."
    )
    triage_confidence: Confidence = Field(0.0, description="How sure triage is of it.")
    requested: bool = Field(default=False, description="Someone asked for an escalation.")
    requested_level: Annotated[int, Field(ge=0, le=LEVELS[-1])] = Field(
        0, description="The level asked for; 0 when nobody asked."
    )
    csat_score: Annotated[int, Field(ge=0, le=5)] = Field(
        0, description="The customer's latest rating, 1 (bad) to 5 (good); 0 is none."
    )
    sla_breached: Annotated[list[SlaClockKind], Field(max_length=3)] = Field(
        default_factory=list, description="The service-level clocks that ran out."
    )
    draft_confidence: Confidence = Field(
        0.0, description="How sure the model is of its latest draft; 0.0 when there is none."
    )
    draft_cautions: Annotated[list[Code], Field(max_length=20)] = Field(
        default_factory=list, description="What the model warns of in its draft."
    )


_FACTS: dict[Topic, tuple[str, ...]] = {
    "ticket": ("open", "status", "priority", "channel", "queue", "tags", "level"),
    "conversation": ("unanswered_24h",),
    "sentiment": ("sentiment", "sentiment_score", "sentiment_confidence"),
    "triage": ("intent", "intent_confidence", "triage_priority", "triage_confidence"),
    "request": ("requested", "requested_level"),
    "rating": ("csat_score",),
    "service_level": ("sla_breached",),
    "draft": ("draft_confidence", "draft_cautions"),
}
TOPIC_OF = {name: topic for topic, names in _FACTS.items() for name in names}
"""The topic of each fact."""


FactValues = Mapping[str, object]
"""The value of every fact, by name, of the types that `Facts` gives them."""

_NOTHING_KNOWN: FactValues = vars(Facts())


def facts_of(state: TicketState) -> FactValues:
    """A ticket's state as facts. Not validated again: its parts came from valid events."""
    known: dict[str, object] = {
        "level": state.level,
        "unanswered_24h": state.conversation.unanswered_in_window,
    }
    if snapshot := state.snapshot:
        known |= {
            "open": snapshot.is_open,
            "status": snapshot.status,
            "priority": snapshot.priority,
            "channel": snapshot.channel,
            "queue": snapshot.queue or "",
            "tags": list(snapshot.tags),
        }
    if sentiment := state.sentiment:
        known |= {
            "sentiment": sentiment.label,
            "sentiment_score": sentiment.score,
            "sentiment_confidence": sentiment.confidence,
        }
    if triage := state.triage:
        known |= {
            "intent": triage.intent,
            "intent_confidence": triage.intent_confidence,
            "triage_priority": triage.priority,
            "triage_confidence": triage.priority_confidence,
        }
    if request := state.request:
        known |= {"requested": True, "requested_level": request.level}
    if rating := state.rating:
        known["csat_score"] = rating.score
    if breach := state.breach:
        known["sla_breached"] = list(breach.clocks)
    if draft := state.draft:
        known |= {"draft_confidence": draft.confidence, "draft_cautions": list(draft.cautions)}
    return {**_NOTHING_KNOWN, **known}
