import pytest
from ingest_scenarios import (
    AGENT,
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
    take,
)

from deskstream_contracts import EventData
from deskstream_contracts.events.reply import ReplyApproved
from deskstream_contracts.events.ticket import Actor
from deskstream_ingest.domain.commands import (
    AddMessage,
    ApproveDraft,
    ExternalEvent,
    RejectDraft,
    ResolveTicket,
    TicketChanges,
    UpdateTicket,
)
from deskstream_runtime.testing.scenario import given

DRAFT = some_id("draft")
WROTE_AGAIN = AddMessage(some_id("again"), "inbound", "Hello?", AGENT, after(4), after(4))
ANSWERED = AddMessage(some_id("own"), "outbound", "Friday.", AGENT, after(4), after(4))


@pytest.mark.parametrize(
    "facts", [(drafted(), auto_approved()), (auto_approved(), drafted())], ids=["first", "second"]
)
def test_the_reply_goes_out_whichever_fact_comes_first(
    facts: tuple[ExternalEvent, ExternalEvent],
) -> None:
    history = happened(CREATED, take(facts[0]), take(facts[1]), take(facts[0]), take(facts[1]))
    sent = [event for event in history if isinstance(event, ReplyApproved)]
    assert len(sent) == 1
    assert (sent[0].auto, sent[0].actor) == (True, Actor(kind="system", id="sure_enough"))
    assert (sent[0].body, sent[0].language) == ("It will come on Friday.", "en")
    assert (sent[0].draft_id, sent[0].in_reply_to) == (DRAFT, FIRST_MESSAGE)
    assert sent[0].message_id == REPLY
    assert case_after(*history).drafts[DRAFT].status == "approved"


def test_an_approval_that_comes_first_lets_the_draft_go_out_once_it_is_there() -> None:
    history = happened(CREATED, take(auto_approved()), take(drafted()))
    assert [type(event) for event in history].count(ReplyApproved) == 1
    assert case_after(CREATED, take(auto_approved())).drafts[DRAFT].status == "awaited"


def test_a_draft_alone_goes_nowhere() -> None:
    given(DECIDER, CREATED).when(take(drafted())).then_nothing()


@pytest.mark.parametrize(
    "meanwhile",
    [
        WROTE_AGAIN,
        ANSWERED,
        ResolveTicket(AGENT, after(4)),
        UpdateTicket(TicketChanges(status="on_hold"), AGENT, after(4)),
    ],
    ids=["customer wrote again", "agent answered", "resolved", "on hold"],
)
def test_what_is_not_the_right_answer_any_more_waits_for_a_person(meanwhile: object) -> None:
    history = happened(CREATED, drafted(), meanwhile)  # type: ignore[arg-type]
    given(DECIDER, *history).when(take(auto_approved())).then_nothing()
    assert case_after(*history, auto_approved()).drafts[DRAFT].status == "open"


@pytest.mark.parametrize(
    "settled",
    [ApproveDraft(DRAFT, REPLY, AGENT, after(4)), RejectDraft(DRAFT, AGENT, after(4))],
)
def test_a_person_was_quicker(settled: ApproveDraft | RejectDraft) -> None:
    given(DECIDER, *happened(CREATED, drafted(), settled)).when(
        take(auto_approved())
    ).then_nothing()


def test_an_erased_draft_is_not_sent() -> None:
    given(DECIDER, CREATED, drafted(body="")).when(take(auto_approved())).then_nothing()


@pytest.mark.parametrize("history", [[], [CREATED, closed()]])
def test_a_ticket_that_is_unknown_or_closed_is_left_alone(history: list[EventData]) -> None:
    given(DECIDER, *history, drafted()).when(take(auto_approved())).then_nothing()
