"""What every topic must obey; a change of these lists is a decision, not a detail."""

import pytest

from deskstream_contracts import TOPICS, Topic, topic_named, topics_read_by
from deskstream_contracts.registry import BODIES, DEAD_LETTER, EVENT_TYPES
from deskstream_contracts.topics import SERVICES, VALUE_SIZE_MAX_BYTES
from deskstream_contracts.watermark import WatermarkAdvanced

# Reviewed: a partition count never changes after a topic's creation, as a ticket's place in the
# topic follows from it. Only a new topic may add a line.
PARTITIONS = {
    "ticket.created": 6,
    "ticket.updated": 6,
    "ticket.message_added": 6,
    "ticket.resolved": 6,
    "ticket.reopened": 6,
    "reply.requested": 6,
    "reply.approved": 6,
    "reply.rejected": 6,
    "escalation.requested": 6,
    "customer.enriched": 3,
    "csat.received": 3,
    "delivery.updated": 6,
    "sentiment.scored": 6,
    "ticket.triaged": 6,
    "reply.drafted": 6,
    "reply.draft_failed": 6,
    "article.published": 3,
    "article.withdrawn": 3,
    "escalated": 6,
    "deescalated": 6,
    "sla.started": 6,
    "sla.warned": 6,
    "sla.breached": 6,
    "sla.met": 6,
    "reply.auto_approved": 6,
    "notification.sent": 6,
    "notification.failed": 6,
    "reply.delivered": 6,
    "reply.undeliverable": 6,
    "watermark.advanced": 1,
    "ingest.dead-letter": 1,
    "ai.dead-letter": 1,
    "escalation.dead-letter": 1,
    "notify.dead-letter": 1,
    "projection.dead-letter": 1,
}

WATERMARKS = topic_named(WatermarkAdvanced.event_type)
EVENT_TOPICS = [topic for topic in TOPICS if not topic.name.endswith(".dead-letter")]
FACT_TOPICS = [topic for topic in EVENT_TOPICS if topic is not WATERMARKS]
DEAD_LETTER_TOPICS = [topic for topic in TOPICS if topic.name.endswith(".dead-letter")]

each_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
each_event_topic = pytest.mark.parametrize("topic", EVENT_TOPICS, ids=lambda topic: topic.name)
each_fact_topic = pytest.mark.parametrize("topic", FACT_TOPICS, ids=lambda topic: topic.name)


def test_partition_counts_are_the_reviewed_ones() -> None:
    assert {topic.name: topic.partitions for topic in TOPICS} == PARTITIONS


def test_every_event_type_has_one_topic_and_every_topic_one_event_type() -> None:
    assert sorted(topic.name for topic in EVENT_TOPICS) == sorted(EVENT_TYPES)
    assert {body.event_type for body in BODIES} == {*EVENT_TYPES, DEAD_LETTER}


@each_event_topic
def test_the_owner_is_the_service_that_emits_the_event(topic: Topic) -> None:
    assert topic.owner == EVENT_TYPES[topic.name].owner


def test_every_service_has_a_dead_letter_topic_of_its_own() -> None:
    assert {topic.name: topic.owner for topic in DEAD_LETTER_TOPICS} == {
        f"{service}.dead-letter": service for service in SERVICES
    }


@each_topic
def test_consumers_are_known_listed_once_and_in_order(topic: Topic) -> None:
    assert list(topic.consumers) == [service for service in SERVICES if service in topic.consumers]


@each_fact_topic
def test_the_projection_reads_every_fact(topic: Topic) -> None:
    assert "projection" in topic.consumers


@each_event_topic
def test_no_service_reads_its_own_events(topic: Topic) -> None:
    assert topic.owner not in topic.consumers


def test_nobody_consumes_dead_letters() -> None:
    assert [topic.consumers for topic in DEAD_LETTER_TOPICS] == [()] * len(SERVICES)


@each_fact_topic
def test_facts_are_kept_for_ever_and_can_be_erased(topic: Topic) -> None:
    config = topic.config()
    assert config["cleanup.policy"] == "compact"
    assert config["retention.ms"] == "-1"
    assert int(config["max.compaction.lag.ms"]) == 7 * 24 * 3_600_000


@pytest.mark.parametrize("topic", DEAD_LETTER_TOPICS, ids=lambda topic: topic.name)
def test_dead_letters_are_kept_for_90_days(topic: Topic) -> None:
    config = topic.config()
    assert config["cleanup.policy"] == "delete"
    assert int(config["retention.ms"]) == 90 * 24 * 3_600_000


def test_watermarks_are_kept_for_a_day() -> None:
    config = WATERMARKS.config()
    assert config["cleanup.policy"] == "delete"
    assert int(config["retention.ms"]) == int(config["segment.ms"]) == 24 * 3_600_000


@each_topic
def test_the_broker_takes_every_record_we_would_read(topic: Topic) -> None:
    assert int(topic.config()["max.message.bytes"]) > VALUE_SIZE_MAX_BYTES + 65_536


@each_topic
def test_every_topic_says_in_a_sentence_what_it_holds(topic: Topic) -> None:
    assert topic.description.endswith(".")
    assert topic_named(topic.name) is topic


def test_topics_are_found_by_reader() -> None:
    assert topics_read_by("projection") == tuple(FACT_TOPICS)
    assert "reply.approved" in {topic.name for topic in topics_read_by("notify")}


def test_an_unknown_topic_is_refused() -> None:
    with pytest.raises(KeyError, match="weather"):
        topic_named("weather")
