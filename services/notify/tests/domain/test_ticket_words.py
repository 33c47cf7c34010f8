"""Which of the customer's words an alert may quote."""

from datetime import UTC, datetime
from typing import Any

from notify_events import happened

from deskstream_notify.domain.ticket_words import TicketWordsUpdate, erases_words, words_in

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def update_of(event_type: str, **fields: Any) -> TicketWordsUpdate:
    words = words_in(happened(event_type, NOW, **fields))
    assert words is not None
    return words


def test_a_ticket_has_a_subject_and_a_first_message() -> None:
    words = update_of("ticket.created", subject="Card", body="x" * 600)
    assert words.subject == "Card"
    assert words.message is not None
    assert len(words.message) == 500


def test_a_changed_subject_and_a_further_message_of_the_customer_are_words() -> None:
    assert update_of("ticket.updated", subject="New").subject == "New"
    assert update_of("ticket.message_added", kind="inbound", body="b").message == "b"


def test_agents_messages_and_other_changes_contain_none() -> None:
    assert words_in(happened("ticket.updated", NOW, subject=None)) is None
    assert words_in(happened("ticket.message_added", NOW, kind="outbound")) is None
    assert words_in(happened("ticket.message_added", NOW, kind="note")) is None
    assert words_in(happened("escalated", NOW)) is None


def test_only_a_revision_of_an_event_with_words_erases_them() -> None:
    assert erases_words(happened("ticket.created", NOW)._replace(revision=2))
    assert not erases_words(happened("ticket.created", NOW))
    assert not erases_words(happened("escalated", NOW)._replace(revision=2))


def test_words_are_of_a_ticket_and_its_version() -> None:
    for event_type in ("ticket.created", "ticket.updated", "ticket.message_added"):
        fields = {"subject": "New"} if event_type == "ticket.updated" else {}
        if event_type == "ticket.message_added":
            fields = {"kind": "inbound"}
        event = happened(event_type, NOW, **fields)
        words = words_in(event)
        assert words is not None
        assert (words.ticket_id, words.version) == (event.subject, event.data.ticket.version)


def test_a_long_message_is_cut_to_500_characters() -> None:
    assert update_of("ticket.created", body="x" * 500).message == "x" * 500
    assert update_of("ticket.created", body="x" * 501).message == "x" * 499 + "…"
