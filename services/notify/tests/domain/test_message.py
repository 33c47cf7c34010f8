"""Payloads of work outlive an upgrade, and are read by processes of the version before."""

import json
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from deskstream_notify.domain.message import AlertMail, Message, ReplyMail, WebhookCall

CAUSE = {
    "event_id": "0193f2a0-0000-7000-8000-000000000001",
    "subject": "0193f2a0-0000-7000-8000-000000000002",
    "correlation_id": "0193f2a0-0000-7000-8000-000000000003",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
REPLY = {
    "cause": CAUSE,
    "planned_at": "2026-03-02T12:00:00Z",
    "to": "maya@example.com",
    "subject": "Your card",
    "body": "Blocked.",
    "message_id": "0193f2a0-0000-7000-8000-000000000004",
    "automatic": False,
}
ALERT = {
    "cause": CAUSE,
    "planned_at": "2026-03-02T12:00:00Z",
    "to": "duty@shop.example",
    "kind": "escalated",
    "headline": "Ticket escalated to level 2",
    "facts": [{"name": "Why", "value": "angry (angry-customer)"}],
    "about": {},
    "also": [],
}
CALL = {
    "cause": {name: value for name, value in CAUSE.items() if name != "traceparent"},
    "planned_at": "2026-03-02T12:00:00Z",
    "subscription_id": "0193f2a0-0000-7000-8000-000000000005",
    "url": "https://hook.example/",
    "revision": 1,
    "test": False,
}


@pytest.mark.parametrize(
    ("message_type", "stored"), [(ReplyMail, REPLY), (AlertMail, ALERT), (WebhookCall, CALL)]
)
def test_a_stored_payload_keeps_its_names(
    message_type: type[Message], stored: dict[str, Any]
) -> None:
    message = message_type.model_validate_json(json.dumps(stored))
    assert message.cause.subject == UUID(CAUSE["subject"])
    assert message.cause.correlation_id == UUID(CAUSE["correlation_id"])
    assert json.loads(message.model_dump_json(exclude_none=True)) == stored


def test_a_payload_of_before_revisions_and_test_calls_is_about_the_first_of_an_event() -> None:
    older = {name: value for name, value in CALL.items() if name not in {"revision", "test"}}
    call = WebhookCall.model_validate_json(json.dumps(older))
    assert (call.revision, call.test) == (1, False)


def test_a_payload_without_a_cause_is_refused() -> None:
    with pytest.raises(ValidationError):
        ReplyMail.model_validate({**REPLY, "cause": {"subject": CAUSE["subject"]}})


@pytest.mark.parametrize("field", ["headline", "facts", "about"])
def test_a_message_and_its_parts_do_not_change(field: str) -> None:
    message = AlertMail.model_validate_json(json.dumps(ALERT))
    with pytest.raises(ValidationError, match="frozen"):
        setattr(message, field, "other")
    with pytest.raises(ValidationError, match="frozen"):
        message.facts[0].value = "other"  # type: ignore[misc]  # refused by mypy, and here at run time
    with pytest.raises(ValidationError, match="frozen"):
        message.about.subject = "other"  # type: ignore[misc]  # refused by mypy, and here at run time
