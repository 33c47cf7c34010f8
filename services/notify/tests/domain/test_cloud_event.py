"""An event as one JSON document."""

import json
from datetime import UTC, datetime
from uuid import UUID

from notify_events import example

from deskstream_contracts.structured import from_document
from deskstream_notify.domain import cloud_event as documents

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_subscriber_gets_the_event_that_its_topic_holds() -> None:
    event = example("ticket.created")
    assert from_document(json.loads(documents.cloud_event(event))) == event


def test_text_is_sent_as_it_was_written() -> None:
    event = example("ticket.created")
    data = event.data.model_copy(update={"subject": "Grüße"})
    assert "Grüße" in documents.cloud_event(event._replace(data=data))


def test_a_test_call_is_an_event_of_no_topic() -> None:
    document = json.loads(documents.test_event(UUID(int=1), UUID(int=2), NOW))
    assert (document["id"], document["type"]) == (str(UUID(int=1)), "webhook.test")
    assert document["subject"] == document["data"]["subscription_id"] == str(UUID(int=2))
    assert datetime.fromisoformat(document["time"]) == NOW
