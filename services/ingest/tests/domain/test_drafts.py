import pytest
from ingest_scenarios import (
    AGENT,
    ANNA,
    CREATED,
    DECIDER,
    FIRST_MESSAGE,
    REPLY,
    after,
    auto_approved,
    case_after,
    closed,
    drafted,
    happened,
    some_id,
)

from deskstream_contracts.events.reply import ReplyApproved, ReplyRejected
from deskstream_contracts.events.ticket import TicketMessageAdded
from deskstream_ingest.domain.commands import ApproveDraft, RejectDraft
from deskstream_ingest.domain.refusals import (
    DraftErased,
    DraftSettled,
    DraftUnknown,
    TicketClosed,
)
from deskstream_runtime.testing.scenario import given

DRAFT = some_id("draft")
APPROVE = ApproveDraft(DRAFT, REPLY, AGENT, after(9))
REJECT = RejectDraft(DRAFT, AGENT, after(9), "wrong", "It is Monday.")
ARRIVED = happened(CREATED, drafted())


def test_an_approved_draft_is_sent() -> None:
    snapshot = CREATED.ticket.model_copy(
        update={
            "version": 2, "status": "pending", "updated_at": after(9), "message_count": 2,
            "first_response_at": after(9),
        }
    )  # fmt: skip
    given(DECIDER, *ARRIVED).when(APPROVE).then(
        ReplyApproved(
            message_id=REPLY, subject=CREATED.subject, body="It will come on Friday.",
            customer=ANNA, channel="rest", actor=AGENT, occurred_at=after(9), draft_id=DRAFT,
            language="en", in_reply_to=FIRST_MESSAGE,
        ),
        TicketMessageAdded(
            ticket=snapshot, message_id=REPLY, kind="outbound", actor=AGENT,
            body="It will come on Friday.", channel="rest", occurred_at=after(9), language="en",
            in_reply_to=FIRST_MESSAGE, draft_id=DRAFT,
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("body", "edited"), [("Saturday!", True), ("It will come on Friday.", False), (None, False)]
)
def test_an_edited_draft_says_so(body: str | None, edited: bool) -> None:
    approved = happened(*ARRIVED, ApproveDraft(DRAFT, REPLY, AGENT, after(9), body))[-2]
    assert isinstance(approved, ReplyApproved)
    assert (approved.body, approved.edited) == (body or "It will come on Friday.", edited)


def test_a_draft_is_sent_once_and_its_text_is_not_kept() -> None:
    history = happened(*ARRIVED, APPROVE)
    given(DECIDER, *history).when(APPROVE).then_nothing()
    draft = case_after(*history).drafts[DRAFT]
    assert (draft.status, draft.body, draft.sent_as) == ("approved", "", REPLY)


def test_a_draft_that_is_settled_stays_so_when_it_comes_again() -> None:
    history = happened(*ARRIVED, APPROVE)
    assert case_after(*history, drafted()).drafts == case_after(*history).drafts


def test_an_unknown_draft_is_not_sent() -> None:
    error = given(DECIDER, CREATED).when(APPROVE).then_refused(DraftUnknown)
    assert "may not have arrived yet" in str(error)


def test_a_draft_whose_approval_came_first_is_not_there_yet() -> None:
    history = happened(CREATED, auto_approved())
    given(DECIDER, *history).when(APPROVE).then_refused(DraftUnknown)
    given(DECIDER, *history).when(REJECT).then_refused(DraftUnknown)


def test_a_rejected_draft_is_not_sent() -> None:
    given(DECIDER, *happened(*ARRIVED, REJECT)).when(APPROVE).then_refused(DraftSettled)


def test_an_erased_draft_is_not_sent_unless_somebody_writes_it() -> None:
    history = happened(*ARRIVED, drafted(body=""))
    given(DECIDER, *history).when(APPROVE).then_refused(DraftErased)
    sent = happened(*history, ApproveDraft(DRAFT, REPLY, AGENT, after(9), "Saturday!"))[-1]
    assert isinstance(sent, TicketMessageAdded)
    assert sent.body == "Saturday!"


def test_an_erased_draft_does_not_come_back() -> None:
    assert case_after(*ARRIVED, drafted(body=""), drafted()).drafts[DRAFT].body == ""


def test_a_draft_is_rejected() -> None:
    given(DECIDER, *ARRIVED).when(REJECT).then(
        ReplyRejected(
            draft_id=DRAFT, actor=AGENT, reason="wrong", occurred_at=after(9),
            feedback="It is Monday.",
        )
    )  # fmt: skip


def test_rejecting_twice_is_nothing() -> None:
    given(DECIDER, *happened(*ARRIVED, REJECT)).when(REJECT).then_nothing()


def test_what_was_sent_is_not_rejected() -> None:
    given(DECIDER, *happened(*ARRIVED, APPROVE)).when(REJECT).then_refused(DraftSettled)


@pytest.mark.parametrize("command", [APPROVE, REJECT])
def test_a_closed_ticket_has_no_open_drafts(command: ApproveDraft | RejectDraft) -> None:
    given(DECIDER, *ARRIVED, closed()).when(command).then_refused(TicketClosed)


def test_another_draft_stays_open() -> None:
    history = happened(*ARRIVED, drafted("other"), APPROVE)
    assert case_after(*history).drafts[some_id("other")].status == "open"
