"""Which of the customer's words an alert may tell."""

from datetime import UTC, datetime

from notify_events import happened

from deskstream_notify.domain.ticket_words import erases_words, words_in

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_ticket_has_a_subject_and_a_first_message():
    words = words_in(happened("ticket.created", NOW, subject="Card", body="x" * 600))
    assert words.subject == "Card"
    assert len(words.message) == 500


def test_a_changed_subject_and_a_further_message_of_the_customer_are_words():
    assert words_in(happened("ticket.updated", NOW, subject="New")).subject == "New"
    assert words_in(happened("ticket.message_added", NOW, kind="inbound", body="b")).message == "b"


def test_what_agents_write_and_other_changes_are_not():
    assert words_in(happened("ticket.updated", NOW, subject=None)) is None
    assert words_in(happened("ticket.message_added", NOW, kind="outbound")) is None
    assert words_in(happened("ticket.message_added", NOW, kind="note")) is None
    assert words_in(happened("escalated", NOW)) is None


def test_a_revision_of_what_has_words_erases_them_and_nothing_else_does():
    assert erases_words(happened("ticket.created", NOW)._replace(revision=2))
    assert not erases_words(happened("ticket.created", NOW))
    assert not erases_words(happened("escalated", NOW)._replace(revision=2))
