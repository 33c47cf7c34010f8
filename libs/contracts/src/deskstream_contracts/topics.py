"""Every topic: who owns it, who reads it, how it is kept. Reviewed as code is.

Partition counts never change after creation: a ticket's partition depends on them.
"""

from dataclasses import dataclass
from typing import Literal

from deskstream_contracts.model import ServiceName

VALUE_SIZE_MAX_BYTES = 524_288
"""Above this a record is not an event of ours: text fields are bounded well below it."""

TIMESTAMP_AHEAD_MAX_MS = 3_600_000
"""The broker refuses a record that says it is more than an hour later than the broker's clock.

What an event may be ahead of its record (`contradiction`) means nothing without it.
"""

_DAY_MS = 86_400_000
SERVICES: tuple[ServiceName, ...] = ("ingest", "ai", "escalation", "notify", "projection")


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic and its life.

    `kept` is "forever" (compacted; as every key is an event id of its own, nothing is removed
    until an event is revised), "90_days" (dead letters) or "1_day" (watermarks: the latest counts).
    """

    name: str
    owner: ServiceName
    consumers: tuple[ServiceName, ...]
    partitions: int
    description: str
    kept: Literal["forever", "90_days", "1_day"] = "forever"

    def config(self) -> dict[str, str]:
        common = {
            "compression.type": "producer",
            "max.message.bytes": "1048588",
            "message.timestamp.after.max.ms": str(TIMESTAMP_AHEAD_MAX_MS),
            "message.timestamp.type": "CreateTime",
        }
        if self.kept == "90_days":
            return common | {"cleanup.policy": "delete", "retention.ms": str(90 * _DAY_MS)}
        if self.kept == "1_day":
            # Only whole segments are removed: one lasts as long as their records are kept.
            days = {"retention.ms": str(_DAY_MS), "segment.ms": str(_DAY_MS)}
            return common | {"cleanup.policy": "delete"} | days
        return common | {
            "cleanup.policy": "compact",
            "max.compaction.lag.ms": str(7 * _DAY_MS),
            "retention.ms": "-1",
        }


_TICKET_FLOW = 6
_RARE = 3


def _topic(
    name: str,
    owner: ServiceName,
    consumers: str,
    description: str,
    partitions: int = _TICKET_FLOW,
) -> Topic:
    readers = {*consumers.split(), "projection"}
    return Topic(
        name=name,
        owner=owner,
        consumers=tuple(service for service in SERVICES if service in readers),
        partitions=partitions,
        description=description,
    )


TOPICS: tuple[Topic, ...] = (
    _topic(
        "ticket.created",
        "ingest",
        "ai escalation notify",
        "Tickets accepted, with the first message.",
    ),
    _topic("ticket.updated", "ingest", "ai escalation notify", "Fields of a ticket changed."),
    _topic("ticket.message_added", "ingest", "ai escalation notify", "Messages after the first."),
    _topic("ticket.resolved", "ingest", "escalation notify", "Tickets settled."),
    _topic("ticket.reopened", "ingest", "escalation notify", "Tickets open again."),
    _topic("reply.requested", "ingest", "ai", "Drafts asked for by a person or system."),
    _topic("reply.approved", "ingest", "ai notify", "Answers to be sent to the customer."),
    _topic("reply.rejected", "ingest", "ai", "Drafts refused."),
    _topic("escalation.requested", "ingest", "escalation", "Escalations asked for."),
    _topic("customer.enriched", "ingest", "ai", "What shops and CRMs know of a customer.", _RARE),
    _topic("csat.received", "ingest", "escalation", "Ratings by customers.", _RARE),
    _topic("delivery.updated", "ingest", "notify", "Delivery reports of providers."),
    _topic("sentiment.scored", "ai", "escalation", "How messages sound."),
    _topic(
        "ticket.triaged", "ai", "ingest escalation", "What messages want and how much they press."
    ),
    _topic("reply.drafted", "ai", "ingest escalation", "Answers proposed by a model."),
    _topic("reply.draft_failed", "ai", "", "Drafts that could not be made."),
    _topic("article.published", "ai", "", "Knowledge articles, each version.", _RARE),
    _topic("article.withdrawn", "ai", "", "Knowledge articles taken back.", _RARE),
    _topic("escalated", "escalation", "ingest notify", "Tickets raised to a higher level."),
    _topic("deescalated", "escalation", "", "Tickets back at normal handling."),
    _topic("sla.started", "escalation", "notify", "What customers are promised."),
    _topic("sla.warned", "escalation", "notify", "Clocks close to their end."),
    _topic("sla.breached", "escalation", "notify", "Clocks that ran out."),
    _topic("sla.met", "escalation", "notify", "Clocks whose goal was reached."),
    _topic("reply.auto_approved", "escalation", "ingest", "Drafts a rule let out."),
    _topic("notification.sent", "notify", "ingest", "Notifications a provider took."),
    _topic("notification.failed", "notify", "ingest", "Notifications given up."),
    _topic("reply.delivered", "notify", "", "Answers handed to the customer's provider."),
    _topic("reply.undeliverable", "notify", "", "Answers that will not arrive."),
    Topic(
        name="watermark.advanced",
        owner="ingest",
        consumers=("escalation",),
        partitions=1,
        description="Until when everything that was accepted is published.",
        kept="1_day",
    ),
    *(
        Topic(
            name=f"{service}.dead-letter",
            owner=service,
            consumers=(),
            partitions=1,
            description=f"Records that {service} could not take.",
            kept="90_days",
        )
        for service in SERVICES
    ),
)

_BY_NAME = {topic.name: topic for topic in TOPICS}


def topic_named(name: str) -> Topic:
    """The record of a topic. Raises `KeyError` for a name that is not ours."""
    return _BY_NAME[name]


def topics_read_by(service: ServiceName) -> tuple[Topic, ...]:
    """The topics a service consumes, in the order they are listed."""
    return tuple(topic for topic in TOPICS if service in topic.consumers)
