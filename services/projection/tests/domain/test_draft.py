"""A draft, and what was decided about it."""

from datetime import timedelta
from itertools import combinations, permutations
from typing import Any
from uuid import UUID

import pytest
from registers import register_of, row_of
from ticket_history import AGENT, TicketHistory

from deskstream_contracts import Event
from deskstream_contracts.events.reply import ReplyAutoApproved, ReplyDraftFailed
from deskstream_contracts.events.ticket import Actor
from deskstream_projection.domain.read_models.draft import DRAFT, Decision, Proposal


def auto_approve(ticket: TicketHistory) -> Event[Any]:
    return ticket.add(
        ReplyAutoApproved(
            draft_id=ticket.draft_id,
            confidence=0.9,
            rule="sure_enough",
            rules_version="1",
            occurred_at=ticket.now,
        )
    )


def fail(ticket: TicketHistory) -> Event[Any]:
    return ticket.add(
        ReplyDraftFailed(
            message_id=ticket.message_id, reason="timeout", attempts=2, occurred_at=ticket.now
        )
    )


def with_data(event: Event[Any], **fields: Any) -> Event[Any]:
    return event._replace(data=event.data.model_copy(update=fields))


def decision_of(draft_id: UUID, *events: Event[Any]) -> Decision:
    return register_of(DRAFT, draft_id, Decision, *events)


def test_a_draft_is_what_the_model_proposed() -> None:
    ticket = TicketHistory(1)
    drafted = with_data(ticket.draft(), cautions=("legal", "low_confidence"), language="en")
    assert row_of(DRAFT, ticket.draft_id, drafted) == {
        Proposal: (
            ticket.message_id, "Your card is on its way.", 0.75, "local/test", "en",
            "legal,low_confidence", drafted.data.occurred_at,
        )
    }  # fmt: skip


def test_a_failure_is_a_draft_without_text_under_the_events_id() -> None:
    ticket = TicketHistory(1)
    failed = fail(ticket)
    at = failed.data.occurred_at
    assert row_of(DRAFT, failed.id, failed) == {
        Proposal: (ticket.message_id, "", None, None, None, "", at),
        Decision: ("failed", at, "ai", "timeout"),
    }


@pytest.mark.parametrize(
    ("fields", "how"), [({"auto": True}, "auto"), ({"edited": True}, "edited"), ({}, "as_drafted")]
)
def test_an_approval_says_whose_words_were_sent(fields: dict[str, Any], how: str) -> None:
    ticket = TicketHistory(1)
    approved = with_data(ticket.approve(), **fields)
    expected = ("approved", approved.data.occurred_at, AGENT.id, how)
    assert decision_of(ticket.draft_id, approved) == expected


def test_a_rejection_and_a_rule_say_why() -> None:
    ticket = TicketHistory(1)
    rejected = ticket.reject()
    at = rejected.data.occurred_at
    assert decision_of(ticket.draft_id, rejected) == ("rejected", at, AGENT.id, "wrong")
    allowed = auto_approve(ticket)
    at = allowed.data.occurred_at
    expected = ("auto_approved", at, "escalation", "sure_enough")
    assert decision_of(ticket.draft_id, allowed) == expected


def test_an_actor_without_an_id_is_named_by_its_kind() -> None:
    ticket = TicketHistory(1)
    approved = with_data(ticket.approve(), actor=Actor(kind="system"))
    assert decision_of(ticket.draft_id, approved).decided_by == "system"


def test_a_reply_in_somebodys_own_words_decides_on_no_draft() -> None:
    ticket = TicketHistory(1)
    drafted = ticket.draft()
    approved = with_data(ticket.approve(), draft_id=None)
    assert Decision not in row_of(DRAFT, ticket.draft_id, drafted, approved)


def decisions(ticket: TicketHistory) -> list[Event[Any]]:
    """All decisions there may be about one draft, the least final first."""
    failed = fail(ticket)
    ticket.draft_id = failed.id
    return [failed, auto_approve(ticket), ticket.reject(), ticket.approve()]


def test_the_more_final_decision_stands_whatever_its_time() -> None:
    ticket = TicketHistory(1)
    ordered = decisions(ticket)
    for less, more in combinations(ordered, 2):
        late = with_data(less, occurred_at=ticket.now + timedelta(days=900))
        for pair in permutations((late, more)):
            assert decision_of(ticket.draft_id, *pair) == decision_of(ticket.draft_id, more)


def test_of_two_decisions_of_a_kind_the_later_stands() -> None:
    ticket = TicketHistory(1)
    first, last = ticket.reject(), ticket.reject()
    for pair in permutations((first, last)):
        assert decision_of(ticket.draft_id, *pair).decided_at == last.data.occurred_at
