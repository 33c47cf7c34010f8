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
