"""Who waits for whom, in messages with versions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from deskstream_escalation.domain.conversation import Conversation, InboundMessage

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def message(version: int, at: datetime = NOON) -> InboundMessage:
    return InboundMessage(version, UUID(int=version), UUID(int=-version % 2**128), at, at)


def test_messages_wait_until_we_answer() -> None:
    conversation = Conversation().with_inbound(message(1)).with_inbound(message(2))
    assert conversation.unanswered_in_window == 2
    assert conversation.with_answer(3, NOON).unanswered_in_window == 0


def test_an_answer_seen_late_leaves_what_came_after_it() -> None:
    conversation = Conversation().with_inbound(message(1)).with_inbound(message(5))
    answered = conversation.with_answer(3, NOON)
    assert answered.unanswered == (message(5),)
    assert answered.waiting_since == message(5)


def test_a_message_older_than_our_answer_waits_for_nothing() -> None:
    conversation = Conversation().with_answer(3, NOON).with_inbound(message(2))
    assert conversation.unanswered == ()
    assert conversation.last_inbound == message(2)


def test_the_window_ends_at_the_latest_message() -> None:
    conversation = Conversation()
    for version, hours in enumerate((0, 1, 24, 25), start=1):
        conversation = conversation.with_inbound(message(version, NOON + timedelta(hours=hours)))
    assert conversation.unanswered_in_window == 2


def test_a_flood_is_kept_in_part() -> None:
    conversation = Conversation()
    for version in range(1, 200):
        conversation = conversation.with_inbound(message(version))
    assert [one.version for one in conversation.unanswered] == list(range(180, 200))


def test_the_first_message_after_an_answer_waits_for_the_next() -> None:
    fresh = Conversation().with_inbound(message(1))
    assert fresh.waiting_since is None
    answered = fresh.with_answer(2, NOON)
    assert answered.waiting_since is None
    waiting = answered.with_inbound(message(5)).with_inbound(message(7))
    assert waiting.waiting_since == message(5)
    assert waiting.with_inbound(message(4)).waiting_since == message(4)


def test_a_message_seen_again_is_the_same_conversation() -> None:
    conversation = Conversation().with_inbound(message(1)).with_inbound(message(2))
    assert conversation.with_inbound(message(1)) is conversation
    assert conversation.with_inbound(message(2)) is conversation
    answered = conversation.with_answer(2, NOON)
    assert answered.with_inbound(message(2)) is answered


def test_an_answer_seen_again_or_after_a_later_one_changes_nothing() -> None:
    conversation = Conversation().with_answer(3, NOON)
    later = NOON + timedelta(hours=1)
    assert conversation.with_answer(3, later) is conversation
    assert conversation.with_answer(2, later) is conversation
    assert conversation.with_answer(4, later).answered_at == later


def test_the_last_message_is_that_of_the_highest_version() -> None:
    conversation = Conversation().with_inbound(message(2)).with_inbound(message(1))
    assert conversation.last_inbound == message(2)
    assert [each.version for each in conversation.unanswered] == [1, 2]


def test_nobody_waits_where_nobody_wrote() -> None:
    assert Conversation().unanswered_in_window == 0


@given(st.permutations(range(1, 10)), st.lists(st.integers(1, 9), max_size=5))
def test_any_order_and_repetition_is_the_same(order: list[int], again: list[int]) -> None:
    """Versions 4 and 7 are our answers."""
    straight, shuffled = Conversation(), Conversation()
    for version in range(1, 10):
        straight = _happen(straight, version)
    for version in (*order, *again):
        shuffled = _happen(shuffled, version)
    assert shuffled == straight


def _happen(conversation: Conversation, version: int) -> Conversation:
    if version in (4, 7):
        return conversation.with_answer(version, NOON + timedelta(minutes=version))
    return conversation.with_inbound(message(version))
